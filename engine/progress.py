"""One line on a terminal that says how far the work is; nothing at all where there is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

_BAR = 24
_REDRAW_S = 0.1


class Progress:
    """Counts steps; draws a bar with steps a second and the time left, at most ten times a second.

    ``total`` is None where the end is not known (a camera): then there is no bar, only the count and the rate.
    """

    def __init__(
        self,
        total: int | None,
        unit: str = "frames",
        stream: TextIO | None = None,
        quiet: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total, self._unit, self._clock = total, unit, clock
        self._stream = stream if stream is not None else sys.stderr
        self.shown = not quiet and self._stream.isatty()
        self._start = clock()
        self._drawn_at = -_REDRAW_S
        self._width = 0
        self.done = 0

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._start

    @property
    def rate(self) -> float:
        """Steps a second so far."""
        return self.done / max(self.seconds, 1e-9)

    def step(self, note: str = "") -> None:
        """One more step is done; ``note`` is shown behind the figures."""
        self.done += 1
        now = self.seconds
        if self.shown and (now - self._drawn_at >= _REDRAW_S or self.done == self._total):
            self._drawn_at = now
            self._draw(self.line(note))

    def line(self, note: str = "") -> str:
        """The line as it is now."""
        rate = f"{self.rate:.1f} {self._unit}/s" if self.rate >= 1 else f"{1 / max(self.rate, 1e-9):.1f} s each"
        parts = [f"{self.done} {self._unit}", rate]
        if self._total:
            share = min(self.done / self._total, 1.0)
            bar = "#" * round(share * _BAR)
            left = (self._total - self.done) / max(self.rate, 1e-9)
            parts = [
                f"[{bar:<{_BAR}}] {share:4.0%}  {self.done}/{self._total} {self._unit}",
                rate,
                f"{clock_time(left)} left",
            ]
        return "  ".join([*parts, note]).rstrip()

    def clear(self) -> None:
        """Take the line off the terminal."""
        if self.shown and self._width:
            self._draw("")
            self._stream.write("\r")
            self._stream.flush()

    def _draw(self, text: str) -> None:
        self._stream.write("\r" + text.ljust(self._width))
        self._stream.flush()
        self._width = len(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()


def clock_time(seconds: float) -> str:
    """Seconds as m:ss or h:mm:ss."""
    whole = max(round(seconds), 0)
    hours, minutes = whole // 3600, whole % 3600 // 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
