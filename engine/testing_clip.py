"""Pictures and small videos of a moving target whose true box is known."""

from __future__ import annotations

import math
from collections.abc import Collection
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from engine.errors import SourceError
from engine.geometry import box_at, clip_box
from engine.types import Box, UInt8Array


def moving_box(index: int, width: int = 320, height: int = 240, side: tuple[float, float] = (48.0, 36.0)) -> Box:
    """The box of the moving target of :func:`textured_image` and :func:`write_clip` on frame ``index``."""
    w = side[0] * (1.0 + 0.15 * math.sin(index / 23.0))
    h = side[1] * (1.0 + 0.15 * math.sin(index / 23.0))
    cx = width / 2 + (width / 2 - side[0]) * math.sin(index / 17.0) * 0.8
    cy = height / 2 + (height / 2 - side[1]) * math.sin(index / 29.0 + 0.7) * 0.8
    return box_at((cx, cy), w, h)


def textured_image(index: int, width: int = 320, height: int = 240, target: bool = True) -> UInt8Array:
    """A ``(height, width, 3) uint8`` BGR picture: a textured target moves over a smooth textured background."""
    image = _background(width, height).copy()
    if target:
        box = moving_box(index, width, height)
        x, y, w, h = (round(v) for v in (box.x, box.y, box.w, box.h))
        patch = cv2.resize(_target_texture(), (w, h), interpolation=cv2.INTER_LINEAR)
        x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + w, width), min(y + h, height)
        image[y0:y1, x0:x1] = patch[y0 - y : y1 - y, x0 - x : x1 - x]
    return image


def write_clip(
    path: Path | str,
    frames: int = 60,
    size: tuple[int, int] = (320, 240),
    fps: float = 30.0,
    hidden: Collection[int] = (),
) -> list[Box | None]:
    """Write a small real video of a textured moving target; returns its true box on each frame.

    On the frames ``hidden`` the target is not there and its box is None.
    """
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, size)
    if not writer.isOpened():
        raise SourceError(f"Cannot write a test clip to {path}: choose a folder that can be written to.")
    truth: list[Box | None] = []
    for index in range(frames):
        there = index not in hidden
        writer.write(textured_image(index, *size, target=there))
        truth.append(clip_box(moving_box(index, *size), *size) if there else None)
    writer.release()
    return truth


@cache
def _background(width: int, height: int) -> UInt8Array:
    random = np.random.default_rng(3)
    coarse = random.integers(60, 190, (9, 12, 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.uint8)


@cache
def _target_texture() -> UInt8Array:
    random = np.random.default_rng(11)
    coarse = random.integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return cv2.resize(coarse, (64, 48), interpolation=cv2.INTER_NEAREST).astype(np.uint8)
