"""What is measured of a row on one clip: how well a tracker follows, and how well attention alone finds the target."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from engine import metrics
from engine.attention_alone import figures, glances
from engine.backends.base import Backend
from engine.datasets import Clip
from engine.one_pass import Follower, follow

Figures = Mapping[str, float]

AUC, PRECISION, ASTRAY = "success_auc", "precision_20", "astray"
PEAK, NEAR, TOP3, OUTSIDE = "peak", "near", "top3", "outside"


def tracked(follower: Follower, clip: Clip) -> Figures:
    """Scores of one pass over the clip; ``astray``: most frames on end on which the box missed the target."""
    try:
        track = follow(follower, clip)
    finally:
        follower.close()
    scores = metrics.ope(track.boxes, clip.truth)
    missed = (metrics.overlaps(track.boxes, clip.truth) <= 0) & np.isfinite(clip.truth[:, 0])
    return {AUC: scores.success_auc, PRECISION: scores.precision_20, ASTRAY: float(longest_run(missed))}


def looked(backend: Backend, clip: Clip) -> Figures:
    """Shares of the frames looked at with the target in view, and the mean energy outside its box."""
    seen = figures(glances(backend, clip))
    return {PEAK: seen.peak_in_box, NEAR: seen.peak_near, TOP3: seen.top3_in_box, OUTSIDE: seen.energy_outside}


def longest_run(flags: NDArray[np.bool_]) -> int:
    """Length of the longest stretch that is true throughout."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max(initial=0))
