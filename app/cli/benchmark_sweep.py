"""The part of `attntrack benchmark` that measures what more targets and larger frames cost, and draws it."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from app.cli.chart import Panel, svg
from app.cli.demo import demo_clip
from app.cli.output import write_text
from engine.backends.base import Backend
from engine.backends.calibration import processor
from engine.backends.select import open_backend
from engine.config import TrackerConfig
from engine.errors import SourceError
from engine.geometry import box_at
from engine.progress import Progress
from engine.sources import open_source
from engine.tracking.multi import MultiTracker
from engine.types import Box, Frame, read_only

TARGETS = (1, 2, 4, 8, 16)
SIZES = {"640x480": (640, 480), "1280x720": (1280, 720), "1920x1080": (1920, 1080), "3840x2160": (3840, 2160)}
COUNTED, WARM_UP = 60, 10
GRID = 4

Figures = dict[str, Any]


def run_sweep(args: argparse.Namespace) -> Figures:
    """Measure, draw the figure at ``args.sweep``, and return the figures."""
    with (
        open_backend(args.backend, args.threads) as backend,
        Progress((len(TARGETS) + len(SIZES)) * (COUNTED + WARM_UP), quiet=args.quiet) as progress,
    ):
        backend.warm_up()
        by_count = [
            {"targets": count, **_measured(backend, args, SIZES["640x480"], count, progress)} for count in TARGETS
        ]
        by_size = [
            {"width": size[0], "height": size[1], **_measured(backend, args, size, 1, progress)}
            for size in SIZES.values()
        ]
        info = backend.info
    figures: Figures = {
        "sweep": {"targets": by_count, "sizes": by_size},
        "settings": {
            "source": "demo.mp4, resized",
            "frames": COUNTED,
            "warm_up": WARM_UP,
            "time": "update",
            "backend": f"{info.name} {info.version} {info.device} {info.precision}",
            "processor": processor(),
        },
    }
    write_text(args.sweep, figure(figures))
    return figures


def figure(figures: Figures) -> str:
    """The SVG of the figures."""
    sweep, settings = figures["sweep"], figures["settings"]

    def panel(title: str, x_label: str, rows: list[Figures], ticks: list[str], places: list[float] | None) -> Panel:
        lines = {"median": [row["median_ms"] for row in rows], "p99": [row["p99_ms"] for row in rows]}
        return Panel(title, x_label, "ms a frame", ticks, lines, places)

    counts = [row["targets"] for row in sweep["targets"]]
    sizes = [f"{row['width']}x{row['height']}" for row in sweep["sizes"]]
    panels = [
        panel(
            "More targets, 640x480", "targets", sweep["targets"], [str(c) for c in counts], [float(c) for c in counts]
        ),
        panel("Larger frames, one target", "frame size", sweep["sizes"], sizes, None),
    ]
    return svg(panels, f"{settings['backend']}; {settings['processor']}; decoding left out")


def table(figures: Figures) -> str:
    """The figures as text."""
    sweep = figures["sweep"]
    rows = [(f"{row['targets']} targets, 640x480", row) for row in sweep["targets"]]
    rows += [(f"1 target, {row['width']}x{row['height']}", row) for row in sweep["sizes"]]
    lines = [f"{figures['settings']['backend']}, {figures['settings']['processor']}", ""]
    lines.append(f"{'':<24}{'median ms':>10}{'p99 ms':>10}")
    lines += [f"{name:<24}{row['median_ms']:>10.1f}{row['p99_ms']:>10.1f}" for name, row in rows]
    return "\n".join(lines) + "\n"


def _measured(
    backend: Backend, args: argparse.Namespace, size: tuple[int, int], count: int, progress: Progress
) -> dict[str, float]:
    """``median_ms`` and ``p99_ms`` of an update with so many targets on frames of this size."""
    tracker = MultiTracker(backend, TrackerConfig(deterministic=args.deterministic), args.seed)
    times: list[float] = []
    try:
        for frame, coming in pairwise(_frames(size, COUNTED + WARM_UP + 2)):
            if frame.index == 0:
                tracker.init(frame, _targets(size, count))
                continue
            began = time.perf_counter()
            tracker.update(frame, coming=coming)
            times.append((time.perf_counter() - began) * 1e3)
            progress.step()
    finally:
        tracker.close()
    counted = times[WARM_UP:]
    return {"median_ms": float(np.median(counted)), "p99_ms": float(np.percentile(counted, 99))}


def _frames(size: tuple[int, int], count: int) -> Iterator[Frame]:
    """The first frames of the demo clip at this size."""
    source = open_source(str(demo_clip().source))
    try:
        for _ in range(count):
            frame = source.read()
            if frame is None:
                raise SourceError("The demo clip is too short to measure on: reinstall attntrack.")
            image = frame.image if frame.size == size else cv2.resize(frame.image, size)
            yield Frame(frame.index, frame.time_s, read_only(np.asarray(image, np.uint8)))
    finally:
        source.close()


def _targets(size: tuple[int, int], count: int) -> Mapping[int, Box]:
    """The clip's own target first, then boxes of its size all over the frame."""
    clip = demo_clip()
    own = Box.from_array(clip.truth[0])
    sx, sy = size[0] / 640, size[1] / 480
    w, h = own.w * sx, own.h * sy
    centers = [((i % GRID + 0.5) * size[0] / GRID, (i // GRID + 0.5) * size[1] / GRID) for i in range(GRID * GRID)]
    boxes = [Box(own.x * sx, own.y * sy, w, h), *(box_at(center, w, h) for center in centers)]
    return dict(enumerate(boxes[:count], 1))


def check_figure(path: Path) -> None:
    """Raises SourceError where the figure could not be written."""
    if path.suffix.lower() != ".svg":
        raise SourceError(f"{path.name} must end with .svg: no other kind of figure is drawn.")
