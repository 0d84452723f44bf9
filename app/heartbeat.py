"""How responsive the window's thread is: a timer that should beat steadily, and what held it up when it did not."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer

BEAT_MS = 5
STALL_MS = 50.0
"""A beat later than this is felt by the user."""
_SCHEDULER = "/proc/thread-self/schedstat"


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat: how late it was, and of that what the thread computed and how long it waited for a core."""

    late_ms: float
    cpu_ms: float
    queued_ms: float


class Heartbeat(QObject):
    """Beats on the thread that starts it; a beat is late while that thread does something else, or may not run."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.beats: list[Beat] = []
        self._before = (0.0, 0.0, 0.0)
        self._scheduler: int | None = None  # kept open: opening it anew with every beat costs more than the beat
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Forget earlier beats and begin."""
        self.stop()
        self.beats.clear()
        with suppress(OSError):
            self._scheduler = os.open(_SCHEDULER, os.O_RDONLY)
        self._before = self._clocks()
        self._timer.start()

    def stop(self) -> None:
        """Stop beating; the beats stay."""
        self._timer.stop()
        if self._scheduler is not None:
            os.close(self._scheduler)
            self._scheduler = None

    def figures(self) -> dict[str, float]:
        """Lateness in milliseconds, the stalls, and what the longest one was made of.

        Figures ``on_a_core`` leave out the time in which the machine gave the thread no core: on a machine that other
        programs keep busy they say what the program itself is to blame for.
        """
        late = np.array([beat.late_ms for beat in self.beats] or [0.0])
        own = late - np.array([beat.queued_ms for beat in self.beats] or [0.0])
        longest = max(self.beats, key=lambda beat: beat.late_ms, default=Beat(0.0, 0.0, 0.0))
        return {
            "beats": len(self.beats),
            "median_ms": float(np.median(late)),
            "p99_ms": float(np.percentile(late, 99)),
            "longest_ms": longest.late_ms,
            "longest_cpu_ms": longest.cpu_ms,
            "longest_waiting_for_core_ms": longest.queued_ms,
            "most_cpu_ms": max((beat.cpu_ms for beat in self.beats), default=0.0),
            "stalls": int((late > STALL_MS).sum()),
            "longest_on_a_core_ms": float(max(own.max(), 0.0)),
            "stalls_on_a_core": int((own > STALL_MS).sum()),
        }

    def _beat(self) -> None:
        now = self._clocks()
        wall, cpu, queued = (1e3 * (b - a) for a, b in zip(self._before, now, strict=True))
        self._before = now
        self.beats.append(Beat(max(wall - BEAT_MS, 0.0), cpu, queued))

    def _clocks(self) -> tuple[float, float, float]:
        """Seconds: the clock, this thread's computing, and its waiting for a core (0 where the system keeps none)."""
        queued = 0.0
        if self._scheduler is not None:
            with suppress(OSError, IndexError, ValueError):
                queued = int(os.pread(self._scheduler, 64, 0).split()[1]) * 1e-9
        return time.perf_counter(), time.thread_time(), queued
