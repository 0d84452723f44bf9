"""Candidate boxes: Gaussian and uniform samples, and the best cells of `locate`."""

from __future__ import annotations

import numpy as np

from engine.geometry import boxes_to_centers, centers_to_boxes
from engine.types import Box, Float32Array, Float64Array


def gaussian_boxes(
    box: Box, count: int, translation: float, scale: float, rng: np.random.Generator, aspect: float = 1.02
) -> Float64Array:
    """``(count, 4) float64`` samples around the box (MDNet section 3: normal offsets cut at one).

    ``translation`` is in units of the mean side; ``scale`` and ``aspect`` are bases of a normal exponent.
    """
    side = (box.w + box.h) / 2
    shift = translation * side * np.clip(0.5 * rng.standard_normal((count, 2)), -1, 1)
    grow = scale ** np.clip(0.5 * rng.standard_normal((count, 1)), -1, 1)
    stretch = aspect ** rng.standard_normal((count, 1))
    sizes = np.array([box.w, box.h]) * grow * np.concatenate([stretch, 1 / stretch], axis=1)
    return centers_to_boxes(np.concatenate([np.array(box.center) + shift, sizes], axis=1))


def spread_boxes(box: Box, region: Box, count: int, rng: np.random.Generator) -> Float64Array:
    """``(count, 4) float64`` boxes of about the target's size, uniformly all over the region."""
    grow = 1.3 ** rng.uniform(-1, 1, (count, 1))
    sizes = np.array([box.w, box.h]) * grow
    centers = np.array([region.x, region.y]) + rng.uniform(0, 1, (count, 2)) * np.array([region.w, region.h])
    return centers_to_boxes(np.concatenate([centers, sizes], axis=1))


def hann_window(n: int) -> Float64Array:
    """``(n, n) float64`` cosine window with its maximum 1 in the middle."""
    w = np.hanning(n + 2)[1:-1]
    return np.asarray(np.outer(w, w) / w.max() ** 2)


def cell_boxes(ltrb: Float32Array, stride: float = 16.0) -> Float64Array:
    """``(n*n, 4) float64`` boxes in crop pixels of ``(4, n, n)`` left, top, right, bottom distances."""
    n = ltrb.shape[1]
    grid = (np.arange(n) + 0.5) * stride
    left, top, right, bottom = ltrb.reshape(4, -1).astype(np.float64)
    cx, cy = np.tile(grid, n), np.repeat(grid, n)
    return np.stack([cx - left, cy - top, left + right, top + bottom], axis=1)


def weighted_box(boxes: Float64Array, weights: Float64Array) -> Float64Array:
    """``(4,) float64``: the weighted mean of boxes, taken over edges."""
    total = float(weights.sum())
    centers = boxes_to_centers(boxes)
    mean = (centers * weights[:, None]).sum(axis=0) / total
    return centers_to_boxes(mean)
