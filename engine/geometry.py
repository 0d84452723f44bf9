"""Boxes and coordinate frames: the one place where boxes are converted, clipped and mapped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from engine.types import Box, Float64Array, UInt8Array


def iou(a: Float64Array, b: Float64Array) -> Float64Array:
    """Intersection over union of boxes ``(..., 4) float64`` x, y, w, h, broadcast against each other.

    Boxes without area, or with NaN, have IoU 0.
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    left = np.maximum(a[..., 0], b[..., 0])
    top = np.maximum(a[..., 1], b[..., 1])
    right = np.minimum(a[..., 0] + a[..., 2], b[..., 0] + b[..., 2])
    bottom = np.minimum(a[..., 1] + a[..., 3], b[..., 1] + b[..., 3])
    inter = np.maximum(right - left, 0.0) * np.maximum(bottom - top, 0.0)
    union = a[..., 2] * a[..., 3] + b[..., 2] * b[..., 3] - inter
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(union > 0, inter / union, 0.0)  # NaN is not above 0 either


def clip_boxes(boxes: Float64Array, width: float, height: float, min_side: float = 1.0) -> Float64Array:
    """Boxes ``(N, 4) float64`` cut to the frame; centres are pulled inside and sides are at least ``min_side``."""
    boxes = np.asarray(boxes, dtype=np.float64)
    x0 = np.clip(boxes[..., 0], 0.0, width - min_side)
    y0 = np.clip(boxes[..., 1], 0.0, height - min_side)
    x1 = np.clip(boxes[..., 0] + boxes[..., 2], x0 + min_side, width)
    y1 = np.clip(boxes[..., 1] + boxes[..., 3], y0 + min_side, height)
    return np.stack([x0, y0, x1 - x0, y1 - y0], axis=-1)


def clip_box(box: Box, width: float, height: float, min_side: float = 1.0) -> Box:
    """One box cut to the frame, see :func:`clip_boxes`."""
    return Box.from_array(clip_boxes(box.as_array(), width, height, min_side))


def snap_box(box: Box, steps: int) -> Box:
    """The box with its corners moved to the next ``1 / steps`` of a pixel; what lies in the frame stays in it."""
    x0, y0, x1, y1 = (round(v * steps) / steps for v in (box.x, box.y, box.x + box.w, box.y + box.h))
    return Box(x0, y0, x1 - x0, y1 - y0)


def centers_to_boxes(centers: Float64Array) -> Float64Array:
    """``(N, 4)`` cx, cy, w, h -> ``(N, 4)`` x, y, w, h."""
    out: Float64Array = np.array(centers, dtype=np.float64)
    out[..., :2] -= out[..., 2:] / 2
    return out


def boxes_to_centers(boxes: Float64Array) -> Float64Array:
    """``(N, 4)`` x, y, w, h -> ``(N, 4)`` cx, cy, w, h."""
    out: Float64Array = np.array(boxes, dtype=np.float64)
    out[..., :2] += out[..., 2:] / 2
    return out


@dataclass(frozen=True, slots=True)
class Mapping2D:
    """An axis-aligned map from frame pixels to network pixels: ``u = (x - x0) * sx``, ``v = (y - y0) * sy``."""

    x0: float
    y0: float
    sx: float
    sy: float

    def forward(self, boxes: Float64Array) -> Float64Array:
        """Boxes ``(..., 4) float64`` from frame pixels to network pixels."""
        boxes = np.asarray(boxes, dtype=np.float64)
        shift = np.array([self.x0, self.y0, 0.0, 0.0])
        return np.asarray((boxes - shift) * np.array([self.sx, self.sy, self.sx, self.sy]))

    def inverse(self, boxes: Float64Array) -> Float64Array:
        """Boxes ``(..., 4) float64`` from network pixels to frame pixels."""
        boxes = np.asarray(boxes, dtype=np.float64)
        shift = np.array([self.x0, self.y0, 0.0, 0.0])
        return np.asarray(boxes / np.array([self.sx, self.sy, self.sx, self.sy]) + shift)


