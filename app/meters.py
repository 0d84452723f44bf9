"""Rates as the user sees them: tracking speed, real playback speed, latency and time by stage."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import numpy as np

from engine.types import FrameResult, Timings

WINDOW_S = 2.0


class Meters:
    """Fed with every result shown; reads the last two seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, int, float]] = deque()  # wall, frame index, media time
        self._timings: deque[Timings] = deque(maxlen=30)
        self.latency_ms: float | None = None

    def restart(self) -> None:
        """Forget the rates: playing stopped or jumped."""
        self._seen.clear()

    def clear(self) -> None:
        """Forget everything: another source."""
        self.restart()
        self._timings.clear()
        self.latency_ms = None

    def add(self, result: FrameResult) -> None:
        """Take a result that is shown now."""
        now, frame = self._clock(), result.frame
        if self._seen and frame.index < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((now, frame.index, frame.time_s))
        while now - self._seen[0][0] > WINDOW_S:
            self._seen.popleft()
        if result.timings.stages and result.targets:
            self._timings.append(result.timings)
        if frame.arrival_s is not None:
            self.latency_ms = max(now - frame.arrival_s, 0.0) * 1000.0

    @property
    def frames_per_s(self) -> float | None:
        """Frames of the source that went by in a second, whether or not each was painted."""
        return self._rate(1)

    @property
    def speed(self) -> float | None:
        """Real playback speed as a factor on the media clock."""
        return self._rate(2)

    @property
    def stages(self) -> dict[str, float]:
        """Median milliseconds by stage over the last frames that were tracked."""
        names = dict.fromkeys(name for timings in self._timings for name in timings.stages)
        return {name: float(np.median([t.stages.get(name, 0.0) for t in self._timings])) for name in names}

    @property
    def frame_ms(self) -> float:
        """Median milliseconds that went by for a frame; less than the sum of its stages where they overlap."""
        return float(np.median([t.total_ms for t in self._timings])) if self._timings else 0.0

    def _rate(self, column: int) -> float | None:
        if len(self._seen) < 3:
            return None
        first, last = self._seen[0], self._seen[-1]
        wall = last[0] - first[0]
        return (last[column] - first[column]) / wall if wall > 0.1 else None
