"""Pictures of the running program for the documentation: `python -m app.screenshots OUTDIR [SOURCE --box X,Y,W,H]`.

Runs the real program on the demo clip (or another source), on whatever display there is, and saves what its window
shows: start page, drawing, tracking with all overlays, dialogs; dark and light, small and large.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEventLoop, QPoint, QSettings, QSize, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.actions import OVERLAYS
from app.cli.arguments import box as box_argument
from app.demo import demo_boxes, demo_video
from app.dialogs.base import Dialog
from app.gui import Program, build, make_application, tracker_maker
from engine.types import Box

_PATIENCE_MS = 120_000
SIZES = (QSize(1280, 720), QSize(1920, 1080))


class Director:
    """Plays a user: opens, draws, waits, and saves pictures."""

    def __init__(self, program: Program, folder: Path) -> None:
        self._p, self._folder = program, folder

    def shoot(self, name: str, widget: QWidget | None = None) -> None:
        """Save what the window, or a dialog, shows now."""
        self.pause(250)
        (widget or self._p.window).grab().save(str(self._folder / f"{name}.png"), quality=0)  # smallest file

    def pause(self, ms: int) -> None:
        """Let the program run for a while."""
        loop = QEventLoop()
        QTimer.singleShot(ms, loop.quit)
        loop.exec()

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Let the program run until something is so."""
        for _ in range(_PATIENCE_MS // 20):
            if condition():
                return
            self.pause(20)
        raise TimeoutError(f"waited too long until {what}")

    def look(self, theme: str, size: QSize) -> None:
        """Switch to a look and a size."""
        self._p.window.theme.choose(theme)
        self._p.window.resize(size)
        self.pause(300)

    def overlays(self, names: Sequence[str]) -> None:
        """Switch on exactly these layers."""
        for id in OVERLAYS:
            self._p.window.actions_[id].setChecked(id in names)

    def open(self, source: str) -> None:
        """Open a source and wait for its first frame and the networks."""
        self._p.controller.open(source)
        c = self._p.controller
        self.until(lambda: c.result is not None and c.backend is not None, "the source was open")

    def press(self, box: Box) -> None:
        """Begin to drag around a box with the mouse, without letting go."""
        canvas = self._p.window.canvas
        start, end = self._point(box.x, box.y), self._point(box.x + box.w, box.y + box.h)
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
        QTest.mouseMove(canvas, QPoint((start.x() + end.x()) // 2, (start.y() + end.y()) // 2))
        QTest.mouseMove(canvas, end)

    def release(self, box: Box) -> None:
        """Let go of the mouse; wait until the target is followed."""
        end = self._point(box.x + box.w, box.y + box.h)
        button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QTest.mouseRelease(self._p.window.canvas, button, none, end)
        self.until(lambda: bool(self._p.controller.active), "the target was started")

    def play_to(self, frame: int) -> None:
        """Play as far as a frame (or the end) and go on playing."""
        c = self._p.controller
        if not c.playing:
            c.play()
            self.until(lambda: c.playing, "it played")
        self.until(lambda: c.frame >= frame or not c.playing, f"frame {frame} was tracked")

    def stop(self) -> None:
        """Pause."""
        c = self._p.controller
        c.pause()
        self.until(lambda: not c.playing, "it paused")

    def dialog(self, action: str) -> Dialog:
        """Open a dialog by its action."""
        self._p.window.actions_[action].trigger()
        self.pause(200)
        return next(d for d in self._p.window.findChildren(Dialog) if d.isVisible())

    def _point(self, x: float, y: float) -> QPoint:
        return QPoint(*(round(v) for v in self._p.window.canvas.view.to_canvas(x, y)))


def play(director: Director, source: str, box: Box, frames: tuple[int, ...]) -> None:
    """The whole tour."""
    d = director
    small, large = SIZES
    for theme in ("dark", "light"):
        d.look(theme, small)
        d.shoot(f"start-{theme}")
    d.look("dark", small)
    d.open(source)
    d.shoot("opened")
    d.press(box)
    d.shoot("drawing")
    d.release(box)
    d.overlays(("heatmap", "proposals", "trail", "boxes", "labels"))
    for theme, frame in zip(("dark", "light"), frames[:2], strict=True):
        d.look(theme, small)
        d.play_to(frame)
        d.shoot(f"window-{theme}")
    d.look("dark", small)
    d.overlays(("heatmap", "regions", "proposals", "search", "trail", "boxes", "labels"))
    d.play_to(frames[2])
    d.stop()
    for theme in ("dark", "light"):
        d.look(theme, large)
        d.shoot(f"window-{theme}-1920")
    d.look("dark", small)
    for action in ("export_track", "shortcuts", "about", "open_camera"):
        dialog = d.dialog(action)
        d.shoot(f"dialog-{action.replace('_', '-')}", dialog)
        dialog.close()
        d.pause(100)


def main(argv: Sequence[str] | None = None) -> int:
    """Take the pictures; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m app.screenshots", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("source", nargs="?")
    parser.add_argument("--box", type=box_argument)
    parser.add_argument("--frames", type=int, nargs=3, default=(60, 110, 170), help="frames to stop at")
    values = parser.parse_args(argv)
    if (values.source is None) != (values.box is None):
        parser.error("give a source and its --box, or neither")
    folder, box = values.folder.resolve(), values.box or demo_boxes()[0]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        # file names without a folder: the pictures show nothing of this machine
        source = shutil.copy(values.source or demo_video(), scratch)
        os.chdir(scratch)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, scratch)
        make_application()
        program = build(tracker_maker("auto"))
        program.window.settings.set_folder("export", ".")
        program.window.show()
        director = Director(program, folder)
        try:
            director.until(lambda: program.window.plot is not None, "the window was up")
            play(director, Path(source).name, box, tuple(values.frames))
        finally:
            program.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
