"""How the window holds up while it tracks: heartbeat of its thread and time to paint, with every overlay on.

The real program plays a looped clip as fast as the tracker can. On Linux without a display it runs offscreen, where
everything is painted as on a screen, but nothing is shown.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QSettings, QTemporaryDir
from PySide6.QtWidgets import QApplication

import engine
from app.actions import OVERLAYS
from app.demo import demo_boxes, demo_video
from app.gui import Program, build, make_application, settle, tracker_maker
from app.heartbeat import Heartbeat
from app.scrubbing import scrub
from app.storm import Storm, run_events
from engine.errors import AttnTrackError, SourceError
from engine.sources import open_source
from engine.sources.base import FrameSource, SourceInfo
from engine.types import AttentionMap, Box, Frame, Proposals

WINDOW = (1600, 1000)
CANVAS = (1280, 720)
_CANDIDATES = 256
_PAINTS = 200
_PATIENCE_S = 120.0
STORM = 200
"""How often something else is asked for at any moment: another source, another frame, a stop."""

Figures = dict[str, Any]


class LoopedSource:
    """A source that begins anew whenever it ends, until ``frames`` frames have been read."""

    def __init__(self, source: FrameSource, frames: int) -> None:
        count = source.info.frame_count
        if not count:
            raise SourceError("Only a video can be looped, not a camera or a stream.")
        self._source, self._count, self._frames, self._next = source, count, frames, 0

    @property
    def info(self) -> SourceInfo:
        """The clip's, but as long as it is looped."""
        return replace(self._source.info, frame_count=self._frames, count_exact=True)

    @property
    def dropped(self) -> int:
        """Always 0."""
        return 0

    def read(self) -> Frame | None:
        """The next frame, counted on over the loops."""
        if self._next >= self._frames:
            return None
        frame = self._source.read()
        if frame is None:
            self._source.seek(0)
            frame = self._source.read()
        if frame is None:
            return None
        index, self._next = self._next, self._next + 1
        return replace(frame, index=index, time_s=index / self._source.info.fps)

    def seek(self, index: int) -> None:
        """Make :meth:`read` return this frame next."""
        self._source.seek(index % self._count)
        self._next = index

    def close(self) -> None:
        """Free the clip."""
        self._source.close()


def measure_window(
    source: str, box: Box, frames: int, backend: str, tell: Callable[[int], None], times: int = STORM
) -> Figures:
    """The figures of the window while it tracks so many frames of the source, looped.

    Args:
        source: A video.
        box: Its target on the first frame.
        frames: How many frames are tracked.
        backend: What runs the networks.
        tell: Told the frame shown, now and then.
        times: How often something else is asked for at any moment afterwards.

    Raises:
        AttnTrackError: the source or the networks are of no use.
    """
    if not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    make_application()
    scratch = QTemporaryDir()
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, scratch.path())
    program = build(tracker_maker(backend))
    try:
        figures = _measured(program, LoopedSource(open_source(source), frames), box, tell)
        figures["scrub"] = scrub(program)
        figures["scrub_file"] = _scrub_file(program, source)
        sources = [(source, box), (str(demo_video()), demo_boxes()[0])]
        took = Storm(program, sources).run(times)
        figures["any_moment"] = {name: {**_summary(ms), "longest_ms": max(ms)} for name, ms in took.items() if ms}
        program.controller.stop()  # nothing comes from the worker any more
        figures["paint"] = _paint_alone(program)
        return figures
    finally:
        program.close()


