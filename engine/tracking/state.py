"""Tracked, uncertain or lost: a leaky counter of failures with hysteresis (ALGORITHM section 6, MFGNet's counter)."""

from __future__ import annotations

from engine.config import StateConfig
from engine.types import TrackState


class StateMachine:
    """Turns a confidence a frame into a state that neither flickers nor hides a loss."""

    def __init__(self, config: StateConfig) -> None:
        self._config = config
        self._failures = 0
        self._successes = 0
        self.state = TrackState.INIT

    @property
    def failures(self) -> int:
        """How far the counter has run towards LOST."""
        return self._failures

    @property
    def lost(self) -> bool:
        """Whether the target counts as lost."""
        return self.state is TrackState.LOST

    def step(self, confidence: float) -> TrackState:
        """The state after one more frame with this confidence (0..1)."""
        c = self._config
        success = confidence >= c.success
        self._successes = self._successes + 1 if success else 0
        if self.lost:
            if self._successes < c.reacquire:
                return self.state
            self._failures = 0
        elif success:
            self._failures = max(self._failures - c.success_step, 0)
        elif confidence < c.failure:
            self._failures += c.fail_step
        if self._failures >= c.lost_at:
            self.state = TrackState.LOST
        else:
            self.state = TrackState.TRACKED if success else TrackState.UNCERTAIN
        return self.state
