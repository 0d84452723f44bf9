"""A screen of its own with a mouse and a keyboard: Xvfb and xdotool; what is on it is seen by a screenshot."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

NEEDED = ("Xvfb", "xdotool", "import")
PATIENCE_S = 60.0


def missing():
    """The programs that are needed and are not there."""
    return [name for name in NEEDED if shutil.which(name) is None]


class Screen:
    """An X server without a monitor. Points are pixels of the screen."""

    def __init__(self, width, height):
        self.size = (width, height)
        self._keys = tempfile.TemporaryDirectory(prefix="screen-")
        read, write = os.pipe()
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
        self._server = subprocess.Popen(
            command, pass_fds=(write,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(write)
        with os.fdopen(read) as answer:
            number = answer.readline().strip()
        assert number, "the X server did not start"
        self.display = f":{number}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.terminate()
        self._server.wait()
        self._keys.cleanup()

    @property
    def environment(self):
        """What a program needs to be on this screen."""
        return {"DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"}

    def look(self):
        """What is on the screen: BGR pixels."""
        done = subprocess.run(
            ["import", "-silent", "-window", "root", "-depth", "8", "bgr:-"],  # a PNG of a large screen takes a second
            env={**os.environ, "DISPLAY": self.display},
            capture_output=True,
            check=True,
        )
        return np.frombuffer(done.stdout, np.uint8).reshape(self.size[1], self.size[0], 3)

    def still(self, seconds=0.4):
        """What is on the screen once nothing moves on it any more (or patience ends)."""
        before, since, end = self.look(), time.monotonic(), time.monotonic() + 10.0
        while time.monotonic() < end:
            time.sleep(0.1)
            now = self.look()
            if not np.array_equal(now, before):
                before, since = now, time.monotonic()
            elif time.monotonic() - since >= seconds:
                break
        return before

    def window(self, name, alive):
        """The number of the visible window with this title, waiting for it; ``alive`` raises where it cannot come."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            alive()
            found = self._do("search", "--onlyvisible", "--name", name, check=False).split()
            if found:
                return found[-1]
            time.sleep(0.1)
        raise TimeoutError(f"no window {name!r} came up")

    def place(self, window, width, height):
        """Put a window into the corner of the screen at this size, and give it the keyboard."""
        self._do("windowmove", window, "0", "0")
        self._do("windowsize", "--sync", window, str(width), str(height))
        self.focus(window)

    def focus(self, window):
        """Give a window the keyboard: there is no window manager to give it back when a dialog has closed."""
        self._do("windowfocus", "--sync", window)

    def key(self, *keys):
        """Press keys one after the other, as ``ctrl+e``."""
        self._do("key", "--delay", "60", *keys)

    def type(self, text):
        """Type a text."""
        self._do("type", "--delay", "25", text)

    def point(self, x, y):
        """Move the mouse there."""
        self._do("mousemove", str(round(x)), str(round(y)))

    def press(self, start, end):
        """Drag from one point to another with the left button, and hold it."""
        self.point(*start)
        time.sleep(0.1)
        self._do("mousedown", "1")
        for step in np.linspace(0.0, 1.0, 9)[1:]:
            self.point(start[0] + step * (end[0] - start[0]), start[1] + step * (end[1] - start[1]))
            time.sleep(0.03)

    def release(self):
        """Let go of the left button."""
        self._do("mouseup", "1")

    def _do(self, *words, check=True):
        done = subprocess.run(
            ["xdotool", *words],
            env={**os.environ, "DISPLAY": self.display},
            capture_output=True,
            text=True,
            check=check,
            timeout=PATIENCE_S,
        )
        return done.stdout


def save(picture, path, colors=0):
    """Write a picture as PNG; with ``colors`` only so many, which keeps it small."""
    path = Path(path)
    assert cv2.imwrite(str(path), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if colors:
        reduced = ["convert", str(path), "-dither", "FloydSteinberg", "-colors", str(colors), "-strip", f"PNG8:{path}"]
        subprocess.run(reduced, check=True)
