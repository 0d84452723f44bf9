"""Another tracker that is started again where attention looks, once attention says that it follows something else.

These trackers know no doubt of their own: what they have drifted to scores as well as the target did. So the witness
is attention by itself, which knows the first frame and nothing of where they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from engine.geometry import box_at, clip_box
from engine.one_pass import Follower
from engine.tracking.attention import RING
from engine.tracking.regions import find_regions
from engine.types import AttentionMap, Box, Frame, Target, TrackState

EVERY = 5
"""Frames between two looks: what deceives one is still there on the next frame, but seldom five frames later."""
MISSES = 2
"""Looks in a row that must show the target elsewhere."""
FOUND = 0.5
"""Confidence given to a place that only attention vouches for."""


class Witness(Protocol):
    """Attention to one target, see :class:`engine.attention_alone.Onlooker`."""

    def see(self, frame: Frame) -> None:
        """Be shown one of the two frames before the one that is asked about."""
        ...

    def attend(self, frame: Frame) -> AttentionMap:
        """Where on this frame the target may be."""
        ...


class Rescued:
    """A tracker with attention's help.

    It has failed when it says so, or when attention is lit on two looks in a row and no region of it touches the
    tracker's box. Then it starts anew on the brightest region, with the size of the last box that a region touched.
    """

    def __init__(self, make: Callable[[], Follower], call: Callable[[Frame, Box], Witness]) -> None:
        self._make, self._call = make, call
        self._follower = make()
        self._age = self._misses = 0

    def init(self, frame: Frame, box: Box) -> None:
        """Start on this frame."""
        self._follower.init(frame, box)
        self._witness = self._call(frame, box)
        self._first = self._vouched = box

    def update(self, frame: Frame) -> Target:
        """What is claimed of the target on this frame."""
        target = self._follower.update(frame)
        self._age += 1
        if self._age % EVERY:
            if -self._age % EVERY < RING:
                self._witness.see(frame)
            return target
        regions = find_regions(self._witness.attend(frame), frame.size, self._first)
        if target.box is not None and any(_touch(target.box, region.box) for region in regions):
            self._vouched, self._misses = target.box, 0
            return target
        if not regions:  # a dark map says nothing of the box
            return target
        self._misses += 1
        return target if target.box is not None and self._misses < MISSES else self._start_again(frame, regions[0].box)

    def close(self) -> None:
        """Free the tracker."""
        self._follower.close()

    def _start_again(self, frame: Frame, place: Box) -> Target:
        box = clip_box(box_at(place.center, self._vouched.w, self._vouched.h), *frame.size)
        self._follower.close()
        self._follower = self._make()
        self._follower.init(frame, box)
        self._misses = 0
        return Target(1, box, FOUND, TrackState.UNCERTAIN)


def _touch(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.w and other.x < one.x + one.w and one.y < other.y + other.h and other.y < one.y + one.h
    )
