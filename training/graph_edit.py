"""Small changes to ONNX graphs that several exports need."""

from __future__ import annotations

from collections.abc import Mapping

import onnx


def declare_inputs(graph: onnx.GraphProto, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Give the graph all of these float32 inputs, in order: those that it does not use are lost on the way."""
    del graph.input[:]
    for name, shape in shapes.items():
        graph.input.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape))


def drop_unused(graph: onnx.GraphProto) -> None:
    """Take out the nodes and constants that nothing uses."""
    while True:
        used = {name for node in graph.node for name in node.input} | {item.name for item in graph.output}
        idle = [node for node in graph.node if not any(name in used for name in node.output)]
        if not idle:
            break
        for node in idle:
            graph.node.remove(node)
    for item in [item for item in graph.initializer if item.name not in used]:
        graph.initializer.remove(item)
