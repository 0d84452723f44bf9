"""Small targets: parts of the frame seen larger, one after another, instead of the whole frame at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from engine.tracking.attention import INPUT_SIZES, frame_variant
from engine.types import AttentionMap, Box, Float32Array, Float64Array, read_only

SMALL_PX = 12.0
"""Targets of a smaller side in the network's input are looked for in tiles."""
SEEN_PX = 18.0
"""Side at which tiles show the target, where the frame has as many pixels."""
MOST_PX_PER_PIXEL = 2.0
"""Network pixels a frame pixel may take: more shows nothing new."""
CLOSE_ZOOM = 1.75
"""How much larger a tile shows what is looked at more closely: four of them cover the frame."""
CLOSE_SHARE = 0.41
"""Share of the closer look in the log-odds of both."""
AGREED = 0.5
"""Log-odds that both looks together have above their mean: what two see needs less doubt."""
OVERLAP = 0.25
"""Least share of a tile's side that it has in common with the next."""
LEAST = 1e-6
"""Least probability a map is taken at its word for, on both sides."""


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


def agreed(whole: AttentionMap, close: AttentionMap) -> AttentionMap:
    """The map of the whole frame, on the cells of the closer look where there is one joined with what that shows.

    ``close`` covers all of the whole map or a part of it. The result has the whole map's region and at least the
    closer one's resolution.
    """
    region = whole.region
    rows, columns = close.values.shape
    width, height = round(columns * region.w / close.region.w), round(rows * region.h / close.region.h)
    x = region.x + (np.arange(width) + 0.5) * region.w / width
    y = region.y + (np.arange(height) + 0.5) * region.h / height
    odds = _resampled(_log_odds(whole.values), region, x, y)
    seen = close.region
    across = np.flatnonzero((x >= seen.x) & (x <= seen.x + seen.w))
    down = np.flatnonzero((y >= seen.y) & (y <= seen.y + seen.h))
    if len(across) and len(down):
        part = np.ix_(down, across)
        finer = _resampled(_log_odds(close.values), seen, x[across], y[down])
        odds[part] = (1 - CLOSE_SHARE) * odds[part] + CLOSE_SHARE * finer + AGREED
    return AttentionMap(read_only((1 / (1 + np.exp(-odds))).astype(np.float32)), region)


def _log_odds(values: Float32Array) -> Float32Array:
    sure = np.clip(values, LEAST, 1 - LEAST)
    return np.asarray(np.log(sure / (1 - sure)), dtype=np.float32)


def _resampled(values: Float32Array, region: Box, x: Float64Array, y: Float64Array) -> Float32Array:
    """``(len(y), len(x)) float32``: the map over this region read bilinearly at these places in frame pixels."""
    rows, columns = values.shape
    u = ((x - region.x) / region.w * columns - 0.5).astype(np.float32)
    v = ((y - region.y) / region.h * rows - 0.5).astype(np.float32)
    across, down = np.meshgrid(u, v)
    read: Any = cv2.remap(values, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(read, dtype=np.float32)


def _tent(length: int) -> Float64Array:
    """``(length,) float64``: 1 in the middle, falling towards the ends, steeply."""
    place = (np.arange(length) + 0.5) / length
    return np.asarray(np.minimum(place, 1 - place) * 2) ** 2
