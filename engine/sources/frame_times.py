"""The presentation times of a video file, found without decoding it: what makes seeking exact."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable

import cv2
import numpy as np

from engine.sources.capture import open_file, open_packets
from engine.types import Float64Array

REORDERED = 32
"""Packets whose order of presentation may still change while more are being read."""
CHECKED = 40
"""Frames that are decoded to check that packets and pictures are the same in number and time."""
TOLERANCE_S = 0.0015
_CHUNK = 512


class FrameTimes:
    """Times of all frames of a file in seconds, rising, found in the background.

    Some files hold packets that show no picture. So the first frames are decoded and compared, and whoever reads
    the file reports every time it meets (:meth:`check`): on the first mismatch the times are no longer trusted.
    """

    def __init__(self, path: str, look: bool = True) -> None:
        self._path = path
        self._times: Float64Array = np.zeros(0)
        self._keys: Float64Array = np.zeros(0)
        self._trusted = look  # without a look through the file nothing is known
        self._stop = threading.Event()
        self._finished = threading.Event()
        self._grown = threading.Condition()
        self._thread = threading.Thread(target=self._scan, name="attntrack-times", daemon=True)
        if look:
            self._thread.start()
            # a thread inside the decoder while Python ends would take the process down with it
            weakref.finalize(self, _halt, self._stop, self._thread)
        else:
            self._finished.set()

    @property
    def trusted(self) -> bool:
        """Whether everything read so far agreed with the times."""
        return self._trusted

    @property
    def count(self) -> int | None:
        """The exact number of frames, or None while it is not known."""
        return len(self._times) if self._finished.is_set() and self._trusted and len(self._times) else None

    def wait(self, timeout_s: float | None = None) -> bool:
        """Whether the whole file has been looked through, within this time."""
        return self._finished.wait(timeout_s)

    def time_of(self, index: int, timeout_s: float) -> float | None:
        """The time of this frame, waiting until it has been found; None if it is not known or not there."""
        with self._grown:
            self._grown.wait_for(lambda: self._finished.is_set() or index < len(self._times), timeout_s)
            return float(self._times[index]) if self._trusted and index < len(self._times) else None

    def index_of(self, time_s: float) -> int | None:
        """The frame that has this time, or None if none has, or more than one."""
        times = self._times
        first, last = np.searchsorted(times, [time_s - TOLERANCE_S, time_s + TOLERANCE_S])
        return int(first) if self._trusted and last - first == 1 else None

    def key_before(self, index: int) -> int:
        """The key frame at or before this frame; 0 where it is not known."""
        times, keys = self._times, self._keys
        if not self._trusted or index >= len(times):
            return 0
        found = int(np.searchsorted(keys, times[index] + TOLERANCE_S)) - 1
        return int(np.searchsorted(times, keys[found] - TOLERANCE_S)) if found >= 0 else 0

    def check(self, index: int, time_s: float) -> None:
        """Tell that the frame of this index was read and had this time."""
        times = self._times
        if index < len(times):
            if abs(times[index] - time_s) > TOLERANCE_S:
                self._trusted = False
        elif self._finished.is_set():
            self._trusted = False

    def close(self) -> None:
        """Stop looking."""
        _halt(self._stop, self._thread)

    def _scan(self) -> None:
        try:
            found = self._read(open_packets, None)
            self._grow(np.sort(np.array(found)))
            shown = self._read(open_file, CHECKED)
            known = self._times[: len(shown)]
            same = len(known) == len(shown) and bool((np.abs(known - np.array(shown)) <= TOLERANCE_S).all())
            rising = len(found) > 0 and bool((np.diff(self._times) > 2 * TOLERANCE_S).all())
            self._trusted = self._trusted and same and rising
        finally:
            self._finished.set()
            with self._grown:
                self._grown.notify_all()

    def _read(self, opener: Callable[[str], cv2.VideoCapture], limit: int | None) -> list[float]:
        capture = opener(self._path)
        found: list[float] = []
        keys: list[float] = []
        try:
            while not self._stop.is_set() and (limit is None or len(found) < limit) and capture.grab():
                found.append(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0)
                if limit is None and capture.get(cv2.CAP_PROP_LRF_HAS_KEY_FRAME):
                    keys.append(found[-1])
                if limit is None and len(found) % (_CHUNK * 8) == 0:
                    self._grow(np.sort(np.array(found))[:-REORDERED])
        finally:
            capture.release()
        if limit is None:
            self._keys = np.sort(np.array(keys))
        return found

    def _grow(self, times: Float64Array) -> None:
        with self._grown:
            self._times = times
            self._grown.notify_all()


def _halt(stop: threading.Event, thread: threading.Thread) -> None:
    stop.set()
    if thread is not threading.current_thread() and thread.is_alive():
        thread.join(2.0)
