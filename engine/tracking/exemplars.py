"""What cells of a frame are most like: the target's own cells, or those around it, as the first frame shows them.

The discriminant draws one line between the two; this one remembers examples of both, so that a target of several
parts, or surroundings of many kinds, need not lie on one side of a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from engine.tracking.cells import cells_of, unit, white
from engine.types import Float32Array, Float64Array, read_only

OWN = 32
"""Most cells of the target that are kept."""
AROUND = 64
"""Cells kept of the rest of the frame: those least like each other."""
AGAINST = 0.5
"""How much the likeness to the surroundings counts against a cell."""
CLEAR = 0.05
"""Share of the box's white below which a cell belongs to the surroundings."""
SPREAD_EPS = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Exemplars:
    """Cells ``(own + around, 152) float32``, the first ``own`` of them the target's.

    ``spread`` is the unit of the response: its standard deviation over the first frame.
    """

    cells: Float32Array
    own: int
    spread: float

    def response(self, f8: Float32Array, f16: Float32Array) -> Float32Array:
        """``(2h, 2w) float32``: how far each cell of a frame lies above the frame's mean, in the first one's spread.

        Args:
            f8: ``(1, 40, 2h, 2w)``.
            f16: ``(1, 112, h, w)``.
        """
        score = _likeness(self.cells, self.own, f8, f16) / self.spread
        return np.asarray(score - score.mean(), dtype=np.float32)


def keep_exemplars(f8: Float32Array, f16: Float32Array, box: Float64Array) -> Exemplars:
    """Examples of what is in the box (x, y, w, h in network pixels) and of the rest of the frame.

    Args:
        f8: ``(1, 40, 2h, 2w)`` of the frame to learn from.
        f16: ``(1, 112, h, w)``.
        box: The target.
    """
    cells = cells_of(f8, f16).astype(np.float32)
    wanted = white(box, *f8.shape[2:]).ravel()
    inside = wanted > 0.5
    own = cells[inside if inside.any() else wanted == wanted.max()]
    own = own[np.linspace(0, len(own) - 1, min(len(own), OWN)).round().astype(int)]
    around = _spread_out(cells[wanted < CLEAR], own)
    kept = read_only(np.concatenate([own, around]))
    spread = float(_likeness(kept, len(own), f8, f16).std()) + SPREAD_EPS
    return Exemplars(kept, len(own), spread)


def _spread_out(cells: Float32Array, own: Float32Array) -> Float32Array:
    """At most :data:`AROUND` of the cells, the one most like the target first, then always the least covered."""
    if not len(cells):
        return cells
    chosen = [int((cells @ own.T).max(axis=1).argmax())]
    covered = cells @ cells[chosen[0]]
    for _ in range(min(AROUND, len(cells)) - 1):
        chosen.append(int(covered.argmin()))
        np.maximum(covered, cells @ cells[chosen[-1]], out=covered)
    return cells[chosen]


def _likeness(kept: Float32Array, own: int, f8: Float32Array, f16: Float32Array) -> Float32Array:
    """``(2h, 2w) float32``: the cosine with the nearest cell of the target, less a share of that with the others."""
    channels, (rows, columns) = f8.shape[1], f8.shape[2:]
    fine = unit(f8) @ kept[:, :channels].T
    coarse: Any = cv2.resize(unit(f16) @ kept[:, channels:].T, (columns, rows), interpolation=cv2.INTER_LINEAR)
    likeness = fine + coarse.reshape(fine.shape)
    score = likeness[..., :own].max(axis=2)
    if likeness.shape[2] > own:
        score = score - AGAINST * likeness[..., own:].max(axis=2)
    return np.asarray(score, dtype=np.float32)
