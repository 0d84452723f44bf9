"""Ridge regression from RoI features to box corrections, fitted on the first frame (MDNet section 3.3)."""

from __future__ import annotations

import numpy as np

from engine.geometry import boxes_to_centers, centers_to_boxes
from engine.types import Box, Float32Array, Float64Array

RIDGE = 1000.0
MAX_SHIFT = 0.3
"""Corrections beyond this part of the box are cut: the regressor saw no such samples."""


class BoxRegressor:
    """Maps features ``(N, D)`` of boxes near the target to shifts and log scales."""

    def __init__(self, features: Float32Array, boxes: Float64Array, truth: Box) -> None:
        """Fit on boxes ``(N, 4)`` with IoU above 0.6 to the true box; solved in the dual, an N x N system."""
        x = features.astype(np.float64)
        mean = x.mean(axis=0)
        centered = x - mean
        targets = _corrections(boxes, truth.as_array()[None])
        bias = targets.mean(axis=0)
        gram = centered @ centered.T + RIDGE * np.eye(len(x))
        weights = centered.T @ np.linalg.solve(gram, targets - bias)
        # one matrix for every frame: (x - mean) W + b = x W + (b - mean W), in the features' own precision
        self._weights: Float32Array = weights.astype(np.float32)
        self._offset: Float64Array = bias - mean @ weights

    def refine(self, features: Float32Array, boxes: Float64Array) -> Float64Array:
        """Corrected boxes ``(N, 4) float64``."""
        shift = np.clip(features @ self._weights + self._offset, -MAX_SHIFT, MAX_SHIFT)
        centers = boxes_to_centers(boxes)
        centers[:, :2] += shift[:, :2] * centers[:, 2:]
        centers[:, 2:] *= np.exp(shift[:, 2:])
        return centers_to_boxes(centers)


def _corrections(boxes: Float64Array, truth: Float64Array) -> Float64Array:
    """``(N, 4)`` shift over size and log scale from each box to the truth."""
    a, b = boxes_to_centers(boxes), boxes_to_centers(truth)
    return np.concatenate([(b[:, :2] - a[:, :2]) / a[:, 2:], np.log(b[:, 2:] / a[:, 2:])], axis=1)
