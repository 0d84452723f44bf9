"""Networks to static ONNX graphs: fixed shapes, opset 17, nothing in them that only training needs."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from engine.models import BOXES, LOCATE_SLOTS, NEGATIVES, POSITIVES
from training.export_half import complete_halves
from training.graph_edit import declare_inputs, drop_unused
from training.locate.network import Locate, LocateGraph
from training.manifest import register_graph
from training.mdnet.learn import LearnGraph
from training.mdnet.network import FEATURES, HEAD_NAMES, HEAD_SHAPES, ScoreGraph, SharedNeck
from training.trunk import F8_CHANNELS, F16_CHANNELS, Trunk, load_trunk

OPSET = 17
F8_SHAPE = (1, F8_CHANNELS, 32, 32)
F16_SHAPE = (1, F16_CHANNELS, 16, 16)


@dataclass(frozen=True)
class GraphSpec:
    """A graph's name and the shapes and names that go in and out."""

    name: str
    inputs: Mapping[str, tuple[int, ...]]
    outputs: tuple[str, ...]


FEATURES_SPEC = GraphSpec("features", {"image": (1, 3, 256, 256)}, ("f8", "f16"))
ENCODE_WIDE_SPEC = GraphSpec("encode_wide", {"image": (1, 3, 192, 320)}, ("f8", "f16"))
ENCODE_CLASSIC_SPEC = GraphSpec("encode_classic", {"image": (1, 3, 192, 256)}, ("f8", "f16"))
ENCODE_SQUARE_SPEC = GraphSpec("encode_square", {"image": (1, 3, 256, 256)}, ("f8", "f16"))
SCORE_SPEC = GraphSpec(
    "score", {"f8": F8_SHAPE, "f16": F16_SHAPE, "boxes": (BOXES, 4), **HEAD_SHAPES}, ("logits", "roi")
)
LEARN_SPEC = GraphSpec(
    "learn",
    {
        **HEAD_SHAPES,
        **{f"m_{name}": shape for name, shape in HEAD_SHAPES.items()},
        "positives": (POSITIVES, FEATURES),
        "negatives": (NEGATIVES, FEATURES),
        "lr": (1,),
    },
    (*(f"new_{name}" for name in HEAD_NAMES), *(f"new_m_{name}" for name in HEAD_NAMES), "loss"),
)
LOCATE_SPEC = GraphSpec(
    "locate",
    {
        "f8": F8_SHAPE,
        "f16": F16_SHAPE,
        "memory8": (LOCATE_SLOTS, F8_CHANNELS, 16, 16),
        "memory16": (LOCATE_SLOTS, F16_CHANNELS, 8, 8),
    },
    ("score", "quality", "ltrb"),
)


def example_inputs(spec: GraphSpec, seed: int = 0) -> dict[str, np.ndarray]:
    """Random inputs ``float32`` of the right shapes and plausible scales, for tracing and for parity tests."""
    rng = np.random.default_rng(seed)
    feeds: dict[str, np.ndarray] = {}
    for name, shape in spec.inputs.items():
        if name == "image":
            values = rng.uniform(0.0, 255.0, shape)
        elif name == "boxes":
            values = np.concatenate([rng.uniform(0, 150, (shape[0], 2)), rng.uniform(4, 120, (shape[0], 2))], axis=1)
        elif name == "lr":
            values = np.full(shape, 1e-3)
        elif name.startswith("w"):
            values = rng.normal(0.0, (2.0 / shape[0]) ** 0.5, shape)
        elif name.startswith(("b", "m_")):
            values = rng.normal(0.0, 0.01, shape)
        else:
            values = rng.normal(0.0, 1.0, shape)
        feeds[name] = values.astype(np.float32)
    return feeds


def export_graph(module: nn.Module, spec: GraphSpec, folder: Path) -> Path:
    """Writes ``folder/NAME.onnx``, checks it, enters it in the manifest and returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{spec.name}.onnx"
    temporary = path.with_suffix(".part")
    arguments = tuple(torch.from_numpy(value) for value in example_inputs(spec).values())
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        with warnings.catch_warnings():
            # the tracing exporter says that it is the older one; it gives the leaner graph here
            warnings.simplefilter("ignore")
            torch.onnx.export(
                module,
                arguments,
                str(temporary),
                input_names=list(spec.inputs),
                output_names=list(spec.outputs),
                opset_version=OPSET,
                do_constant_folding=True,
                dynamo=False,
            )
    finally:
        for part, mode in modes:
            part.training = mode
    model = fold_pads(_simplified(temporary))
    declare_inputs(model.graph, spec.inputs)
    onnx.checker.check_model(model, full_check=True)
    temporary.write_bytes(model.SerializeToString())
    os.replace(temporary, path)
    register_graph(folder, spec.name)
    complete_halves(folder)
    return path


def _simplified(path: Path) -> onnx.ModelProto:
    # ONNX Runtime's basic level folds constants and batch norms and stays within the standard operators
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    model = onnx.load(str(path))
    standard = [opset for opset in model.opset_import if opset.domain == ""]
    del model.opset_import[:]
    model.opset_import.extend(standard)
    return model


def fold_pads(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with every constant zero Pad in front of a convolution written into that convolution.

    A padded copy of a large map costs more than some of the convolutions do.
    """
    graph = model.graph
    constants = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    pads = {node.output[0]: node for node in graph.node if node.op_type == "Pad" and node.input[1] in constants}
    for node in graph.node:
        pad = pads.get(node.input[0]) if node.op_type == "Conv" else None
        if pad is None:
            continue
        begin, end = np.split(np.asarray(constants[pad.input[1]]), 2)
        attribute = next(a for a in node.attribute if a.name == "pads")
        attribute.ints[:] = [int(begin[2]), int(begin[3]), int(end[2]), int(end[3])]
        node.input[0] = pad.input[0]
    drop_unused(graph)
    return model


def export_trunk(folder: Path, tuned: Trunk | None = None) -> None:
    """Writes ``features``, of the tuned trunk if there is one, and the three shapes of ``encode``."""
    trunk = load_trunk()
    export_graph(tuned or trunk, FEATURES_SPEC, folder)
    for spec in (ENCODE_WIDE_SPEC, ENCODE_CLASSIC_SPEC, ENCODE_SQUARE_SPEC):
        export_graph(trunk, spec, folder)


def export_classifier(neck: SharedNeck, head: Mapping[str, Tensor], folder: Path) -> None:
    """Writes ``score``, ``learn`` and ``head.npz``; the caller registers the head with its learning rates."""
    export_graph(ScoreGraph(neck), SCORE_SPEC, folder)
    export_graph(LearnGraph(), LEARN_SPEC, folder)
    arrays = {name: head[name].detach().numpy().astype(np.float32) for name in HEAD_NAMES}
    part = folder / "head.part.npz"
    np.savez(part, **arrays)
    os.replace(part, folder / "head.npz")


def export_locate(network: Locate, folder: Path) -> None:
    """Writes ``locate``."""
    export_graph(LocateGraph(network), LOCATE_SPEC, folder)
