"""Cells of the whole frame's features as vectors, and which of them a box covers."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from engine.types import Float32Array, Float64Array

STRIDE = 8
NORM_EPS = 1e-6


def cells_of(f8: Float32Array, f16: Float32Array) -> Float64Array:
    """``(cells at stride 8, 152) float64``: both features, each of unit length, the coarse one enlarged."""
    fine = unit(f8)
    rows, columns = fine.shape[:2]
    coarse: Any = cv2.resize(unit(f16), (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.concatenate([fine, coarse], axis=2).reshape(rows * columns, -1), dtype=np.float64)


def unit(features: Float32Array) -> Float32Array:
    """``(h, w, C)`` of ``(1, C, h, w)``, every cell of unit length."""
    last = np.ascontiguousarray(features[0].transpose(1, 2, 0), dtype=np.float32)
    length = np.sqrt(np.square(last).sum(axis=2, keepdims=True))
    return np.asarray(last / (length + NORM_EPS), dtype=np.float32)


def white(box: Float64Array, rows: int, columns: int) -> Float64Array:
    """``(rows, columns) float64``: 1 in the box, 0 outside, an edge of one cell; at least one cell's worth."""

    def profile(middle: float, length: float, cells: int) -> Float64Array:
        distance = np.abs((np.arange(cells) + 0.5) * STRIDE - middle)
        return np.asarray(np.clip((max(length, STRIDE) / 2 - distance) / STRIDE + 0.5, 0.0, 1.0))

    across = profile(box[0] + box[2] / 2, box[2], columns)
    return np.asarray(np.outer(profile(box[1] + box[3] / 2, box[3], rows), across), dtype=np.float64)
