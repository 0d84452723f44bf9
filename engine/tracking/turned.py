"""The drawn target turned over: views of it that nobody has met yet, for `locate` to compare with.

What bends, rolls or is seen from above comes to look like one of them before it comes to look like the first view less
and less, when nothing is remembered any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from engine.backends.base import Backend
from engine.geometry import crop_square, search_region
from engine.tracking.view import CROP, network_image, template8, template16
from engine.types import Box, Float32Array, Float64Array, UInt8Array


class Turn(NamedTuple):
    """Degrees clockwise, after a mirror if ``mirrored``."""

    degrees: float
    mirrored: bool = False


TURNS = (Turn(60), Turn(-60), Turn(0, mirrored=True), Turn(180))
_MIDDLE = np.full(2, (CROP - 1) / 2)


@dataclass(frozen=True, slots=True, eq=False)
class Turned:
    """The middle of the trunk's maps of each turned view: ``part8 (4, 40, 16, 16)``, ``part16 (4, 112, 8, 8)``."""

    part8: Float32Array
    part16: Float32Array


def turned_crops(crop: UInt8Array, box: Float64Array) -> list[UInt8Array]:
    """A crop ``(256, 256, 3)`` turned about its middle, where the target is, a picture for each of :data:`TURNS`.

    ``box`` ``(4,)`` is the target's. A turned target has another box, and a crop is as large as that one asks for: the
    target counts as the ellipse in its box.
    """
    return [_turned(crop, float(box[2]), float(box[3]), turn) for turn in TURNS]


def look_turned(backend: Backend, image: UInt8Array, box: Box, factor: float) -> Turned:
    """What the trunk sees of the box's search crop turned over."""
    patch, mapping = crop_square(image, search_region(box, factor), CROP)
    crops = turned_crops(patch, mapping.forward(box.as_array()))
    maps = [backend.run("features", {"image": network_image(crop)}) for crop in crops]
    return Turned(
        np.concatenate([template8(each["f8"]) for each in maps]),
        np.concatenate([template16(each["f16"]) for each in maps]),
    )


def _turned(crop: UInt8Array, w: float, h: float, turn: Turn) -> UInt8Array:
    cos, sin = np.cos(np.deg2rad(turn.degrees)), np.sin(np.deg2rad(turn.degrees))
    zoom = np.sqrt(w * h / (np.hypot(w * cos, h * sin) * np.hypot(w * sin, h * cos)))
    linear = zoom * np.array([[cos, -sin], [sin, cos]]) @ np.diag([-1.0 if turn.mirrored else 1.0, 1.0])
    matrix = np.concatenate([linear, (_MIDDLE - linear @ _MIDDLE)[:, None]], axis=1)
    turned = cv2.warpAffine(crop, matrix, (CROP, CROP), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, dtype=np.uint8)
