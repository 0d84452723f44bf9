"""float16 variants of the exported graphs, for runtimes that take their precision from the graph.

Inputs and outputs stay float32. What float16 cannot hold stays float32 as well: coordinates, norms and sums by rule,
and whatever else parity with the float32 graph asks for.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Set
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper
from onnxruntime.transformers.float16 import convert_float_to_float16

from engine.backends.base import Outputs
from engine.backends.onnxruntime import OnnxRuntimeBackend
from engine.backends.parity import LIMITS, Parity, compare, sample_feeds
from engine.errors import BackendError
from engine.models import bundled_models, open_models
from engine.types import Float32Array
from training.graph_edit import drop_unused
from training.manifest import register_half

SAFETY = 0.8
"""Share of the parity limit that may be used here: a GPU also rounds inside its sums, where the CPU does not."""

_LOG = logging.getLogger(__name__)

GRAPHS = frozenset({"features", "locate", "score", "learn"}) | {
    f"{kind}_{variant}" for kind in ("encode", "attend") for variant in ("wide", "classic", "square")
}
"""What a whole folder has."""

FLOAT32_GRAPHS = ("learn",)
"""A step of gradient descent is smaller than a float16 can add to a weight."""

DELICATE = frozenset({"ReduceL2", "ReduceMean", "ReduceSum", "Sqrt", "Div", "Exp", "Log", "Pow", "Softmax", "Floor"})
"""Sums over many values and what is done to them: these overflow or lose the small ones."""

HEAVY = {"Conv", "Gemm", "MatMul"}
"""What float16 is for."""


def export_half(folder: Path, names: Iterable[str] | None = None) -> dict[str, Parity]:
    """Writes ``NAME.fp16.onnx`` beside the graphs and enters them in the manifest; the parity of each.

    A graph that float16 spoils gets no variant, which is logged; it then runs in float32.

    Args:
        folder: The model folder; its manifest must be complete, since graphs are fed by each other.
        names: The graphs to do; all that can have a float16 variant if None.
    """
    store = open_models(folder)
    reached: dict[str, Parity] = {}
    chosen = [name for name in (store.graphs if names is None else names) if name not in FLOAT32_GRAPHS]
    if not chosen:
        return reached
    with OnnxRuntimeBackend(store) as reference:
        feeds = sample_feeds(reference)
        for name in chosen:
            wanted = reference.run(name, feeds[name])
            try:
                model, kept, reached[name] = convert(onnx.load(str(store.path(name))), feeds[name], wanted)
            except ValueError as error:
                _LOG.warning("%s gets no float16 variant: %s", name, error)
                continue
            path = folder / f"{name}.fp16.onnx"
            part = path.with_suffix(".part")
            part.write_bytes(model.SerializeToString())
            os.replace(part, path)
            register_half(folder, name, kept, reached[name].error)
    return reached


def complete_halves(folder: Path) -> None:
    """Writes the float16 variants that are missing, if the folder has all graphs by now."""
    store = open_models(folder)
    if not set(store.graphs) >= GRAPHS or "head" not in store.manifest:
        return
    try:
        export_half(folder, [name for name in store.graphs if "half" not in store.manifest["graphs"][name]])
    except BackendError as error:  # another training has just published: it will do this too
        _LOG.warning("no float16 variants this time: %s", error)


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

    def attempt(kept: list[str]) -> Parity:
        held = fixed | {node.name for node in model.graph.node if node.op_type in kept}
        return compare(_run(rounded(model, held), feeds), wanted, "fp16")

    kept: list[str] = []
    parity = attempt(kept)
    while not parity.error <= SAFETY * LIMITS["fp16"]:
        left = [kind for kind in kinds if kind not in kept and (set(kinds) - {*kept, kind}) & HEAVY]
        if not left:
            raise ValueError(f"nothing that float16 computes is close enough: {parity}")
        tries = {kind: attempt([*kept, kind]) for kind in left}
        best = min(left, key=lambda kind: (not np.isfinite(tries[kind].error), tries[kind].error))
        kept.append(best)
        parity = tries[best]
    held = fixed | {node.name for node in model.graph.node if node.op_type in kept}
    half = convert_float_to_float16(model, keep_io_types=True, node_block_list=sorted(held))
    _join_islands(half.graph)
    _sort(half.graph)
    onnx.checker.check_model(half, full_check=True)
    return half, kept, parity


def rounded(model: onnx.ModelProto, held: Set[str]) -> onnx.ModelProto:
    """A float32 model that rounds to float16 whatever goes into or comes out of the nodes that are not ``held``.

    ONNX Runtime on the CPU computes a float16 graph in float32 and rounds hardly anything, which proves nothing.
    """
    typed = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
    known = [*typed.input, *typed.output, *typed.value_info, *typed.initializer]
    floats = {item.name for item in known if _element_type(item) == TensorProto.FLOAT}
    nodes: list[onnx.NodeProto] = []
    inside: dict[str, str] = {}

    def through_half(name: str, result: str) -> None:
        nodes.append(helper.make_node("Cast", [name], [f"{result}/half"], to=TensorProto.FLOAT16))
        nodes.append(helper.make_node("Cast", [f"{result}/half"], [result], to=TensorProto.FLOAT))

    for original in model.graph.node:
        node = onnx.NodeProto()
        node.CopyFrom(original)
        if node.name in held or node.op_type in ("Constant", "Cast"):
            nodes.append(node)
            continue
        for index, name in enumerate(node.input):
            if name in floats:
                if name not in inside:
                    inside[name] = f"{name}/rounded"
                    through_half(name, inside[name])
                node.input[index] = inside[name]
        outputs = [name for name in node.output if name in floats]
        for index, name in enumerate(node.output):
            node.output[index] = f"{name}/exact" if name in outputs else name
        nodes.append(node)
        for name in outputs:
            through_half(f"{name}/exact", name)
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    del copy.graph.node[:]
    copy.graph.node.extend(nodes)
    return copy


def _element_type(item: onnx.ValueInfoProto | onnx.TensorProto) -> int:
    return item.data_type if isinstance(item, onnx.TensorProto) else item.type.tensor_type.elem_type


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
