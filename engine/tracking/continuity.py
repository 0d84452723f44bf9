"""Continuity: whether what is followed still is, frame by frame, what was surely the target.

A target that bends or turns over is denied by the classifier long before it is gone, but from one frame to the next it
hardly changes. When it goes, what is found in its place has next to nothing of the frame before.
"""

from __future__ import annotations

import numpy as np

from engine.geometry import iou
from engine.tracking.judge import SAME, Judgement
from engine.types import Float64Array

GOES_ON = 0.55
"""Cosine of the candidates' features on two frames from which it is the same thing: 19 of 20 targets that are denied
while they are there have .58 and more, 19 of 20 that have just been left at most .51."""
PATIENCE = 2
"""Frames in a row that may show something else: a blink is no end."""


class Continuity:
    """Compares RoI features of what is found with those of the last frame on which it went on.

    The mean over all of a frame's candidates is taken off first: what they share is the scene.
    """

    def __init__(self) -> None:
        self._last: Float64Array = np.empty(0)
        self._missed = PATIENCE + 1  # there is nothing to go on from before something was sure

    def step(self, found: Judgement, sure: bool) -> bool:
        """Whether this is what was ``sure`` last, that frame or gone on with from there until now."""
        if not sure and self._missed > PATIENCE:
            return False
        overlap = iou(found.proposals.boxes, found.box.as_array())
        same = overlap > min(SAME, overlap.max() - 1e-9)  # the box is made of several; one is always nearest to it
        features = found.features[same] - found.features.mean(axis=0)
        features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-9)
        if sure or float((features @ self._last).max()) >= GOES_ON:
            self._missed = 0
            mean = (features * (found.proposals.scores[same, None] + 1e-6)).sum(axis=0)
            self._last = mean / max(float(np.linalg.norm(mean)), 1e-9)
        else:
            self._missed += 1
        return self._missed <= PATIENCE
