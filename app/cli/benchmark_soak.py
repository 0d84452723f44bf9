"""The part of `attntrack benchmark` that tracks for very long and watches the memory."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from app.cli.interrupt import StopOnInterrupt
from app.cli.memory import rss_mb
from app.cli.output import write_text
from engine.backends.base import BackendInfo
from engine.backends.calibration import processor
from engine.backends.select import open_backend
from engine.config import TrackerConfig
from engine.errors import SourceError
from engine.progress import Progress
from engine.testing_clip import moving_box, textured_image
from engine.track_log import TrackLog
from engine.track_rows import NARROW
from engine.tracking.multi import MultiTracker
from engine.types import Float64Array, Frame, read_only

SIZE = (640, 480)
FPS = 30.0
EVERY = 300
"""Frames between two looks at the memory: ten seconds of the stream."""
SETTLED_MIN = 5.0
"""Minute of the stream from which the memory may not grow."""

Figures = dict[str, Any]


def run_soak(args: argparse.Namespace) -> Figures:
    """Track a drawn stream for ``args.soak`` frames, every result kept in a track; how memory and times went.

    The figures so far are in the file ``args.json`` all along: a run of an hour may be cut off.
    """
    times = np.full(args.soak, np.nan)  # filled at once: a list would grow all the way, and be taken for the tracker
    samples: list[tuple[float, float]] = []
    with open_backend(args.backend, args.threads) as backend:
        backend.warm_up()
        tracker = MultiTracker(backend, TrackerConfig(deterministic=args.deterministic), args.seed)
        log = TrackLog()
        try:
            frame, coming = _frame(0), _frame(1)
            log.record(0, 0.0, tracker.init(frame, {1: moving_box(0, *SIZE)}).targets)
            with StopOnInterrupt() as stop, Progress(args.soak, quiet=args.quiet) as progress:
                for index in range(1, args.soak + 1):
                    if stop.requested:
                        break
                    frame, coming = coming, _frame(index + 1)
                    began = time.perf_counter()
                    result = tracker.update(frame, coming=coming)
                    times[index - 1] = (time.perf_counter() - began) * 1e3
                    log.record(frame.index, frame.time_s, result.targets)
                    progress.step()
                    if index % EVERY == 0:
                        samples.append((index / FPS / 60, _memory()))
                        if args.json and len(samples) > 1:
                            figures = _figures(times[:index], samples, backend.info)
                            write_text(args.json, json.dumps(figures, indent=2) + "\n")
        finally:
            tracker.close()
        info = backend.info
    if len(samples) < 2:
        raise SourceError(f"The memory cannot be judged by {progress.done} frames: take at least {2 * EVERY}.")
    return _figures(times[: progress.done], samples, info)


def _figures(times: Float64Array, samples: Sequence[tuple[float, float]], info: BackendInfo) -> Figures:
    return {
        "soak": {
            "frames": len(times),
            "rss_mb": [[round(minute, 3), round(mb, 2)] for minute, mb in samples],
            **growth(samples),
            "median_ms": float(np.median(times)),
            "p99_ms": float(np.percentile(times, 99)),
        },
        "settings": {
            "source": f"drawn, {SIZE[0]}x{SIZE[1]} at {FPS:g} frames/s",
            "time": "update",
            "backend": f"{info.name} {info.version} {info.device} {info.precision}",
            "processor": processor(),
        },
    }


def growth(samples: Sequence[tuple[float, float]]) -> dict[str, float]:
    """How much more memory the end has than minute 5 (half of the way if that is earlier), in percent.

    ``samples`` are minutes and MB; the end is the mean of the last tenth. ``track_percent`` is what the rows of the
    track itself account for: they are kept, as they should be.
    """
    settled = min(SETTLED_MIN, samples[-1][0] / 2)
    began, start = next((minute, mb) for minute, mb in samples if minute >= settled)
    ended, end = np.mean(samples[-max(len(samples) // 10, 1) :], axis=0)
    track = (ended - began) * 60 * FPS * NARROW.itemsize / (1 << 20)
    return {
        "from_minute": settled,
        "growth_percent": 100.0 * float(end / start - 1.0),
        "track_percent": 100.0 * float(track / start),
    }


def table(figures: Figures) -> str:
    """The figures as text."""
    soak, settings = figures["soak"], figures["settings"]
    rows = soak["rss_mb"]
    shown = rows[:: max(len(rows) // 12, 1)]
    lines = [
        f"{settings['source']}, {soak['frames']} frames, {settings['backend']}, {settings['processor']}",
        "",
        f"{'minute':>8}{'MB':>9}",
        *(f"{minute:>8.1f}{mb:>9.1f}" for minute, mb in shown),
        "",
        f"memory after minute {soak['from_minute']:g}: {soak['growth_percent']:+.2f} %, "
        f"of it {soak['track_percent']:.2f} the track that is kept; "
        f"a frame {soak['median_ms']:.1f} ms median, {soak['p99_ms']:.1f} ms p99",
    ]
    return "\n".join(lines) + "\n"


def _frame(index: int) -> Frame:
    return Frame(index, index / FPS, read_only(textured_image(index, *SIZE)))


def _memory() -> float:
    now = rss_mb()
    if now is None:
        raise SourceError("This system does not tell how much memory a process takes: --soak works on Linux.")
    return now
