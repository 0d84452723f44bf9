"""The target's course: when it meets something alike, the one that goes on as the target did is the target.

What leaves the course all at once may be something alike that stands nearby.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from engine.geometry import iou
from engine.tracking.judge import Judgement, at_place
from engine.types import Box, Float64Array

AGO = 8
"""Frames for which the target is expected to go on as it did before: about as long as two pass each other."""
ASTRAY = 0.5
"""Distance from where it is expected, in target sides, from which what was found may be something else."""
ALIKE = 0.75
"""Share of what was found that the confidence of a candidate at the expected place must have."""

LEAP = 0.3
"""Distance from where it was to be on the next frame, in target sides, from which a move is a leap."""
STEADY = 4
"""Frames over which the target's motion is averaged."""


class Course:
    """Where the target went lately."""

    def __init__(self) -> None:
        self._centers: deque[Float64Array] = deque(maxlen=2 * AGO)

    def step(self, box: Box) -> None:
        """The target is here on this frame."""
        self._centers.append(np.array(box.center))

    def forget(self) -> None:
        """The way so far says nothing of what comes."""
        self._centers.clear()

    def leapt(self, box: Box) -> bool:
        """Whether this box is farther from where the target was to be next than it ever moves off within a frame."""
        if not self._centers:
            return False
        last = self._centers[-1]
        frames = min(len(self._centers) - 1, STEADY)
        motion = (last - self._centers[-1 - frames]) / frames if frames else np.zeros(2)
        return bool(np.hypot(*(np.array(box.center) - last - motion)) > LEAP * box.side)

    def rival(self, found: Judgement) -> Float64Array | None:
        """The expected place ``(2,)`` if what was found is not there but something just as good is; else None."""
        if len(self._centers) < 2 * AGO:
            return None
        expected = 2 * self._centers[AGO] - self._centers[0]
        side, boxes = found.box.side, found.proposals.boxes
        if np.hypot(*(np.array(found.box.center) - expected)) < ASTRAY * side:
            return None
        there = at_place(boxes, expected, side) & (iou(boxes, found.box.as_array()) < 0.3)
        best = float(found.proposals.scores[there].max()) if there.any() else 0.0
        return expected if best >= ALIKE * found.confidence else None
