import numpy as np
import onnxruntime as ort
import pytest
import torch

from engine.models import open_models
from training.attention_net import AttendGraph, AttentionNet, AttentionNetConfig, match, standing
from training.attention_samples import GRIDS
from training.export import example_inputs
from training.export_attention import attend_spec, export_attention


def lived_in(config=None, seed=0):
    """A network with the statistics and weights that training might leave."""
    torch.manual_seed(seed)
    network = AttentionNet(config or AttentionNetConfig())
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2.0)
    torch.nn.init.normal_(network.film[2].weight, 0, 0.02)
    return network.eval()


def tensors(variant, seed=0):
    feeds = example_inputs(attend_spec(variant), seed)
    return feeds, [torch.from_numpy(value) for value in feeds.values()]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    network = lived_in()
    export_attention(network, folder)
    return network, folder


@pytest.mark.parametrize("variant", GRIDS)
def test_the_graph_says_what_torch_says(exported, variant):
    network, folder = exported
    session = ort.InferenceSession(str(folder / f"attend_{variant}.onnx"), providers=["CPUExecutionProvider"])
    for seed in range(3):
        feeds, inputs = tensors(variant, seed)
        with torch.no_grad():
            expected = AttendGraph(network)(*inputs).numpy()
        (found,) = session.run(["attention"], feeds)
        rows, columns = GRIDS[variant]
        assert found.shape == (1, 1, 4 * rows, 4 * columns)
        assert np.abs(found - expected).max() <= 1e-3
        assert found.std() > 1e-3


def test_a_network_of_one_frame_takes_what_the_program_feeds(tmp_path):
    network = lived_in(AttentionNetConfig(frames=1))
    export_attention(network, tmp_path)
    session = ort.InferenceSession(str(tmp_path / "attend_wide.onnx"), providers=["CPUExecutionProvider"])
    feeds, inputs = tensors("wide", 0)
    (found,) = session.run(["attention"], feeds)
    with torch.no_grad():
        assert np.abs(found - AttendGraph(network)(*inputs).numpy()).max() <= 1e-3


def test_both_graphs_are_in_the_manifest(exported):
    assert open_models(exported[1]).graphs == ("attend_classic", "attend_square", "attend_wide")


def test_half_a_million_parameters_at_most():
    assert 200_000 < sum(p.numel() for p in AttentionNet().parameters()) < 600_000


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_it_looks_at_so_many_frames_and_no_more(frames):
    network = AttendGraph(lived_in(AttentionNetConfig(frames=frames)))
    _, inputs = tensors("wide")
    with torch.no_grad():
        base = network(*inputs)
        for age, index in ((2, 0), (1, 1)):
            changed = list(inputs)
            changed[index] = changed[index] + 1.0
            assert torch.equal(network(*changed), base) == (age >= frames)


@pytest.mark.parametrize("name", ["memory16", "matched16", "matched8"])
def test_the_map_depends_on_the_target(name):
    network = AttendGraph(lived_in())
    feeds, inputs = tensors("square")
    other = dict(zip(feeds, inputs, strict=True))
    other[name] = other[name].flip(1)
    with torch.no_grad():
        assert (network(*inputs) - network(*other.values())).abs().max() > 1e-6


def test_the_order_of_the_recent_slots_does_not_matter():
    network = AttendGraph(lived_in())
    feeds, inputs = tensors("wide")
    other = dict(zip(feeds, inputs, strict=True))
    other["memory16"] = other["memory16"][[0, 3, 1, 2]]
    with torch.no_grad():
        assert torch.allclose(network(*inputs), network(*other.values()), atol=1e-5)


def test_match_is_the_cosine():
    query, keys = torch.randn(2, 8, 3, 4), torch.randn(2, 8, 5)
    found = match(query, keys, 2.0)
    expected = torch.cosine_similarity(query[1, :, 2, 3], keys[1, :, 4], dim=0) * 2
    assert found.shape == (2, 5, 3, 4)
    assert found[1, 4, 2, 3] == pytest.approx(float(expected), abs=1e-5)


def test_standing_measures_in_deviations_from_the_frames_mean():
    maps = torch.randn(2, 3, 8, 8) * 5 + 7
    found = standing(maps)
    assert found.mean(dim=(2, 3)).abs().max() < 1e-5
    assert (found.square().mean(dim=(2, 3)) - 1).abs().max() < 1e-3