def _measured(program: Program, source: LoopedSource, box: Box, tell: Callable[[int], None]) -> Figures:
    window, c = program.window, program.controller
    errors: list[str] = []
    c.failed.disconnect()
    c.failed.connect(lambda message, details: errors.append(message))
    for overlay in OVERLAYS:
        window.actions_[overlay].setChecked(True)
    window.resize(*WINDOW)
    window.show()
    _until(lambda: window.plot is not None and (c.backend is not None or bool(errors)), errors)
    c.set_speed(0)
    painted = _time_paints(program)
    heart = Heartbeat(window)
    shown: list[int] = []
    c.shown.connect(lambda: shown.append(c.frame))
    info = source.info
    c.open(source, (box,), play=True)
    _until(lambda: c.playing, errors)
    settle()
    painted.clear()
    shown.clear()
    heart.start()
    began, cpu = time.perf_counter(), time.thread_time()
    last, seen_s = -1, time.perf_counter()
    while c.playing or c.frame == 0:
        run_events(200)
        if errors:
            raise AttnTrackError(errors[0])
        if c.frame != last:
            last, seen_s = c.frame, time.perf_counter()
            tell(last)
        elif time.perf_counter() - seen_s > _PATIENCE_S:
            raise AttnTrackError(f"The window stands still at frame {last}: see the log.")
    took, cpu = time.perf_counter() - began, time.thread_time() - cpu
    heart.stop()
    return {
        "heartbeat": heart.figures(),
        "paint_while_tracking": _summary([1e3 * s for s in painted]),
        "fps": len(c.tracks.rows(1)) / took,
        "frames_shown": len(set(shown)),
        "gui_thread_cpu_ms_a_frame": 1e3 * cpu / max(info.frame_count or 1, 1),
        "settings": {
            "frames": info.frame_count,
            "backend": f"{c.backend.name} {c.backend.device}" if c.backend else "",
            "platform": QApplication.platformName(),
            "canvas": list(CANVAS),
            "picture": [info.width, info.height],
            "overlays": list(OVERLAYS),
            "cores": os.cpu_count(),
            "version": engine.__version__,
        },
    }


def _scrub_file(program: Program, source: str) -> dict[str, float]:
    """Scrubbing over the file itself, which a decoder only reads forwards from its key frames."""
    c = program.controller
    c.open(source)
    _until(lambda: c.result is not None, [])
    return scrub(program)


def _time_paints(program: Program) -> list[float]:
    """A list that grows by the seconds of every paint of the picture."""
    canvas = program.window.canvas
    paint, seconds = canvas.paintEvent, []  # type: ignore[var-annotated]

    def timed(event: Any) -> None:
        began = time.perf_counter()
        paint(event)
        seconds.append(time.perf_counter() - began)

    canvas.paintEvent = timed  # type: ignore[method-assign]
    return seconds


def _paint_alone(program: Program) -> dict[str, float]:
    """Painting a picture of 1280x720 with a heatmap and 256 candidates, nothing else going on."""
    canvas, c = program.window.canvas, program.controller
    dice = np.random.default_rng(0)
    width, height = CANVAS
    canvas.setParent(None)  # out of the layout, which would give it another size
    canvas.resize(width, height)
    canvas.show()
    run_events(100)
    corners = dice.uniform(0, (width - 120, height - 120), (_CANDIDATES, 2))
    boxes = np.hstack([corners, dice.uniform(20, 120, (_CANDIDATES, 2))])
    kinds = dice.integers(0, 3, _CANDIDATES).astype(np.uint8)
    whole = Box(0.0, 0.0, float(width), float(height))
    scene = replace(
        c.scene(),
        attention=AttentionMap(dice.random((48, 80), dtype=np.float32), whole),
        proposals=Proposals(boxes, dice.random(_CANDIDATES), kinds),
        regions=boxes[:4],
    )
    image = dice.integers(0, 256, (height, width, 3), dtype=np.uint8)
    frame = Frame(0, 0.0, image)
    seconds: list[float] = []
    for _ in range(_PAINTS):
        canvas.show_frame(frame, scene)
        began = time.perf_counter()
        canvas.repaint()
        seconds.append(1e3 * (time.perf_counter() - began))
        QApplication.processEvents()
    canvas.close()
    return _summary(seconds)


def _summary(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {"count": 0}
    return {
        "count": len(values),
        "median_ms": float(np.median(values)),
        "p99_ms": float(np.percentile(values, 99)),
    }


def _until(condition: Callable[[], bool], errors: list[str]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not condition():
        if errors:
            raise AttnTrackError(errors[0])
        if time.monotonic() > end:
            raise AttnTrackError("The window did not get ready: see the log.")
        run_events(20)
