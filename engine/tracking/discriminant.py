"""What tells the target from the rest of its first frame: a linear filter on the frozen whole-frame features.

The attention network compares; this one learns, in a millisecond on one frame: ridge regression of the white box on
the features of every cell, so that directions shared with the surroundings, look-alikes among them, count little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from engine.tracking.cells import NORM_EPS, cells_of, white
from engine.types import Float32Array, Float64Array, read_only

RIDGE = 10.0
"""Weight of the ridge in units of the mean eigenvalue: heavy, since one frame is little to learn from."""
BALANCE = 0.05
"""Total weight of the cells inside the box, in units of the frame's."""
SPREAD_EPS = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Discriminant:
    """A linear score ``(152,) float32`` of cells of unit length: 40 channels of stride 8, 112 of stride 16."""

    weights: Float32Array

    def response(self, f8: Float32Array, f16: Float32Array) -> Float32Array:
        """``(2h, 2w) float32``: how far each cell of a frame lies above the frame's mean, in the first one's spread.

        Args:
            f8: ``(1, 40, 2h, 2w)``.
            f16: ``(1, 112, h, w)``.
        """
        fine, coarse = self.weights[: f8.shape[1]], self.weights[f8.shape[1] :]
        rows, columns = f8.shape[2:]
        enlarged: Any = cv2.resize(_along(f16, coarse), (columns, rows), interpolation=cv2.INTER_LINEAR)
        score = _along(f8, fine) + enlarged
        return np.asarray(score - score.mean(), dtype=np.float32)


def learn_discriminant(f8: Float32Array, f16: Float32Array, box: Float64Array) -> Discriminant:
    """The discriminant of what is in the box (x, y, w, h in network pixels) against the rest of the frame.

    Args:
        f8: ``(1, 40, 2h, 2w)`` of the frame to learn from.
        f16: ``(1, 112, h, w)``.
        box: The target.
    """
    cells = cells_of(f8, f16)
    rows, columns = f8.shape[2:]
    wanted = white(box, rows, columns).ravel()
    inside = wanted > 0.5
    weights = np.where(inside, BALANCE * len(wanted) / max(int(inside.sum()), 1), 1.0)
    mean, spread = cells.mean(axis=0), cells.std(axis=0) + SPREAD_EPS
    design = np.column_stack([(cells - mean) / spread, np.ones(len(cells))])
    weighted = design * weights[:, None]
    gram = design.T @ weighted
    ridge = RIDGE * np.trace(gram) / len(cells)
    solution = np.linalg.solve(gram + ridge * np.eye(len(gram)), weighted.T @ wanted)[:-1] / spread
    solution /= (cells @ solution).std() + NORM_EPS
    return Discriminant(read_only(solution.astype(np.float32)))


def _along(features: Float32Array, weights: Float32Array) -> Float32Array:
    """``(h, w)``: the product of the weights with every cell of ``(1, C, h, w)``, each brought to unit length."""
    channels, rows, columns = features.shape[1:]
    cells = features.reshape(channels, rows * columns)
    length = np.sqrt(np.einsum("ck,ck->k", cells, cells)) + NORM_EPS
    return np.asarray((weights @ cells / length).reshape(rows, columns), dtype=np.float32)
