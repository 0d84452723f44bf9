"""Changes of geometry and light that a target may undergo between two frames."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Points = NDArray[np.float64]


@dataclass(frozen=True)
class AugmentConfig:
    """Strength of the changes; probabilities are per crop."""

    rotation: float = 15.0  # degrees, one standard deviation
    scale: float = 0.15  # of the logarithm
    aspect: float = 0.08  # of the logarithm
    bent: float = 0.0  # share of the views that are turned and stretched far more, as what bends and turns over is
    bent_rotation: float = 40.0
    bent_aspect: float = 0.2
    light: float = 0.15
    colour: float = 0.06
    grey: float = 0.06
    blur: float = 0.2
    coarse: float = 0.12
    noise: float = 0.12
    occlusion: float = 0.15


def random_affine(rng: np.random.Generator, config: AugmentConfig, rotate: bool) -> NDArray[np.float64]:
    """A random ``(2, 2)`` matrix: rotation, scale and aspect."""
    bent = rotate and config.bent > 0.0 and rng.random() < config.bent
    turn = config.bent_rotation if bent else config.rotation if rotate else 3.0
    angle = np.deg2rad(rng.normal(0.0, turn))
    scale = np.exp(rng.normal(0.0, config.scale))
    aspect = np.exp(rng.normal(0.0, config.bent_aspect if bent else config.aspect))
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin], [sin, cos]]) @ np.diag([scale * aspect, scale / aspect])


def outline(box: NDArray[np.float64], polygons: tuple[Points, ...]) -> Points:
    """Points ``(n, 2)`` whose bounds are the object's box under any affine map.

    Without polygons the object is taken for the ellipse in its box.
    """
    if polygons:
        return np.concatenate(polygons)
    angle = np.linspace(0.0, 2 * np.pi, 32, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return box[:2] + box[2:] / 2 * (1.0 + circle)


def bounds(points: Points) -> NDArray[np.float64]:
    """The box ``(4,)`` x, y, w, h around points ``(n, 2)``."""
    low, high = points.min(axis=0), points.max(axis=0)
    return np.concatenate([low, high - low])


def warp(image: Image, linear: NDArray[np.float64], center: NDArray[np.float64]) -> tuple[Image, NDArray[np.float64]]:
    """The image under a linear map that keeps ``center`` in place, at its own size, and the ``(2, 3)`` map.

    The map takes continuous coordinates, in which a pixel i covers i..i+1.
    """
    height, width = image.shape[:2]
    matrix = np.concatenate([linear, (center - linear @ center)[:, None]], axis=1)
    pixels = matrix.copy()
    pixels[:, 2] += linear @ np.array([0.5, 0.5]) - 0.5
    warped = cv2.warpAffine(image, pixels, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(warped, dtype=np.uint8), matrix


def transform(points: Points, matrix: NDArray[np.float64]) -> Points:
    """Points ``(n, 2)`` under a ``(2, 3)`` map."""
    return points @ matrix[:, :2].T + matrix[:, 2]


def relight(crop: Image, rng: np.random.Generator, config: AugmentConfig) -> Image:
    """The crop under other light and through another lens: gain, gamma, tint, grey, blur, coarseness, noise."""
    ramp = np.linspace(0.0, 1.0, 256)
    gain = np.exp(rng.normal(0.0, config.light)) * np.exp(rng.normal(0.0, config.colour, 3))
    curve = ramp[:, None] ** np.exp(rng.normal(0.0, config.light)) * gain + rng.normal(0.0, config.light / 4)
    table = np.clip(curve * 255.0, 0, 255).astype(np.uint8)
    out = cv2.LUT(crop, table.reshape(1, 256, 3))
    if rng.random() < config.grey:
        out = cv2.cvtColor(cv2.cvtColor(out, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    if rng.random() < config.coarse:
        side = int(crop.shape[0] * rng.uniform(0.25, 0.7))
        out = cv2.resize(cv2.resize(out, (side, side), interpolation=cv2.INTER_AREA), crop.shape[1::-1])
    if rng.random() < config.blur:
        out = _blur(out, rng)
    if rng.random() < config.noise:
        grain = rng.normal(0.0, rng.uniform(2.0, 12.0), (crop.shape[0], crop.shape[1], 1)).astype(np.float32)
        out = np.clip(out.astype(np.float32) + grain, 0, 255).astype(np.uint8)
    return np.asarray(out, dtype=np.uint8)


def _blur(image: Image, rng: np.random.Generator) -> Image:
    if rng.random() < 0.5:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.6, 2.5)), dtype=np.uint8)
    length = int(rng.integers(3, 14))
    line = np.zeros((length, length), dtype=np.float32)
    angle = rng.uniform(0, np.pi)
    reach = np.array([np.cos(angle), np.sin(angle)]) * (length - 1) / 2
    middle = (length - 1) / 2
    start, stop = (tuple(round(middle + sign * r) for r in reach) for sign in (-1, 1))
    cv2.line(line, start, stop, 1.0)
    return np.asarray(cv2.filter2D(image, -1, line / line.sum()), dtype=np.uint8)


def occlude(crop: Image, box: NDArray[np.float64], rng: np.random.Generator) -> Image:
    """The crop with another part of itself, or a plain patch, over up to half of the box."""
    size = crop.shape[0]
    w, h = (int(max(3, side * rng.uniform(0.2, 0.75))) for side in box[2:])
    w, h = min(w, size // 2), min(h, size // 2)
    x = int(np.clip(box[0] + rng.uniform(-0.3, 1.0) * box[2], 0, size - w))
    y = int(np.clip(box[1] + rng.uniform(-0.3, 1.0) * box[3], 0, size - h))
    out = crop.copy()
    if rng.random() < 0.6:
        u, v = int(rng.integers(0, size - w)), int(rng.integers(0, size - h))
        out[y : y + h, x : x + w] = crop[v : v + h, u : u + w]
    else:
        out[y : y + h, x : x + w] = rng.integers(0, 256, 3)
    return out
