"""Scrubbing as it is felt: the mouse is dragged over the timeline, and the pictures that come are counted."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.gui import Program
from app.storm import run_events

_MOUSE_MS = 16
"""A mouse tells 60 times a second where it is."""
_SWEEP_S = 4.0
"""From one end of the timeline to the other."""


def scrub(program: Program, sweeps: int = 2) -> dict[str, float]:
    """Drag over all that the timeline shows, back and forth; how many different pictures were painted a second."""
    timeline, c = program.window.timeline, program.controller
    first, last = c.frame_range
    canvas, times, seen = program.window.canvas, [time.perf_counter()], [c.frame]
    paint = canvas.paintEvent

    def watched(event: Any) -> None:
        paint(event)
        if c.frame != seen[-1]:
            seen.append(c.frame)
            times.append(time.perf_counter())

    def point(frame: float) -> QPoint:
        return QPoint(round(timeline.x_of(round(frame))), timeline.height() // 2)

    canvas.paintEvent = watched  # type: ignore[method-assign]
    none = Qt.KeyboardModifier.NoModifier
    QTest.mousePress(timeline, Qt.MouseButton.LeftButton, none, point(last))
    began = time.perf_counter()
    while (gone := (time.perf_counter() - began) / _SWEEP_S) < sweeps:
        share = gone % 2.0
        QTest.mouseMove(timeline, point(last - (last - first) * min(share, 2.0 - share)))
        run_events(_MOUSE_MS)
    QTest.mouseRelease(timeline, Qt.MouseButton.LeftButton, none, point(first))
    canvas.paintEvent = paint  # type: ignore[method-assign]
    took, gaps = time.perf_counter() - began, 1e3 * np.diff(times)
    return {
        "frames_per_s": (len(seen) - 1) / took,
        "median_gap_ms": float(np.median(gaps)) if len(gaps) else 1e3 * took,
        "longest_gap_ms": float(gaps.max()) if len(gaps) else 1e3 * took,
    }
