"""Several views of one target: frames of a clip, or a photo changed again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data.augment import AugmentConfig, Image, bounds, outline, random_affine, transform, warp
from training.data.stills import Still, StillObject


@dataclass(frozen=True, eq=False)
class View:
    """A picture ``(H, W, 3) uint8`` BGR and the target's box ``(4,) float64`` in it."""

    image: Image
    box: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CutOut:
    """An object without its surroundings: tight picture, soft mask ``(h, w) float32`` 0..1, outline in it."""

    image: Image
    mask: NDArray[np.float32]
    points: NDArray[np.float64]


def photo_view(
    image: Image, item: StillObject, rng: np.random.Generator, config: AugmentConfig, rotate: bool = False
) -> View:
    """The whole photo rotated, scaled and stretched about the object; by little without polygons, unless ``rotate``."""
    points = outline(item.box, item.polygons)
    center = item.box[:2] + item.box[2:] / 2
    warped, matrix = warp(image, random_affine(rng, config, rotate or bool(item.polygons)), center)
    return View(warped, bounds(transform(points, matrix)))


def piece(item: StillObject, rng: np.random.Generator) -> StillObject:
    """A window of the object, as a face is one of a head: what belongs to the target is said by its first box alone."""
    size = item.box[2:] * rng.uniform(0.35, 0.8, 2)
    corner = item.box[:2] + rng.uniform(0.0, 1.0, 2) * (item.box[2:] - size)
    return StillObject(np.concatenate([corner, size]), item.category, ())


def cut_out(image: Image, item: StillObject) -> CutOut:
    """The object cut from its photo along its polygons."""
    x0, y0 = (int(max(v - 2, 0)) for v in item.box[:2])
    x1, y1 = (int(v + 3) for v in item.box[:2] + item.box[2:])
    part = image[y0:y1, x0:x1].copy()
    mask = np.zeros(part.shape[:2], dtype=np.uint8)
    shift = np.array([x0, y0], dtype=np.float64)
    for polygon in item.polygons:
        cv2.fillPoly(mask, [np.round((polygon - shift) * 16 - 8).astype(np.int32)], 255, shift=4)
    soft = cv2.GaussianBlur(mask, (3, 3), 0).astype(np.float32) / 255.0
    return CutOut(part, soft, np.concatenate(item.polygons) - shift)


def paste(canvas: Image, item: CutOut, linear: NDArray[np.float64], center: NDArray[np.float64]) -> NDArray[np.float64]:
    """Draws a cut-out under a linear map at a place of the canvas, in place; returns its box there."""
    middle = np.array(item.image.shape[1::-1], dtype=np.float64) / 2
    matrix = np.concatenate([linear, (center - linear @ middle)[:, None]], axis=1)
    box = bounds(transform(item.points, matrix))
    height, width = canvas.shape[:2]
    x0, y0 = (int(v) for v in np.floor(np.maximum(box[:2] - 2, 0)))
    x1 = int(min(np.ceil(box[0] + box[2] + 2), width))
    y1 = int(min(np.ceil(box[1] + box[3] + 2), height))
    if x1 <= x0 or y1 <= y0:
        return box
    pixels = matrix.copy()
    pixels[:, 2] += linear @ np.array([0.5, 0.5]) - 0.5 - np.array([x0, y0])
    size = (x1 - x0, y1 - y0)
    colour = cv2.warpAffine(item.image, pixels, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpAffine(item.mask, pixels, size, flags=cv2.INTER_LINEAR)[..., None]
    under = canvas[y0:y1, x0:x1].astype(np.float32)
    canvas[y0:y1, x0:x1] = (under + (colour.astype(np.float32) - under) * alpha).astype(np.uint8)
    return box


def pasted_view(
    background: Image,
    target: CutOut,
    lookalikes: Sequence[CutOut],
    rng: np.random.Generator,
    config: AugmentConfig,
    side: float,
) -> View:
    """The target on another background beside look-alikes, the target on top.

    ``side`` is the square root of its wanted area in pixels; look-alikes take about the same size.
    """
    canvas = background.copy()
    height, width = canvas.shape[:2]
    place = np.array([width, height]) * rng.uniform(0.2, 0.8, 2)
    for item in lookalikes:
        offset = rng.normal(0.0, 1.0, 2)
        offset *= side * rng.uniform(0.9, 1.8) / max(float(np.linalg.norm(offset)), 1e-6)
        paste(canvas, item, random_affine(rng, config, True) * _zoom(item, side), place + offset)
    box = paste(canvas, target, random_affine(rng, config, True) * _zoom(target, side), place)
    return View(canvas, box)


def _zoom(item: CutOut, side: float) -> float:
    return side / float(np.sqrt(max(bounds(item.points)[2:].prod(), 1.0)))


def lookalikes_of(still: Still, index: int) -> list[int]:
    """Indices of the other objects of a photo that have polygons, the ones of the same category first."""
    own = still.objects[index].category
    others = [i for i, item in enumerate(still.objects) if i != index and item.polygons]
    return sorted(others, key=lambda i: still.objects[i].category != own)
