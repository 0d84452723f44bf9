"""Painting a target out of a picture, from what surrounds it."""

from __future__ import annotations

import cv2
import numpy as np

from engine.types import Box, UInt8Array

MARGIN = 0.15
"""Of the box's sides, painted over too: boxes are drawn tightly and leave rims."""
MIN_MARGIN_PX = 3.0
WORKING_SIDE = 64
"""Longest side of the hole in pixels while it is filled: larger ones cost time and show streaks."""
RADIUS = 3.0


def hole(box: Box) -> Box:
    """What has to go so that nothing of the target in this box is left."""
    dx, dy = max(MARGIN * box.w, MIN_MARGIN_PX), max(MARGIN * box.h, MIN_MARGIN_PX)
    return Box(box.x - dx, box.y - dy, box.w + 2 * dx, box.h + 2 * dy)


def paint_out(image: UInt8Array, box: Box) -> UInt8Array:
    """A copy of the picture ``(H, W, 3) uint8`` in which the target's surroundings have grown over it."""
    height, width = image.shape[:2]
    gone = hole(box)
    # the filler looks at the hole and at a rim of half its size around it
    left, top = max(int(gone.x - gone.w / 2), 0), max(int(gone.y - gone.h / 2), 0)
    right, bottom = min(int(gone.x + 1.5 * gone.w) + 1, width), min(int(gone.y + 1.5 * gone.h) + 1, height)
    out = image.copy()
    if right <= left or bottom <= top:
        return out
    part = out[top:bottom, left:right]
    mask = np.zeros(part.shape[:2], np.uint8)
    x0, y0 = max(int(gone.x) - left, 0), max(int(gone.y) - top, 0)
    mask[y0 : max(int(np.ceil(gone.y + gone.h)) - top, 0), x0 : max(int(np.ceil(gone.x + gone.w)) - left, 0)] = 255
    scale = min(WORKING_SIDE / max(gone.w, gone.h), 1.0)
    size = max(round(part.shape[1] * scale), 1), max(round(part.shape[0] * scale), 1)
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    small_mask = np.uint8(255) * (cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 0).astype(np.uint8)
    filled = cv2.inpaint(small, small_mask, RADIUS, cv2.INPAINT_TELEA)
    filled = cv2.resize(filled, part.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    part[mask > 0] = filled[mask > 0]
    return out
