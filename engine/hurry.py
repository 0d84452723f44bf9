"""How urgently a thread that computes is wanted back, so that what takes long may stop half-way."""

from __future__ import annotations

import threading

SOON = 1
"""Something waits that need not wait for a target to be started: a seek, a pause. What was begun is done afterwards."""
NOW = 2
"""Something waits that makes all that is being computed worthless: another source, the end."""


class Hurry:
    """Counts what waits, by urgency. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting = [0, 0, 0]

    @property
    def level(self) -> int:
        """The highest urgency of what waits: 0 (none), SOON or NOW."""
        return NOW if self._waiting[NOW] else SOON if self._waiting[SOON] else 0

    def begins(self, urgency: int) -> None:
        """Something of this urgency waits from now on."""
        with self._lock:
            self._waiting[urgency] += 1

    def ends(self, urgency: int) -> None:
        """Something of this urgency waits no longer."""
        with self._lock:
            self._waiting[urgency] -= 1
