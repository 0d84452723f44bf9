"""Frames of a live source on their way to whoever tracks: a slow frame costs none, a slow machine shows the newest."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from engine.types import Frame

WAIT_S = 0.15
"""How long a frame may wait while there are newer ones: a burst of learning is over by then."""
BEHIND_S = 2.0
"""Time in which a taker must once have caught up. If not it is too slow, and waiting gains nothing: the newest wins."""
MOST_BYTES = 64 << 20
"""Memory that waiting frames may take together."""


class Backlog:
    """Holds frames in their order, for a short while only. Thread-safe.

    Args:
        clock: The monotonic clock of the frames' ``arrival_s``.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ready = threading.Condition()
        self._frames: deque[Frame] = deque()
        self._caught_up_s = clock()
        self._closed = False
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Frames that gave way to newer ones before anybody took them."""
        return self._dropped

    def put(self, frame: Frame) -> None:
        """Let the frame wait to be taken; older ones whose time is over are dropped."""
        with self._ready:
            if not self._closed:
                self._frames.append(frame)
                self._drop()
                self._ready.notify()

    def take(self, timeout_s: float | None) -> Frame | None:
        """The oldest frame whose time is not over; None if there is none within ``timeout_s`` (None: wait)."""
        with self._ready:
            if not self._frames:
                self._ready.wait_for(lambda: self._frames or self._closed, timeout_s)
                self._caught_up_s = self._clock()
            self._drop()
            return self._frames.popleft() if self._frames else None

    def next(self) -> Frame | None:
        """What :meth:`take` is likely to return next, if it is there already; never waits."""
        with self._ready:
            return self._frames[0] if self._frames else None

    def close(self, keep: bool = False) -> None:
        """Take nothing more and wake whoever waits in :meth:`take`; ``keep`` leaves what waits to be taken."""
        with self._ready:
            if not keep:
                self._frames.clear()
            self._closed = True
            self._ready.notify_all()

    def _drop(self) -> None:
        now = self._clock()
        too_slow = now - self._caught_up_s > BEHIND_S
        while len(self._frames) > 1 and (too_slow or self._overdue(now) or self._too_much()):
            self._frames.popleft()
            self._dropped += 1

    def _overdue(self, now: float) -> bool:
        arrival_s = self._frames[0].arrival_s
        return arrival_s is not None and now - arrival_s > WAIT_S

    def _too_much(self) -> bool:
        return len(self._frames) * self._frames[0].image.nbytes > MOST_BYTES
