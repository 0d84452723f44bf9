"""Another tracker that is started again where attention looks, whenever it fails."""

from __future__ import annotations

from collections.abc import Callable

from engine.one_pass import Follower
from engine.tracking.multi import MultiTracker
from engine.types import Box, Frame, Target, TrackState

FAILED = 0.5
"""Confidence below which the other tracker has failed; those without one say so themselves."""


class Rescued:
    """A tracker with attention's help: on a failure it starts anew on the heaviest region, with its last size.

    Our own tracker runs beside it for its maps only. What it thinks of the target is not used.
    """

    def __init__(self, make: Callable[[], Follower], guide: MultiTracker) -> None:
        self._make, self._guide = make, guide
        self._follower = make()

    def init(self, frame: Frame, box: Box) -> None:
        """Start on this frame."""
        self._follower.init(frame, box)
        self._guide.init(frame, {1: box})
        self._last = box

    def update(self, frame: Frame) -> Target:
        """What is claimed of the target on this frame."""
        target = self._follower.update(frame)
        regions = self._guide.update(frame).regions
        if target.box is not None and target.confidence >= FAILED:
            self._last = target.box
            return target
        if not len(regions):
            return target
        cx, cy = Box.from_array(regions[0]).center
        box = Box(cx - self._last.w / 2, cy - self._last.h / 2, self._last.w, self._last.h)
        self._follower.close()
        self._follower = self._make()
        self._follower.init(frame, box)
        return Target(1, box, FAILED, TrackState.UNCERTAIN)

    def close(self) -> None:
        """Free both."""
        self._follower.close()
        self._guide.close()
