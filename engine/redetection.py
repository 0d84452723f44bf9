"""Re-detection: is a target found again that was out of sight, and is it not claimed meanwhile?

Cases are made from any annotated clip: the target is painted out of a stretch of it and comes back where it then is.
Stretches are taken where that is elsewhere, so that staying where it was last seen does not count as finding it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.datasets import Clip
from engine.errors import FormatError
from engine.geometry import clip_boxes, iou
from engine.metrics import overlaps
from engine.one_pass import Track
from engine.painting import hole
from engine.sources import open_source
from engine.types import Box, Float64Array

LEAD = 30
"""Frames that the tracker has before the target goes."""
ABSENT = 60
RETURN = 15
"""Frames within which the track must be back."""
LENGTH = LEAD + ABSENT + RETURN
HIDDEN = range(LEAD, LEAD + ABSENT)
FOUND_IOU = 0.5
MOST_CASES = 3
"""Cases made of one clip: a long one is not to outweigh the others."""
LARGEST_HOLE = 0.25
"""Of the frame: what is larger cannot be painted from its surroundings."""
IN_SIGHT = 0.5
"""Of the box that must lie in the frame when the target is back."""


@dataclass(frozen=True, slots=True)
class CaseScore:
    """``delay``: frames from the return on until the track was back, counted from 1, None if it was not.

    ``honest``: share of the absent frames that were not called tracked.
    """

    delay: int | None
    honest: float


@dataclass(frozen=True, slots=True)
class RedetectionScores:
    """Shares over cases: back within 15 frames, and of the absent frames not called tracked; and their number."""

    back: float
    honest: float
    cases: int


def find_cases(clip: Clip) -> list[Clip]:
    """Parts of the clip, 105 frames each, in which the target can be hidden on the frames ``HIDDEN``."""
    source = open_source(str(clip.source))
    size = source.info.width, source.info.height
    source.close()
    return [
        replace(clip, truth=clip.truth[first : first + LENGTH], start=clip.start + first)
        for first in stretches(clip.truth, size)
    ]


def stretches(truth: Float64Array, size: tuple[int, int]) -> list[int]:
    """First rows of at most three stretches of the truth ``(N, 4)`` that do not overlap, for a frame of this size.

    In each the target is there throughout, small enough to be painted out, and back elsewhere: its last box before
    it goes would not pass for it on any of the frames after.
    """
    width, height = size
    boxes = np.asarray(truth, dtype=np.float64)
    known = np.asarray(np.isfinite(boxes).all(axis=1))
    inside = np.zeros(len(boxes))
    inside[known] = clip_boxes(boxes[known], width, height, 0.0)[:, 2:].prod(axis=1) / boxes[known, 2:].prod(axis=1)
    holes = np.array([hole(Box.from_array(box)).area if good else 0.0 for box, good in zip(boxes, known, strict=True)])
    usable = known & (holes <= LARGEST_HOLE * width * height)
    found: list[int] = []
    first = 0
    while first + LENGTH <= len(boxes) and len(found) < MOST_CASES:
        back = slice(first + LEAD + ABSENT, first + LENGTH)
        good = usable[first : first + LENGTH].all() and inside[first] > IN_SIGHT and inside[back].min() > IN_SIGHT
        if good and iou(boxes[back], boxes[first + LEAD - 1]).max() <= FOUND_IOU:
            found.append(first)
            first += LENGTH
        else:
            first += 1
    return found


def score_case(track: Track, truth: Float64Array) -> CaseScore:
    """The score of a track ``(105, ...)`` on a case with this truth."""
    hits: NDArray[Any] = overlaps(track.boxes, truth)[LEAD + ABSENT :] > FOUND_IOU
    delay = int(hits.argmax()) + 1 if hits.any() else None
    return CaseScore(delay, float(1.0 - track.tracked[HIDDEN.start : HIDDEN.stop].mean()))


def summary(scores: Sequence[CaseScore]) -> RedetectionScores:
    """The shares over some cases, at least one."""
    if not scores:
        raise FormatError("There is no case of re-detection to score.")
    back = float(np.mean([score.delay is not None for score in scores]))
    return RedetectionScores(back, float(np.mean([score.honest for score in scores])), len(scores))
