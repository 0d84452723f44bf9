"""How tightly the user draws: what `locate` misses the drawn box by on its own frame, and half of it taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.backends.base import Backend
from engine.geometry import boxes_to_centers, centers_to_boxes, iou
from engine.tracking.judge import consensus
from engine.tracking.memory import Shown, TargetMemory
from engine.tracking.view import Located, SearchView, locate
from engine.types import Box, Float64Array

SHARE = 0.5
"""Part of the miss on the drawn frame that is taken back on others: about the slope of one on the other over clips."""
MOST = 0.2
"""Largest correction of a side, as a logarithm: what misses by more is a target that `locate` does not understand."""
MIN_IOU = 0.3
"""A located box that overlaps the drawn one by less is of something else and says nothing."""


class Margin:
    """Corrects the extents of `locate` for how the target was drawn: with or without its arms, fins or shadow."""

    def __init__(self, drawn: Box, looks: Sequence[Located]) -> None:
        """``looks`` are what `locate` says of several views of the frame that the box was drawn on."""
        truth = drawn.as_array()
        found = np.array([consensus(each, int(np.argmax(each.score))).as_array() for each in looks])
        found = found[iou(found, truth) >= MIN_IOU]
        miss = np.median(np.log(truth[2:] / found[:, 2:]), axis=0) if len(found) else np.zeros(2)
        self.zoom: Float64Array = np.exp(np.clip(SHARE * miss, -MOST, MOST))
        """Factors of width and height, ``(2,)``."""

    def applied(self, located: Located) -> Located:
        """The same with corrected boxes, about their centres."""
        centers = boxes_to_centers(located.boxes)
        centers[:, 2:] *= self.zoom
        return replace(located, boxes=centers_to_boxes(centers))


def measure_margin(backend: Backend, drawn: Box, patch: Shown, views: Sequence[SearchView]) -> Margin:
    """The margin of a drawn box: `locate` looks for what it shows in views of its own frame."""
    memory = TargetMemory(patch)
    return Margin(drawn, [locate(backend, view, *memory.local) for view in views])
