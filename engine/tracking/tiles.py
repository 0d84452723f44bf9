"""Small targets: parts of the frame seen larger, one after another, instead of the whole frame at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.tracking.attention import INPUT_SIZES, frame_variant
from engine.types import AttentionMap, Box, Float64Array, read_only

SMALL_PX = 12.0
"""Targets of a smaller side in the network's input are looked for in tiles."""
SEEN_PX = 18.0
"""Side at which tiles show the target, where the frame has as many pixels."""
MOST_PX_PER_PIXEL = 2.0
"""Network pixels a frame pixel may take: more shows nothing new."""
OVERLAP = 0.25
"""Least share of a tile's side that it has in common with the next."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """Tiles of one size and the frame's own aspect that cover it, in rows from the top left."""

    frame_size: tuple[int, int]
    zoom: float

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns; the same, since a tile has the frame's aspect."""
        count = math.ceil((self.zoom - OVERLAP) / (1 - OVERLAP) - 1e-9)
        return count, count

    def tiles(self) -> list[Box]:
        """All tiles in frame pixels."""
        width, height = self.frame_size
        w, h = width / self.zoom, height / self.zoom
        rows, columns = self.grid
        xs, ys = np.linspace(0, width - w, columns), np.linspace(0, height - h, rows)
        return [Box(float(x), float(y), w, h) for y in ys for x in xs]

    def around(self, box: Box) -> Box:
        """The tile with the box in its middle, as far as the frame allows."""
        width, height = self.frame_size
        w, h = width / self.zoom, height / self.zoom
        cx, cy = box.center
        return Box(float(np.clip(cx - w / 2, 0, width - w)), float(np.clip(cy - h / 2, 0, height - h)), w, h)


def tiling_for(box: Box, frame_size: tuple[int, int]) -> Tiling | None:
    """The tiling in which a target of this box's size is seen large enough; None if the whole frame will do."""
    width, height = INPUT_SIZES[frame_variant(*frame_size)]
    scale = min(width / frame_size[0], height / frame_size[1])
    side = scale * math.sqrt(max(box.area, 1e-6))
    zoom = min(SEEN_PX / max(side, 1e-6), MOST_PX_PER_PIXEL / scale)
    if side >= SMALL_PX or zoom <= 1:
        return None
    return Tiling(frame_size, zoom)


def joined(maps: Sequence[AttentionMap]) -> AttentionMap:
    """One map of the whole frame from the maps of all tiles.

    Where tiles overlap, the one that sees the place nearer to its middle counts more: what lies at a tile's edge is
    seen in part.
    """
    rows, columns = maps[0].values.shape
    cell = np.array([maps[0].region.w / columns, maps[0].region.h / rows])
    low = np.min([[m.region.x, m.region.y] for m in maps], axis=0)
    high = np.max([[m.region.x + m.region.w, m.region.y + m.region.h] for m in maps], axis=0)
    width, height = (math.ceil(v) for v in (high - low) / cell - 1e-6)
    total, weight = np.zeros((height, width)), np.full((height, width), 1e-9)
    tent = np.outer(_tent(rows), _tent(columns))
    for one in maps:
        x, y = (int(v) for v in np.rint((np.array([one.region.x, one.region.y]) - low) / cell))
        x, y = min(x, width - columns), min(y, height - rows)
        total[y : y + rows, x : x + columns] += tent * one.values
        weight[y : y + rows, x : x + columns] += tent
    region = Box(float(low[0]), float(low[1]), width * float(cell[0]), height * float(cell[1]))
    return AttentionMap(read_only((total / weight).astype(np.float32)), region)


def _tent(length: int) -> Float64Array:
    """``(length,) float64``: 1 in the middle, falling towards the ends, steeply."""
    place = (np.arange(length) + 0.5) / length
    return np.asarray(np.minimum(place, 1 - place) * 2) ** 2
