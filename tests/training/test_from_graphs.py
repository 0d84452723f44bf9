"""The bundled graphs as torch networks: they say what the graphs say, and so do graphs exported from them again."""

from __future__ import annotations

import shutil

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch

from engine.errors import FormatError
from engine.models import ModelStore, bundled_models, open_models
from training import export
from training.attention_net import AttendGraph, AttentionNet, AttentionNetConfig
from training.export_attention import attend_spec
from training.from_graphs import (
    filled,
    published_attention,
    published_classifier,
    published_locate,
    published_trunk,
    trunk_of,
)
from training.locate.network import EXTENT, Locate, LocateConfig, LocateGraph
from training.mdnet.network import HEAD_NAMES, NeckConfig, ScoreGraph
from training.settled import settle_norms
from training.trunk import Trunk, load_trunk

MODELS = open_models()


def _encoder(name):
    return lambda: trunk_of(onnx.load(MODELS.path(name)))


def _attention():
    return AttendGraph(published_attention(MODELS, AttentionNetConfig()))


def _locate():
    return LocateGraph(published_locate(MODELS, LocateConfig()))


CASES = {
    "features": (export.FEATURES_SPEC, lambda: published_trunk(MODELS)),
    "encode_wide": (export.ENCODE_WIDE_SPEC, _encoder("encode_wide")),
    "encode_classic": (export.ENCODE_CLASSIC_SPEC, _encoder("encode_classic")),
    "encode_square": (export.ENCODE_SQUARE_SPEC, _encoder("encode_square")),
    "locate": (export.LOCATE_SPEC, _locate),
    "score": (export.SCORE_SPEC, lambda: ScoreGraph(published_classifier(MODELS, NeckConfig())[0])),
    "attend_wide": (attend_spec("wide"), _attention),
    "attend_classic": (attend_spec("classic"), _attention),
    "attend_square": (attend_spec("square"), _attention),
}


def run_graph(path, feeds):
    return ort.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(None, feeds)


def assert_alike(found, wanted):
    for one, other in zip(found, wanted, strict=True):
        assert one.shape == other.shape and other.std() > 0
        assert np.abs(one - other).max() <= 1e-4 * max(1.0, np.abs(other).max())


def outputs_of(module, feeds):
    with torch.no_grad():
        outputs = module.eval()(*(torch.from_numpy(value) for value in feeds.values()))
    return [value.numpy() for value in (outputs if isinstance(outputs, tuple) else [outputs])]


@pytest.mark.parametrize("name", CASES)
def test_the_network_says_what_the_graph_says_and_is_exported_as_it_was(name, tmp_path):
    spec, build = CASES[name]
    module, feeds = build(), export.example_inputs(spec, seed=11)
    wanted = run_graph(MODELS.path(name), feeds)
    assert_alike(outputs_of(module, feeds), wanted)
    # boxes among them: they are trimmed once, not once more with every export
    assert_alike(run_graph(export.export_graph(module, spec, tmp_path), feeds), wanted)


def test_boxes_of_the_network_itself_are_those_before_the_trim():
    feeds = export.example_inputs(export.LOCATE_SPEC, seed=3)
    raw, exported = (outputs_of(m, feeds)[2] for m in (_locate().network, _locate()))
    sides = [each[0, :2] + each[0, 2:] for each in (raw, exported)]
    np.testing.assert_allclose(sides[1], EXTENT * sides[0], rtol=1e-4)


def test_the_head_is_the_published_one():
    head = published_classifier(MODELS, NeckConfig())[1]
    assert all(np.array_equal(head[name].numpy(), MODELS.head()[name]) for name in HEAD_NAMES)


def test_what_is_frozen_below_the_tuned_blocks_is_the_imagenet_trunk():
    tuned, plain = published_trunk(MODELS), load_trunk()
    for number, (block, other) in enumerate(zip(tuned.blocks, plain.blocks, strict=True)):
        same = torch.allclose(block.depthwise.conv.weight, other.depthwise.conv.weight, atol=1e-6)
        assert same == (number < 5)


@pytest.mark.parametrize(
    ("build", "file"),
    [
        (lambda: LocateGraph(Locate(LocateConfig(width=64))), "locate.onnx"),
        (lambda: LocateGraph(Locate(LocateConfig(tower=2))), "locate.onnx"),
        (lambda: LocateGraph(Locate(LocateConfig(tower=4))), "locate.onnx"),
        (lambda: AttendGraph(AttentionNet(AttentionNetConfig(frames=2))), "attend_wide.onnx"),
        (lambda: LocateGraph(Locate()), "score.onnx"),
        (Trunk, "locate.onnx"),
        (Trunk, "features.int8.onnx"),
        (Trunk, "features.fp16.onnx"),
        (lambda: LocateGraph(Locate()), "locate.fp16.onnx"),
    ],
)
def test_other_graphs_are_refused(build, file):
    with pytest.raises(FormatError, match="Take float32 graphs"):
        filled(build(), onnx.load(bundled_models() / file))


def test_a_head_of_another_size_is_refused(tmp_path):
    for name in ("score.onnx", "manifest.json"):
        shutil.copy(bundled_models() / name, tmp_path)
    head = {name: value[..., :-1] if name == "w4" else value for name, value in MODELS.head().items()}
    models = ModelStore(tmp_path, MODELS.manifest)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(FormatError, match="w4"):
        patch.setattr(ModelStore, "head", lambda _: head)
        published_classifier(models, NeckConfig())


def test_settled_norms_change_nothing_but_what_training_sees():
    spec = export.LOCATE_SPEC
    module, feeds = _locate(), export.example_inputs(spec, seed=1)
    network = module.network
    batches = [
        [torch.from_numpy(value) for value in export.example_inputs(spec, seed).values()] for seed in range(5, 13)
    ]
    before = outputs_of(module, feeds)
    module.train()
    settle_norms(network, lambda batch: network(*batch), batches)
    assert network.training and network.fuse[1].running_var.std() > 0
    assert_alike(outputs_of(module, feeds), before)

    def trained(other):
        with torch.no_grad():
            return other.train()(*(torch.cat(part) for part in zip(*batches, strict=True)))[0]

    raw = published_locate(MODELS, LocateConfig())
    with torch.no_grad():
        wanted = raw.eval()(*(torch.cat(part) for part in zip(*batches, strict=True)))[0]
    off = [float((trained(each) - wanted).norm() / wanted.norm()) for each in (network, raw)]
    assert off[0] < 0.25 * off[1], off
