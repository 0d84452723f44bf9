"""The attention network to static graphs, one for each shape in which frames are encoded, with the same weights."""

from __future__ import annotations

from pathlib import Path

from training.attention_net import MEMORY_CELLS, SLOTS, AttendGraph, AttentionNet
from training.export import GraphSpec, export_graph
from training.trunk import F8_CHANNELS, F16_CHANNELS

GRIDS = {"wide": (12, 20), "classic": (12, 16), "square": (16, 16)}
"""Rows and columns of cells at stride 16 of the encodings."""


def attend_spec(variant: str) -> GraphSpec:
    """Names and shapes of ``attend_wide``, ``attend_classic`` or ``attend_square``."""
    rows, columns = GRIDS[variant]
    side = int(MEMORY_CELLS**0.5)
    frame = (1, F16_CHANNELS, rows, columns)
    return GraphSpec(
        f"attend_{variant}",
        {
            "f16_t2": frame,
            "f16_t1": frame,
            "f16_t0": frame,
            "f8": (1, F8_CHANNELS, 2 * rows, 2 * columns),
            "memory16": (SLOTS, F16_CHANNELS, side, side),
            "matched16": (1, F16_CHANNELS, 5, 5),
            "matched8": (1, F8_CHANNELS, 5, 5),
        },
        ("attention",),
    )


def export_attention(network: AttentionNet, folder: Path) -> list[Path]:
    """Writes ``attend_wide``, ``attend_classic`` and ``attend_square`` into the model folder and its manifest."""
    graph = AttendGraph(network)
    return [export_graph(graph, attend_spec(variant), folder) for variant in GRIDS]