def center_distance(a: Box, b: Box) -> float:
    """Pixels between the centres of two boxes."""
    return float(np.hypot(*np.subtract(a.center, b.center)))


def box_at(center: tuple[float, float], w: float, h: float) -> Box:
    """The box of this size with its middle at this place."""
    return Box(center[0] - w / 2, center[1] - h / 2, w, h)


def search_region(box: Box, factor: float) -> Box:
    """The square of side ``factor * sqrt(w h)`` around the box's centre, in frame pixels."""
    side = max(factor * box.side, 2.0)
    return box_at(box.center, side, side)


def crop_square(image: UInt8Array, region: Box, size: int) -> tuple[UInt8Array, Mapping2D]:
    """The square region of the image resampled to ``(size, size, 3) uint8``, and the map into it.

    Sub-pixel regions are honoured. Parts outside the image are filled with its mean colour, so that the border
    is no edge.
    """
    scale = size / region.w
    source, left, top, fx, fy = image, 0.0, 0.0, 1.0, 1.0
    if scale < 0.5:  # shrink by area first: linear sampling alone would alias
        source, left, top, fx, fy = _halved_part(image, region, scale)
    ax, ay = scale / fx, scale / fy
    matrix = np.array(  # pixel i is centred on i + 0.5
        [
            [ax, 0.0, (left - region.x) * scale + 0.5 * ax - 0.5],
            [0.0, ay, (top - region.y) * scale + 0.5 * ay - 0.5],
        ]
    )
    patch = cv2.warpAffine(
        source,
        matrix,
        (size, size),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=cv2.mean(image[::16, ::16]),  # a coarse grid does at a hundredth of the cost
    )
    return np.asarray(patch, np.uint8), Mapping2D(region.x, region.y, scale, scale)


def _halved_part(image: UInt8Array, region: Box, scale: float) -> tuple[UInt8Array, float, float, float, float]:
    """The part of the image under the region, halved until half of ``scale`` is left; its left, top, exact factors."""
    height, width = image.shape[:2]
    x0, y0 = max(int(np.floor(region.x)), 0), max(int(np.floor(region.y)), 0)
    x1, y1 = min(int(np.ceil(region.x + region.w)), width), min(int(np.ceil(region.y + region.h)), height)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return image, 0.0, 0.0, 1.0, 1.0
    part = _halved(image[y0:y1, x0:x1], scale)
    h, w = part.shape[:2]
    return part, float(x0), float(y0), w / (x1 - x0), h / (y1 - y0)


def _halved(image: UInt8Array, scale: float) -> UInt8Array:
    """The image at half its size, again and again while that is at least ``scale`` of the first size.

    Areas of two by two pixels have a fast path, several times faster than one step by any other factor.
    """
    small: Any = image
    while scale <= 0.5 and min(small.shape[:2]) > 1:
        small = cv2.resize(small, (small.shape[1] // 2, small.shape[0] // 2), interpolation=cv2.INTER_AREA)
        scale *= 2
    return np.asarray(small, np.uint8)


def letterbox(image: UInt8Array, width: int, height: int) -> tuple[UInt8Array, Mapping2D]:
    """The whole image fitted into ``(height, width, 3) uint8`` at its aspect, and the map; the rest is mean colour."""
    h, w = image.shape[:2]
    scale = min(width / w, height / h)
    new_w, new_h = max(round(w * scale), 1), max(round(h * scale), 1)
    small: Any = cv2.resize(_halved(image, scale), (new_w, new_h), interpolation=cv2.INTER_LINEAR)
    left, top = (width - new_w) // 2, (height - new_h) // 2
    if (new_w, new_h) != (width, height):
        sides = (top, height - new_h - top, left, width - new_w - left)
        small = cv2.copyMakeBorder(small, *sides, cv2.BORDER_CONSTANT, value=cv2.mean(small))
    sx, sy = new_w / w, new_h / h
    return np.asarray(small, np.uint8), Mapping2D(-left / sx, -top / sy, sx, sy)
