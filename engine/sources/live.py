"""Cameras and network streams: a thread always reads, frames wait for a moment at most, lost ones are counted."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, Protocol

import cv2
import numpy as np

from engine.errors import SourceError
from engine.sources.backlog import Backlog
from engine.sources.base import SourceInfo
from engine.sources.capture import OPEN_TIMEOUT_S, READ_TIMEOUT_S
from engine.types import Frame, UInt8Array, read_only

SIGNAL_S = 1.5
"""Silence after which the signal counts as lost."""
RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Pauses between attempts to reconnect; the last one repeats."""


class Capture(Protocol):
    """The part of ``cv2.VideoCapture`` that is needed here."""

    def isOpened(self) -> bool: ...  # noqa: D102
    def read(self) -> tuple[bool, Any]: ...  # noqa: D102
    def get(self, prop: int, /) -> float: ...  # noqa: D102
    def release(self) -> None: ...  # noqa: D102


class LiveSource:
    """A camera or stream read by its own thread as fast as frames arrive.

    ``index`` counts the frames that arrived, so that those nobody took show as gaps; ``time_s`` is the monotonic
    clock at the grab, from the first frame.

    Args:
        open_capture: Opens the device or stream; called again to reconnect.
        name: What the user calls it.
        reconnect_s: For how long to try to reconnect before giving up; 0: not at all, inf: until it is closed.
        clock: A monotonic clock in seconds.
    """

    def __init__(
        self,
        open_capture: Callable[[], Capture],
        name: str,
        reconnect_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_capture, self._name, self._reconnect_s, self._clock = open_capture, name, reconnect_s, clock
        self._backlog = Backlog(clock)
        self._closing = threading.Event()
        self._hurry = threading.Event()  # ends a pause between two attempts
        self._attempts = 0
        self._settled = threading.Event()  # the first frame came, or never will
        self._info: SourceInfo | None = None
        self._ended = False
        self._index = 0
        self._start_s = 0.0
        self._last_arrival_s: float | None = None
        self._connected = False
        self._thread = threading.Thread(target=self._grab_all, name="attntrack-grabber", daemon=True)
        self._thread.start()
        # a thread inside the decoder while Python ends would take the process down with it
        weakref.finalize(self, _halt, self._closing, self._hurry, self._thread)
        if not self._settled.wait(2 * OPEN_TIMEOUT_S) or self._info is None:
            self.close()
            raise SourceError(
                f"{name} sends no picture: check that it is connected, switched on and not used by another program."
            )

    @property
    def info(self) -> SourceInfo:
        """What is known of the camera or stream."""
        assert self._info is not None, "the constructor waits for the first frame"
        return self._info

    @property
    def dropped(self) -> int:
        """Frames that arrived but gave way to newer ones before anybody took them."""
        return self._backlog.dropped

    @property
    def signal(self) -> bool:
        """Whether frames arrive."""
        silent = self._last_arrival_s is None or self._clock() - self._last_arrival_s > SIGNAL_S
        return self._connected and not silent

    @property
    def ended(self) -> bool:
        """Whether no frame will come any more: closed, or gone and not to be reconnected."""
        return self._ended

    @property
    def attempts(self) -> int:
        """How often it was tried to reconnect since the last frame came; 0 while frames come."""
        return self._attempts

    def retry(self) -> None:
        """Try to reconnect now rather than after the pause, and begin with short pauses again."""
        self._attempts = 0
        self._hurry.set()

    def read(self) -> Frame | None:
        """The next frame, waiting for it; None when the source has ended or was closed.

        Frames that came while a slow one was tracked are returned one after the other, as long as they are fresh;
        whoever is too slow throughout gets the newest one, see :mod:`engine.sources.backlog`.
        """
        return self._backlog.take(None)

    def poll(self, timeout_s: float) -> Frame | None:
        """The same as :meth:`read`, or None if none comes within ``timeout_s``."""
        return self._backlog.take(timeout_s)

    def coming(self) -> Frame | None:
        """What :meth:`read` is likely to return next, if it is there already; never waits."""
        return self._backlog.next()

    def seek(self, index: int) -> None:
        """Raises SourceError: what was not kept is gone."""
        raise SourceError("A live source cannot be rewound: only its newest frame can be shown.")

    def close(self) -> None:
        """Stop; a waiting :meth:`read` returns None at once. The device is let go as soon as it answers."""
        self._closing.set()
        self._hurry.set()
        self._ended = True
        self._backlog.close()

    def _grab_all(self) -> None:
        try:
            broken_since = self._clock()
            while not self._closing.is_set():
                if self._grab_until_broken():
                    broken_since = self._clock()
                if self._info is None or self._clock() - broken_since >= self._reconnect_s:
                    return
                self._hurry.wait(RETRY_S[min(self._attempts, len(RETRY_S) - 1)])
                self._hurry.clear()
                self._attempts += 1
        finally:
            self._ended = True
            self._settled.set()
            self._backlog.close(keep=not self._closing.is_set())

    def _grab_until_broken(self) -> bool:
        """Read one connection to its end; True if any frame came."""
        capture = self._open_capture()
        any_frame = False
        try:
            while not self._closing.is_set() and capture.isOpened():
                good, image = capture.read()
                if not good or image is None:
                    break
                any_frame = self._connected = True
                self._attempts = 0
                self._arrived(image, capture)
        finally:
            self._connected = False
            capture.release()
        return any_frame

    def _arrived(self, image: UInt8Array, capture: Capture) -> None:
        now = self._clock()
        if self._info is None:
            fps = capture.get(cv2.CAP_PROP_FPS)
            height, width = image.shape[:2]
            self._info = SourceInfo(self._name, width, height, fps if 0 < fps < 1000 else 30.0, None, True, "clock")
            self._start_s = now
        elif image.shape[:2] != (self._info.height, self._info.width):  # reconnected to another picture size
            image = np.asarray(cv2.resize(image, (self._info.width, self._info.height)), dtype=np.uint8)
        self._last_arrival_s = now
        frame = Frame(self._index, now - self._start_s, read_only(image), now)
        self._index += 1
        self._backlog.put(frame)
        self._settled.set()


def _halt(closing: threading.Event, hurry: threading.Event, thread: threading.Thread) -> None:
    closing.set()
    hurry.set()
    if thread is not threading.current_thread() and thread.is_alive():
        thread.join(READ_TIMEOUT_S)
