"""A lost target's candidate: a place that is watched until it has proved to be the target, or had its chance."""

from __future__ import annotations

from engine.tracking.jump import same_place
from engine.types import Box

SHORTEST, LONGEST = 2, 12
"""Frames after which a candidate that keeps its place is shown as uncertain, and after which others get a turn."""

CANDIDATE = 0.35
"""Confidence from which something is worth another look: a target that is back turned, or of another size, often has
no more at first. What is on the frame while the target is out of sight stays below on nineteen of twenty frames."""
SHOWN = 0.5
"""Confidence that it must have reached to be shown."""


class Watch:
    """One place at a time. What hops about is no target found again."""

    def __init__(self) -> None:
        self.candidate: Box | None = None
        """Where to look again on the next frame."""
        self._frames = 0
        self._best = 0.0  # confidence of the candidate while it has kept its place

    @property
    def shown(self) -> bool:
        """Whether the candidate has kept its place for long enough, and scored well enough there, to be shown."""
        return self._frames >= SHORTEST and self._best >= SHOWN

    def step(self, found: Box, confidence: float, barred: bool = False) -> bool:
        """Whether the best of this frame may be the target: it is where the candidate was, or there was none.

        It is the next candidate if its confidence reaches :data:`CANDIDATE`. What is ``barred`` is none.
        """
        if barred:
            self.end()
            return False
        before = self.candidate
        same = before is None or same_place(before, found)
        good = confidence >= CANDIDATE and self._frames < LONGEST
        self.candidate = found if good else None
        stays = good and same and before is not None
        self._frames = self._frames + 1 if stays else 0
        self._best = max(confidence, self._best if stays else 0.0)
        return same

    def end(self) -> None:
        """The target is found: there is nothing to watch."""
        self.candidate, self._frames = None, 0
