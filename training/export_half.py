"""float16 variants of the exported graphs, for runtimes that take their precision from the graph.

Inputs and outputs stay float32. What float16 cannot hold stays float32 as well: coordinates, norms and sums by rule,
and whatever else parity with the float32 graph asks for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import onnx
import onnxruntime as ort
from onnx import TensorProto
from onnxruntime.transformers.float16 import convert_float_to_float16

from engine.backends.base import Outputs
from engine.backends.onnxruntime import OnnxRuntimeBackend
from engine.backends.parity import LIMITS, Parity, compare, sample_feeds
from engine.models import bundled_models, open_models
from engine.types import Float32Array
from training.export import _drop_unused as drop_unused
from training.manifest import register_half

SAFETY = 0.8
"""Share of the parity limit that may be used here: a GPU also rounds inside its sums, where the CPU does not."""

FLOAT32_GRAPHS = ("learn",)
"""A step of gradient descent is smaller than a float16 can add to a weight."""

DELICATE = frozenset({"ReduceL2", "ReduceMean", "ReduceSum", "Sqrt", "Div", "Exp", "Log", "Pow", "Softmax", "Floor"})
"""Sums over many values and what is done to them: these overflow or lose the small ones."""

HEAVY = {"Conv", "Gemm", "MatMul"}
"""What float16 is for."""


def export_half(folder: Path, names: Iterable[str] | None = None) -> dict[str, Parity]:
    """Writes ``NAME.fp16.onnx`` beside the graphs and enters them in the manifest; the parity of each.

    Args:
        folder: The model folder; its manifest must be complete, since graphs are fed by each other.
        names: The graphs to do; all that have a float16 variant if None.
    """
    store = open_models(folder)
    reached: dict[str, Parity] = {}
    with OnnxRuntimeBackend(store) as reference:
        feeds = sample_feeds(reference)
        for name in store.graphs if names is None else names:
            if name in FLOAT32_GRAPHS:
                continue
            wanted = reference.run(name, feeds[name])
            model, kept, reached[name] = convert(onnx.load(str(store.path(name))), feeds[name], wanted)
            path = folder / f"{name}.fp16.onnx"
            part = path.with_suffix(".part")
            part.write_bytes(model.SerializeToString())
            os.replace(part, path)
            register_half(folder, name, kept, reached[name].error)
    return reached


def convert(
    model: onnx.ModelProto, feeds: dict[str, Float32Array], wanted: Outputs
) -> tuple[onnx.ModelProto, list[str], Parity]:
    """The float16 model, the kinds of operators that were kept in float32 for parity's sake, and the parity reached.

    Kinds of operators go back to float32 one at a time, the one that helps most first, until parity is good enough.

    Raises:
        ValueError: nothing worth converting is left before parity is reached.
    """
    for index, node in enumerate(model.graph.node):
        node.name = node.name or f"{node.op_type}_{index}"
    fixed = {node.name for node in model.graph.node if node.op_type in DELICATE} | coordinate_nodes(model)
    kinds = sorted({node.op_type for node in model.graph.node if node.name not in fixed})

    def attempt(kept: list[str]) -> tuple[onnx.ModelProto, Parity]:
        held = fixed | {node.name for node in model.graph.node if node.op_type in kept}
        copy = onnx.ModelProto()
        copy.CopyFrom(model)
        half = convert_float_to_float16(copy, keep_io_types=True, node_block_list=sorted(held))
        _join_islands(half.graph)
        _sort(half.graph)
        return half, compare(_run(half, feeds), wanted, "fp16")

    kept: list[str] = []
    half, parity = attempt(kept)
    while parity.error > SAFETY * LIMITS["fp16"]:
        left = [kind for kind in kinds if kind not in kept]
        if not set(left) & HEAVY:
            raise ValueError(f"no float16 variant of {model.graph.name} is close enough: {parity}")
        tries = {kind: attempt([*kept, kind]) for kind in left}
        best = min(left, key=lambda kind: tries[kind][1].error)
        kept.append(best)
        half, parity = tries[best]
    onnx.checker.check_model(half, full_check=True)
    return half, kept, parity


def coordinate_nodes(model: onnx.ModelProto) -> set[str]:
    """Names of the nodes computed from the input ``boxes`` alone.

    A coordinate of 200 pixels is known to an eighth of a pixel in float16: too little to interpolate by.
    """
    inputs = {item.name for item in model.graph.input}
    constants = {item.name for item in model.graph.initializer} | {""}
    coordinates = inputs & {"boxes"}
    found: set[str] = set()
    for node in model.graph.node:  # in topological order, as the standard asks
        sources = {name for name in node.input if name not in constants}
        if node.op_type == "Constant":
            constants.update(node.output)
        elif sources and sources <= coordinates:
            coordinates.update(node.output)
            found.add(node.name)
    return found


def _join_islands(graph: onnx.GraphProto) -> None:
    """Take out the detours through float16 between float32 neighbours, and from a float32 input to its user.

    The converter puts a cast on every side of a node that it leaves alone; with them nothing is float32 for long.
    """
    casts = {node.output[0]: node for node in graph.node if node.op_type == "Cast"}
    outputs = {item.name for item in graph.output}
    instead: dict[str, str] = {}
    for node in casts.values():
        before = casts.get(node.input[0])
        if before is not None and (_target(before), _target(node)) == (TensorProto.FLOAT16, TensorProto.FLOAT):
            if node.output[0] in outputs:
                node.op_type, node.input[0] = "Identity", before.input[0]
                del node.attribute[:]
            else:
                instead[node.output[0]] = before.input[0]
    for node in graph.node:
        for index, name in enumerate(node.input):
            node.input[index] = instead.get(name, name)
    drop_unused(graph)


def _target(cast: onnx.NodeProto) -> int:
    return next(int(attribute.i) for attribute in cast.attribute if attribute.name == "to")


def _sort(graph: onnx.GraphProto) -> None:
    """Put every node behind those it needs: the converter leaves its casts at the end."""
    made = {output: node for node in graph.node for output in node.output}
    order: list[onnx.NodeProto] = []
    placed: set[str] = set()
    waiting = list(reversed(graph.node))
    while waiting:
        node = waiting[-1]
        missing = [made[name] for name in node.input if name in made and made[name].name not in placed]
        if node.name not in placed and not missing:
            placed.add(node.name)
            order.append(node)
        if missing:
            waiting.extend(missing)
        else:
            waiting.pop()
    copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in order]
    del graph.node[:]
    graph.node.extend(copies)


def _run(model: onnx.ModelProto, feeds: dict[str, Float32Array]) -> Outputs:
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


if __name__ == "__main__":
    for graph, parity in export_half(bundled_models()).items():
        sys.stdout.write(f"{graph:<14} {parity}\n")
