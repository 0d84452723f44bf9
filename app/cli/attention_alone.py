"""Figures of global attention by itself, for ``attntrack evaluate --attention``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from engine.attention_alone import AttentionFigures

_HEADINGS = {
    "peak_in_box": "peak",
    "peak_near": "near",
    "top3_in_box": "top3",
    "energy_outside": "outside",
    "absent_dark": "dark",
}


def attention_figures(by_clip: Mapping[str, AttentionFigures]) -> dict[str, Any]:
    """The means over the clips, and the clips' own figures; None where no clip has such a frame."""
    rows = {name: {k: None if _missing(v) else v for k, v in asdict(f).items()} for name, f in by_clip.items()}
    total: dict[str, Any] = {}
    for key in _HEADINGS:
        values = [row[key] for row in rows.values() if row[key] is not None]
        total[key] = float(np.mean(values)) if values else None
    for key in ("frames", "absent_frames"):
        total[key] = sum(row[key] for row in rows.values())
    return {**total, "clips": rows}


def attention_table(figures: dict[str, Any]) -> str:
    """The figures as text: a clip a line, the means last."""
    names = [*figures["clips"], "mean"]
    width = max(len(name) for name in names)
    lines = [
        "attention alone, whole frame, first frame known: brightest cell in the box, near it, one of 3 regions in it,",
        "energy outside it; absent frames without a region",
        f"{'clip':<{width}}  {'frames':>6}  {'absent':>6}" + "".join(f"  {text:>7}" for text in _HEADINGS.values()),
    ]
    for name in names:
        row = figures if name == "mean" else figures["clips"][name]
        text = "".join(f"  {'-':>7}" if row[key] is None else f"  {row[key]:7.3f}" for key in _HEADINGS)
        lines.append(f"{name:<{width}}  {row['frames']:>6}  {row['absent_frames']:>6}{text}")
    return "\n".join(lines) + "\n"


def _missing(value: float) -> bool:
    return isinstance(value, float) and math.isnan(value)
