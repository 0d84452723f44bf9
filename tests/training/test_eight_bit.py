import copy

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from engine.testing import textured_image
from training.eight_bit import Activation, EightBitTrunk
from training.eight_bit_tune import tuned
from training.export import FEATURES_SPEC, export_graph
from training.quantise import quantised, relative_error
from training.trunk import load_trunk


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    return export_graph(load_trunk(), FEATURES_SPEC, tmp_path_factory.mktemp("trunk"))


@pytest.fixture(scope="module")
def pictures():
    return np.stack([textured_image(9 * i, 256, 256) for i in range(8)])


def as_images(pictures):
    return np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), dtype=np.float32)


def test_values_are_rounded_to_256_levels_of_their_range():
    rounding = Activation()
    seen = torch.linspace(-1.0, 4.1, 1000).reshape(1, 1, 10, 100)
    rounded = rounding.eval()(seen)
    assert len(rounded.unique()) == 256
    assert (rounded - seen).abs().max() <= 5.1 / 255 / 2 + 1e-6
    assert rounding(torch.full((1, 1, 1, 1), 9.0)).item() == pytest.approx(4.1, abs=0.02), "cut at the end of the range"


def test_ranges_follow_what_is_seen_while_training_only():
    rounding = Activation()
    rounding(torch.tensor([0.0, 1.0]).reshape(1, 1, 1, 2))
    rounding(torch.tensor([0.0, 2.0]).reshape(1, 1, 1, 2))
    assert rounding.high.item() == pytest.approx(1.02)
    rounding.eval()(torch.tensor([0.0, 50.0]).reshape(1, 1, 1, 2))
    assert rounding.high.item() == pytest.approx(1.02)


def test_rounding_lets_gradients_through():
    rounding = Activation()
    values = torch.linspace(0.1, 0.9, 5).reshape(1, 1, 1, 5).requires_grad_()
    rounding(values).sum().backward()
    assert values.grad.flatten()[1:-1] == pytest.approx([1.0] * 3)


def test_the_simulation_is_off_by_as_much_as_the_graph(exported, pictures):
    trunk = load_trunk()
    images = as_images(pictures)
    rounded = EightBitTrunk(trunk)
    with torch.no_grad():
        rounded(torch.from_numpy(images[4:]))
        found, wanted = (each(torch.from_numpy(images[:4]))[1] for each in (rounded.eval(), trunk))
    simulated = float((found - wanted).norm() / wanted.norm())
    graph = quantised(onnx.load(exported), images[4:])
    assert simulated == pytest.approx(relative_error(exported, graph, images[:4]), rel=0.25)


def test_tuning_brings_the_rounded_features_closer(exported, pictures):
    graph, images = onnx.load(exported), as_images(pictures)
    before, after = (
        relative_error(exported, quantised(each, images), images) for each in (graph, tuned(graph, pictures, steps=25))
    )
    assert after < 0.9 * before


def test_the_exact_layers_keep_their_weights_and_the_graph_its_own(exported, pictures):
    graph = onnx.load(exported)
    untouched = copy.deepcopy(graph)
    model = tuned(graph, pictures, steps=2)
    assert graph == untouched
    names = [node.input[1] for node in graph.graph.node if node.op_type == "Conv"]
    weights = [{i.name: numpy_helper.to_array(i) for i in each.graph.initializer} for each in (graph, model)]
    same = [np.array_equal(weights[0][name], weights[1][name]) for name in names]
    assert same[:3] == [True] * 3 and not any(same[3:])
