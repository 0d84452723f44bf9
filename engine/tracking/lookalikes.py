"""Look-alikes: what was seen elsewhere while the target was in hand, and so is not the target."""

from __future__ import annotations

from collections import deque

import numpy as np

from engine.config import LearnConfig
from engine.geometry import iou
from engine.tracking.doubt import Doubt
from engine.tracking.judge import Judgement
from engine.types import Box, Float32Array

WARY_AT = 2
"""Frames of doubt from which look-alikes are reckoned with."""
KEPT = 20
"""Looks that are remembered, the latest ones."""
HARDEST = 32
"""Samples kept of one look: those that the classifier believes in most."""
WORTH = 0.05
"""Belief of the best sample from which a look is worth remembering: what nobody would confuse teaches nothing."""


class LookAlikes:
    """Samples of what stood elsewhere, for the classifier to learn when the target is out of sight.

    While the target is in hand they are only kept: learned all along, they make a classifier of one of many alike
    deny its own target as soon as that turns.
    """

    def __init__(self, config: LearnConfig) -> None:
        self._config = config
        self._looks: deque[Float32Array] = deque(maxlen=KEPT)

    def feared(self, doubt: Doubt, lost: bool) -> tuple[Float32Array, ...]:
        """What may now be taken for the target: each look's RoI features ``(n, 1600) float32``; none of it in hand.

        ``n`` is at most :data:`HARDEST`.
        """
        return tuple(self._looks) if lost or doubt.frames >= WARY_AT else ()

    def meet(self, other: Judgement, target: Box) -> None:
        """Remember what a look away from the target showed, which is in ``target`` on the same frame."""
        apart = np.flatnonzero(iou(other.proposals.boxes, target.as_array()) < self._config.negative_iou)
        hardest = apart[np.argsort(-other.belief[apart])][:HARDEST]
        if len(hardest) and other.belief[hardest[0]] > WORTH:
            self._looks.append(other.features[hardest])
