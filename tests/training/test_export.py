from __future__ import annotations

import json

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch

from engine.models import open_models
from training.export import (
    ENCODE_CLASSIC_SPEC,
    ENCODE_SQUARE_SPEC,
    ENCODE_WIDE_SPEC,
    FEATURES_SPEC,
    LEARN_SPEC,
    LOCATE_SPEC,
    OPSET,
    SCORE_SPEC,
    example_inputs,
    export_classifier,
    export_graph,
    export_locate,
)
from training.locate.network import Locate, LocateGraph
from training.manifest import register_head, total_bytes
from training.mdnet.learn import LearnGraph
from training.mdnet.network import HEAD_NAMES, ScoreGraph, SharedNeck, new_head
from training.trunk import load_trunk


def _locate() -> LocateGraph:
    torch.manual_seed(3)
    network = Locate()
    for module in network.modules():  # batch norms as after some training, or folding them would go unseen
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0.0, 0.3)
            module.running_var.uniform_(0.5, 2.0)
    return LocateGraph(network).eval()


def _score() -> ScoreGraph:
    torch.manual_seed(3)
    return ScoreGraph(SharedNeck()).eval()


GRAPHS = {
    "features": (FEATURES_SPEC, load_trunk),
    "encode_wide": (ENCODE_WIDE_SPEC, load_trunk),
    "encode_classic": (ENCODE_CLASSIC_SPEC, load_trunk),
    "encode_square": (ENCODE_SQUARE_SPEC, load_trunk),
    "score": (SCORE_SPEC, _score),
    "learn": (LEARN_SPEC, LearnGraph),
    "locate": (LOCATE_SPEC, _locate),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_graph_agrees_with_torch(name, tmp_path):
    spec, build = GRAPHS[name]
    module = build()
    path = export_graph(module, spec, tmp_path)
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert [o.name for o in session.get_outputs()] == list(spec.outputs)
    assert {i.name: tuple(i.shape) for i in session.get_inputs()} == dict(spec.inputs)
    feeds = example_inputs(spec, seed=7)
    outputs = session.run(None, feeds)
    with torch.no_grad():
        expected = module(*(torch.from_numpy(value) for value in feeds.values()))
    for got, wanted in zip(outputs, expected, strict=True):
        scale = max(1.0, float(wanted.abs().max()))
        assert got.shape == tuple(wanted.shape)
        assert np.abs(got - wanted.numpy()).max() <= 1e-3 * scale
        assert wanted.numel() == 1 or float(wanted.std()) > 0


@pytest.mark.parametrize("name", GRAPHS)
def test_graph_is_static_and_plain(name, tmp_path):
    spec, build = GRAPHS[name]
    model = onnx.load(str(export_graph(build(), spec, tmp_path)))
    assert [(o.domain, o.version) for o in model.opset_import] == [("", OPSET)]
    kinds = {node.op_type for node in model.graph.node}
    assert not kinds & {"Pad", "Dropout", "RoiAlign", "NonZero", "If", "Loop"}
    assert not any(node.domain for node in model.graph.node)


def test_folding_pads_keeps_symmetric_ones_and_writes_the_odd_pixel(tmp_path):
    model = onnx.load(str(export_graph(load_trunk(), FEATURES_SPEC, tmp_path)))
    pads = {
        tuple(a.ints) for node in model.graph.node if node.op_type == "Conv" for a in node.attribute if a.name == "pads"
    }
    assert {(0, 0, 1, 1), (1, 1, 2, 2), (1, 1, 1, 1), (2, 2, 2, 2)} <= pads


def test_published_folder_is_what_the_engine_reads(tmp_path):
    head = new_head(5)
    torch.manual_seed(0)
    export_classifier(SharedNeck(), head, tmp_path)
    export_locate(Locate(), tmp_path)
    register_head(tmp_path, "head.npz", {"init_lr": 0.01, "init_steps": 10, "update_lr": 0.005, "update_steps": 6})
    models = open_models(tmp_path)
    assert models.graphs == ("learn", "locate", "score")
    for name in models.graphs:
        assert models.path(name).stat().st_size == models.manifest["graphs"][name]["bytes"]
    read = models.head()
    assert tuple(read) == HEAD_NAMES
    np.testing.assert_array_equal(read["w4"], head["w4"].numpy())
    assert models.manifest["head"]["init_steps"] == 10
    assert total_bytes(tmp_path) == sum(p.stat().st_size for p in tmp_path.glob("*.onnx"))


def test_exporting_again_replaces_the_manifest_entry(tmp_path):
    torch.manual_seed(0)
    export_locate(Locate(), tmp_path)
    first = json.loads((tmp_path / "manifest.json").read_text())["graphs"]["locate"]["sha256"]
    export_locate(Locate(), tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert list(manifest["graphs"]) == ["locate"]
    assert manifest["graphs"]["locate"]["sha256"] != first
    assert not list(tmp_path.glob("*.part"))


def test_export_leaves_the_training_mode_alone(tmp_path):
    network = Locate().train()
    export_locate(network, tmp_path)
    assert network.training and network.neck.norm.training
