"""From the attention map to regions and from regions to boxes, as the paper does: centre, covering box, samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from engine.config import AttentionConfig
from engine.geometry import box_at, boxes_to_centers, centers_to_boxes, clip_boxes
from engine.types import AttentionMap, Box, Float32Array, Float64Array, read_only

DEFAULT_CONFIG = AttentionConfig()
RELATIVE_PEAK = 0.15
"""A region's peak is at least this share of the map's highest, once that reaches the threshold."""
BRIGHT = 0.6
"""Share of the highest peak from which a region says something of a place that is looked at anyway."""
EXTENT_LEVEL = 0.5
"""A region reaches as far as its own peak falls to this share."""
REACH = 1.5
"""A region is looked for within this many expected sides of its peak, and at least :data:`LEAST_REACH` cells."""
LEAST_REACH = 4
ANY_REACH = 16
"""The same in cells where no size is expected."""

MOST_CHANGE = 1.6
"""Factor by which a region's side may differ from the target's before its size counts for nothing."""

LOG_SCALE = 3 * float(np.log(1.05))
LOG_ASPECT = 0.05


@dataclass(frozen=True, slots=True)
class Region:
    """A bright part of the attention map: its box in frame pixels, highest value, and mean x area in map cells."""

    box: Box
    peak: float
    mass: float


def find_regions(
    attention: AttentionMap,
    frame_size: tuple[int, int],
    expected: Box | None = None,
    config: AttentionConfig = DEFAULT_CONFIG,
) -> list[Region]:
    """The regions around the map's highest local maxima, highest first, none when the map is dark.

    The threshold decides whether the target may be in view at all; then dimmer places are offered too.

    A region takes its peak's surroundings down to half its height, and later regions take nothing of it: bright
    neighbours stay apart. Its box is the uniform rectangle with its second moments, which covers it and is robust
    against tails.

    Args:
        attention: The map.
        frame_size: Width and height of the frame.
        expected: Any box of about the size looked for: it says how far around a peak a region may reach.
        config: Threshold and number of regions.
    """
    values = attention.values
    height, width = values.shape
    scale = np.array([attention.region.w / width, attention.region.h / height])
    reach = (ANY_REACH, ANY_REACH)
    if expected is not None:
        sides = REACH * np.array([expected.w, expected.h]) / scale
        reach = (int(np.clip(sides[0], LEAST_REACH, width)), int(np.clip(sides[1], LEAST_REACH, height)))
    left = values.copy()
    left[_outside(attention, frame_size, scale)] = 0.0  # bars around the frame, cells past its edge
    if float(left.max()) < config.threshold:
        return []
    floor = RELATIVE_PEAK * float(left.max())
    smooth = cv2.GaussianBlur(left, (3, 3), 0.0)
    regions: list[Region] = []
    while len(regions) < config.max_regions:
        row, column = (int(i) for i in np.unravel_index(int(smooth.argmax()), smooth.shape))
        if smooth[row, column] <= 0:
            break
        around = left[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        peak = float(around.max())
        if peak < floor:
            break
        down, right = (int(i) for i in np.unravel_index(int(around.argmax()), around.shape))
        row, column = max(row - 1, 0) + down, max(column - 1, 0) + right
        top, low = max(row - reach[1], 0), max(column - reach[0], 0)
        part = np.s_[top : row + reach[1] + 1, low : column + reach[0] + 1]
        own = _grown(left[part], EXTENT_LEVEL * peak, (row - top, column - low))
        box, mass = _moments(left[part] * own)
        box[:2] += (low, top)
        smooth[part][cv2.dilate(own, np.ones((3, 3), np.uint8)) > 0] = 0.0
        left[part][own > 0] = 0.0
        frame_box = np.concatenate([box[:2] * scale + (attention.region.x, attention.region.y), box[2:] * scale])
        regions.append(Region(Box.from_array(clip_boxes(frame_box, *frame_size)), peak, mass))
    return regions


def sized_like(region: Region, box: Box) -> Region:
    """The region, with the size of this box if it is much smaller or larger: maps tell well where, and less how large.

    A small bright part of a target fits the classifier as well as all of it.
    """
    change = region.box.side / box.side
    if 1 / MOST_CHANGE <= change <= MOST_CHANGE:
        return region
    return replace(region, box=box_at(region.box.center, box.w, box.h))


def region_proposals(regions: Sequence[Region], count: int, rng: np.random.Generator) -> Float64Array:
    """``(len(regions) * count, 4) float64`` boxes in frame pixels: ``count`` Gaussian samples on each region's box.

    The first sample of each region is its box itself. The rest are moved by a quarter of the box's mean side and
    scaled by 1.05 cubed, one sigma each, with a slight change of aspect.
    """
    if not regions or count <= 0:
        return np.zeros((0, 4))
    base = boxes_to_centers(np.stack([region.box.as_array() for region in regions]))[:, None]  # (R, 1, 4)
    noise = np.clip(rng.standard_normal((len(regions), count, 4)), -2.0, 2.0)
    noise[:, 0] = 0.0
    side = base[..., 2:].mean(axis=-1, keepdims=True)
    centers = base[..., :2] + 0.25 * side * noise[..., :2]
    zoom = np.exp(LOG_SCALE * noise[..., 2:3] + LOG_ASPECT * noise[..., 3:] * np.array([1.0, -1.0]))
    return centers_to_boxes(np.concatenate([centers, base[..., 2:] * zoom], axis=-1).reshape(-1, 4))


def _outside(attention: AttentionMap, frame_size: tuple[int, int], scale: Float64Array) -> np.ndarray:
    """``(h, w) bool``: cells whose centres lie outside the frame."""
    height, width = attention.values.shape
    x = attention.region.x + (np.arange(width) + 0.5) * scale[0]
    y = attention.region.y + (np.arange(height) + 0.5) * scale[1]
    return np.asarray(((y < 0) | (y > frame_size[1]))[:, None] | ((x < 0) | (x > frame_size[0]))[None])


def _grown(values: Float32Array, level: float, at: tuple[int, int]) -> np.ndarray:
    """``(h, w) uint8``: 1 on the cells of at least this level that hang together with the one at row, column."""
    _, labels = cv2.connectedComponents((values >= level).astype(np.uint8), connectivity=4)
    return np.asarray(labels == labels[at], dtype=np.uint8)


def _moments(weights: Float32Array) -> tuple[Float64Array, float]:
    """The box ``(4,)`` in cells of the uniform rectangle with these weights' second moments, and their sum."""
    moments = cv2.moments(weights)
    mass = moments["m00"]
    # a uniform bar of width w over whole cells has variance (w^2 - 1) / 12 between the cell centres
    w, h = (np.sqrt(12.0 * max(moments[name] / mass, 0.0) + 1.0) for name in ("mu20", "mu02"))
    center = [moments["m10"] / mass + 0.5, moments["m01"] / mass + 0.5, w, h]
    return centers_to_boxes(np.array(center)), float(mass)


def bright(regions: Sequence[Region], config: AttentionConfig = DEFAULT_CONFIG) -> list[Region]:
    """Those of one map's regions, highest first, that are bright by themselves and not only worth a look."""
    floor = max(config.threshold, BRIGHT * regions[0].peak) if regions else 0.0
    return [region for region in regions if region.peak >= floor]


def inside(box: Box, region: Box) -> bool:
    """Whether the box's centre lies well inside the region."""
    cx, cy = box.center
    margin = 0.1 * region.w
    return (
        region.x + margin < cx < region.x + region.w - margin and region.y + margin < cy < region.y + region.h - margin
    )


def nearby(regions: Sequence[Region], view: Box, target: Box | None, config: AttentionConfig) -> list[Region]:
    """The bright ones of a map's regions in this view, :func:`sized_like` the ``target`` if its size is known."""
    near = [region for region in bright(regions, config) if inside(region.box, view)]
    return near if target is None else [sized_like(region, target) for region in near]


def region_boxes(regions: list[Region]) -> Float64Array:
    """The regions' boxes ``(R, 4) float64``, read-only."""
    return read_only(np.array([r.box.as_array() for r in regions]).reshape(-1, 4))
