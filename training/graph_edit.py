"""Small changes to ONNX graphs that several exports need."""

from __future__ import annotations

import onnx


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
