"""Playing at the speed of the media clock, or of the machine where that is slower."""

from __future__ import annotations

import time
from collections.abc import Callable

LATE_S = 0.25
"""Lateness that is no longer caught up: the clock is set anew, so that a slow spell is not followed by a rush."""


class Pacer:
    """Says how long to wait before a frame is due.

    ``speed`` is a factor on the media clock; None means as fast as possible.
    """

    def __init__(self, speed: float | None = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._speed = speed
        self._anchor: tuple[float, float] | None = None  # clock, media time

    @property
    def speed(self) -> float | None:
        """Factor on the media clock, or None for as fast as possible."""
        return self._speed

    @speed.setter
    def speed(self, value: float | None) -> None:
        if value is not None and not value > 0:
            raise ValueError(f"speed must be above 0, not {value}")
        self._speed = value
        self.restart()

    def restart(self) -> None:
        """Forget the clock: the next frame is due at once. For play, seek and every other jump."""
        self._anchor = None

    def delay(self, time_s: float) -> float:
        """Seconds from now until the frame of media time ``time_s`` is due, 0 if it is late."""
        if self._speed is None:
            return 0.0
        now = self._clock()
        if self._anchor is None:
            self._anchor = now, time_s
            return 0.0
        due = self._anchor[0] + (time_s - self._anchor[1]) / self._speed
        if due < now - LATE_S or time_s < self._anchor[1]:
            self._anchor = now, time_s
            return 0.0
        return max(due - now, 0.0)
