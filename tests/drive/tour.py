"""The five minutes of the guide, driven from outside: open, draw, track, correct, export, save; and its pictures.

Then the program is killed while it tracks, and what it offers to restore at the next start is exported, too.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.drive.screen import Screen, save
from tests.drive.sight import GOOD, Sight

ROOT = Path(__file__).resolve().parents[2]
TRACKED, CORRECTED, END, KILLED = 45, 30, 60, 100
"""Frames: how far the first box is tracked, where it is drawn anew, how far that is tracked, and where it is killed."""
PATIENCE_S = 240.0


@dataclass(frozen=True)
class Look:
    """How the window looks: its size in the units of the screen's scale, dark or light; and how far it is tracked."""

    width: int = 1280
    height: int = 720
    scale: int = 1
    theme: str = "dark"
    frames: tuple[int, int, int, int] = (TRACKED, CORRECTED, END, KILLED)

    @property
    def name(self):
        return f"{self.theme}-{self.width}x{self.height}@{self.scale}"


def command():
    """How the installed program is started."""
    beside = Path(sys.executable).with_name("attntrack-gui")
    found = str(beside) if beside.is_file() else shutil.which("attntrack-gui")
    return [found] if found else [sys.executable, "-m", "app.gui"]


class Tour:
    """Somebody who uses the program on a screen, for the first time.

    Args:
        home: An empty folder that becomes theirs.
        look: How the window looks.
        pictures: Where screenshots go, or None.
        colors: Colours of the screenshots, 0 for all.
    """

    def __init__(self, home, look, pictures=None, colors=0):
        self.home, self.look, self._pictures, self._colors = Path(home), look, pictures, colors
        shutil.copy(ROOT / "assets" / "demo.mp4", self.home / "cup.mp4")
        self.truth = np.loadtxt(ROOT / "assets" / "demo.txt", delimiter=",")
        self.sight = Sight(self.home / "cup.mp4")
        self.track = self.home / "cup.csv"
        self.restored = self.home / "restored.csv"
        self.seen = 0  # the frame on the screen just before the kill
        self._settings(f"[window]\ntheme={look.theme}\n[values]\nbackend=onnxruntime\n")

    def run(self):
        """All of it; the pictures by name."""
        look = self.look
        with Screen(look.width * look.scale, look.height * look.scale) as screen:
            self.screen = screen
            with self._program() as self._process:
                self._arrive()
                self._shoot("start")
                self._open()
                self._draw(0, "draw")
                self._until_frame(look.frames[0])
                screen.key("space")
                self._shoot("track")
                screen.key("w")
                self._shoot("why")
                screen.key("w")
                self._correct()
                self._export()
                self._keys()
                self._save()
                self._kill()
            with self._program() as self._process:
                self._arrive()
                self._restore()
                screen.key("ctrl+s")
                screen.still()
                screen.key("ctrl+q")

    # what the person does
    def _arrive(self):
        """The window is there: it is given its place."""
        screen, look = self.screen, self.look
        self._window = screen.window("AttnTrack", self._alive)
        screen.place(self._window, look.width * look.scale, look.height * look.scale)
        screen.point(1, look.height * look.scale - 1)  # out of the way
        self._wait(lambda: len(np.unique(screen.look()[::4, ::4].reshape(-1, 3), axis=0)) > 20, "it is painted")

    def _open(self):
        screen = self.screen
        screen.key("ctrl+o")
        screen.still()
        screen.type(str(self.home / "cup.mp4"))
        screen.key("Return")
        self._wait(lambda: self.sight.find(screen.look()) > GOOD, "the first frame is shown")
        self._back()
        # the networks are loaded meanwhile; the picture may still move while panels appear
        screen.still(1.0)
        assert self.sight.find(screen.look()) > GOOD
        screen.key("p")
        self._shoot("open")

    def _draw(self, frame, name):
        x, y, w, h = self.truth[frame]
        self.screen.press(self.sight.point(x, y), self.sight.point(x + w, y + h))
        self._shoot(name)
        self.screen.release()
        self.screen.still()
        self.screen.key("space")

    def _correct(self):
        screen, (_, corrected, end, _) = self.screen, self.look.frames
        screen.key("ctrl+g")
        screen.still()
        screen.key("ctrl+a")
        screen.type(str(corrected))
        screen.key("Return")
        self._wait(lambda: abs(self.sight.frame(screen.look())[0] - corrected) <= 5, "the frame to correct is shown")
        self._back()
        screen.still()
        screen.key("r")
        self._draw(corrected, "correct")
        self._until_frame(end)
        screen.key("space")
        screen.still()
        self._shoot("corrected")

    def _export(self):
        screen = self.screen
        screen.key("ctrl+e")
        self._shoot("export")
        dialog = screen.look()
        screen.key("Return")
        self._wait(self.track.is_file, "the track is written")
        self._wait(lambda: (screen.look() != dialog).mean() > 0.05, "the dialog has closed")
        self._shoot("written")
        self._back()

    def _keys(self):
        screen = self.screen
        before = screen.look()
        screen.key("F1")
        self._wait(lambda: (screen.look() != before).mean() > 0.1, "the page of keys is shown")
        self._shoot("keys")
        screen.key("Escape")
        self._back()

    def _save(self):
        screen, project = self.screen, self.home / "cup.attntrack"
        screen.key("ctrl+s")
        screen.still()
        screen.key("ctrl+a")
        screen.type(str(project))
        screen.key("Return")
        self._wait(project.is_file, "the project is saved")
        self._back()

    def _kill(self):
        """In the middle of tracking, as a power cut would; the project was saved before that."""
        self.screen.key("space")
        self._until_frame(self.look.frames[3])
        self.seen = self.sight.frame(self.screen.look())[0]
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def _restore(self):
        screen = self.screen
        self._shoot("restore")
        screen.key("alt+f")
        screen.still()
        screen.key("u")
        screen.still()
        screen.key("space")
        self._wait(lambda: max(self.sight.find(screen.look(), f) for f in self._around()) > GOOD, "it is restored")
        self._back()
        self._shoot("restored")
        screen.key("ctrl+e")
        screen.still()
        screen.key("Tab", "Tab", "ctrl+a")
        screen.type(str(self.restored))
        screen.key("Return")
        self._wait(self.restored.is_file, "what was restored is written")
        self._back()

    def _around(self):
        """Frames on which what was killed may have ended."""
        return range(max(self.seen - 30, 0), self.seen + 31, 5)

    # helpers
    def _back(self):
        """A dialog has closed: go on in the window."""
        self.screen.still()
        self.screen.focus(self._window)

    def _shoot(self, name, still=True):
        picture = self.screen.still() if still else self.screen.look()
        if self._pictures is not None:
            save(picture, Path(self._pictures) / f"{name}.png", self._colors)

    def _until_frame(self, frame):
        self._wait(lambda: self.sight.frame(self.screen.look())[0] >= frame, f"frame {frame} is shown")

    def _wait(self, condition, what):
        end = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > end:
                self._shoot("gave-up", still=False)
                raise TimeoutError(f"waited too long until {what}")
            self._alive()
            time.sleep(0.2)

    def _alive(self):
        assert self._process.poll() is None, "the program has ended"

    def _settings(self, text):
        folder = self.home / ".config" / "AttnTrack"
        folder.mkdir(parents=True)
        (folder / "attntrack.ini").write_text(text, encoding="utf-8")

    def _program(self):
        own = {name: str(self.home / folder) for name, folder in _FOLDERS.items()}
        scale = {"QT_SCALE_FACTOR": str(self.look.scale)} if self.look.scale != 1 else {}
        environment = {**os.environ, **self.screen.environment, **own, **scale, "LC_ALL": "C.UTF-8"}
        return _Ending(subprocess.Popen(command(), cwd=self.home, env=environment))


_FOLDERS = {"HOME": "", "XDG_CONFIG_HOME": ".config", "XDG_DATA_HOME": ".local/share", "XDG_CACHE_HOME": ".cache"}


class _Ending:
    """Sees to it that the program has ended: by itself if all went well, or because it was killed on purpose."""

    def __init__(self, process):
        self._process = process

    def __enter__(self):
        return self._process

    def __exit__(self, kind, *_):
        if kind is not None:
            self._process.kill()
        status = self._process.wait(timeout=30)
        assert kind is not None or status in (0, -signal.SIGKILL), "the program failed"
