"""Away from the target: when and where to look there, and whether what is found there is the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.config import TrackerConfig
from engine.geometry import box_at, search_region
from engine.tracking.bystanders import Bystanders
from engine.tracking.doubt import Doubt
from engine.tracking.jump import JumpRule
from engine.tracking.places import Places
from engine.tracking.regions import Region, inside
from engine.tracking.watch import CANDIDATE
from engine.types import Box, Candidate, Decision

CHECK_INTERVAL, CHECK_PHASE = 5, 2
"""Frames between two looks whatever is near, and the first: never with a long-term update or a view to remember."""
SWEEP = np.array([0.7549, 0.5698])
"""Steps of a low-discrepancy sequence over the frame, by which a lost target is looked for where no region is."""

MOST_ZOOM = 2.5
"""How much larger or smaller than it was last a lost target is looked for."""


class Elsewhere:
    """What the regions of the attention map away from the target have been so far."""

    def __init__(self, config: TrackerConfig) -> None:
        self._config = config
        self._jump = JumpRule(config.attention)
        self._bystanders = Bystanders(config.bystander)
        self._next_check = CHECK_PHASE
        self._places = Places()

    def due(self, doubt: Doubt, age: int) -> bool:
        """Whether a far place is to be compared whatever is found near, on the target's frame number ``age``."""
        return doubt.unlike or doubt.frames > 0 or self._jump.agreeing > 0 or age >= self._next_check

    def looked(self, age: int) -> None:
        """A far place is being compared on this frame."""
        self._next_check = age + CHECK_INTERVAL

    def _far(self, regions: Sequence[Region], box: Box) -> list[Region]:
        """The regions that a look around the box does not take in."""
        around = search_region(box, self._config.search.factor)
        return [region for region in regions if not inside(region.box, around)]

    def again(self, box: Box, candidate: Box | None, frame_size: tuple[int, int], age: int) -> Box:
        """Where to look for a lost target whatever attention says.

        That is at its candidate, at the candidate's size, else by turns at the last ``box`` and at one of the places
        that wait for a look, or all over the frame where there is none.
        """
        if candidate is not None:
            return _sized(candidate, box)
        if age % 2:
            return box
        turn = self._places.next()
        return self._sweep(box, frame_size, age) if turn is None else box_at(turn[0].box.center, box.w, box.h)

    def _sweep(self, box: Box, frame_size: tuple[int, int], turn: float) -> Box:
        cx, cy = (turn * SWEEP % 1.0) * np.array(frame_size)
        return box_at((float(cx), float(cy)), box.w, box.h)

    def place(
        self,
        regions: Sequence[Region],
        box: Box,
        here: Box,
        lost: bool,
        frame_size: tuple[int, int],
        age: int,
    ) -> tuple[Box, list[Region]] | None:
        """Where to look now for a target with this ``box``, with the region that speaks for it; None for nowhere.

        That is in a far region, the strangest first; a lost target is looked for in one strange region after the
        other, also in those of maps shortly before, by turns at its last size and at the region's, but in no
        bystander's, and where no place is left all over the frame. What is seen from ``here`` is not far.
        """
        far = self._strangers_first(regions, here, lost)
        if lost:
            self._places.see(far, box.side)
            if (turn := self._places.next()) is not None:
                region, looks = turn
                return (_sized(region.box, box) if looks % 2 else box_at(region.box.center, box.w, box.h)), [region]
            return self._sweep(box, frame_size, age + 0.5), []
        self._places.forget()
        if far:
            return box_at(far[0].box.center, box.w, box.h), far[:1]
        return None

    def _strangers_first(self, regions: Sequence[Region], box: Box, lost: bool) -> list[Region]:
        far = [(self._bystanders.knows(region.box, box.side), region) for region in self._far(regions, box)]
        strangers = [region for known, region in far if not known]
        return strangers if lost else strangers + [region for known, region in far if known]

    def knows(self, place: Box, box: Box) -> bool:
        """Whether a bystander of a target with this ``box`` is at this place."""
        return self._bystanders.knows(place, box.side)

    def weigh(self, near: Candidate, far: Candidate, box: Box, lost: bool, doubt: Doubt) -> Decision:
        """Which place to believe, the target having had this ``box`` before."""
        c = self._config
        if self._bystanders.knows(far.box, box.side):
            decision = self._jump.weigh(near, far, desperate=False, frames=c.bystander.jump_frames)
            return replace(decision, bystander=True)
        if lost:
            return self._jump.weigh(near, far, desperate=True, frames=1, least=CANDIDATE)
        failing = doubt.frames >= c.attention.desperate_at and near.confidence < c.state.failure
        return self._jump.weigh(near, far, desperate=failing, frames=c.attention.jump_frames)

    def nothing_far(self) -> None:
        """There is no far place on this frame."""
        self._jump.nothing_far()

    def meet(self, regions: Sequence[Region], box: Box, near: float, lost: bool, doubt: Doubt) -> None:
        """Take in a frame's regions: with the target in hand, the far ones are bystanders.

        Args:
            regions: Of this frame's map.
            box: The target's before this frame.
            near: Confidence of what was found around it.
            lost: Whether the target is lost.
            doubt: Of the target.
        """
        in_hand = not (lost or doubt.frames or self._jump.agreeing) and near >= doubt.fair
        self._bystanders.step([region.box for region in self._far(regions, box)], box.side, in_hand)


def _sized(place: Box, box: Box) -> Box:
    """A box of this shape at this place, and about as large as what is there."""
    zoom = float(np.clip(place.side / box.side, 1 / MOST_ZOOM, MOST_ZOOM))
    return box_at(place.center, zoom * box.w, zoom * box.h)
