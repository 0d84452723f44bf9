"""A look at a part of the frame: the search crop, its features, and what `locate` sees in them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.backends.base import Backend
from engine.geometry import Mapping2D, crop_square, search_region
from engine.tracking.proposals import cell_boxes
from engine.types import Box, Float32Array, Float64Array, UInt8Array

CROP = 256
"""Side of the search crop in network pixels."""
TEMPLATE = 8
"""Cells of a template at stride 16: half of the search map, so the target fills the middle half of it."""


@dataclass(frozen=True, slots=True, eq=False)
class SearchView:
    """The trunk's maps of one search region: ``f8 (1, 40, 32, 32)``, ``f16 (1, 112, 16, 16)`` float32."""

    region: Box
    mapping: Mapping2D
    f8: Float32Array
    f16: Float32Array


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """What `locate` says of a view, a row a cell of its 16x16 grid.

    ``score`` and ``quality`` are ``(256,) float64`` in 0..1, ``boxes`` ``(256, 4) float64`` in frame pixels.
    """

    score: Float64Array
    quality: Float64Array
    boxes: Float64Array


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """A view and what `locate` sees in it: all of a look that asks nothing of the attention over the whole frame."""

    view: SearchView
    located: Located


def network_image(image: UInt8Array) -> Float32Array:
    """``(1, 3, H, W) float32`` BGR 0..255 of an ``(H, W, 3) uint8`` image."""
    planes = np.empty((1, 3, *image.shape[:2]), np.float32)
    for plane, channel in zip(planes[0], cv2.split(image), strict=True):  # faster than a transposed copy
        plane[:] = channel
    return planes


def look(backend: Backend, image: UInt8Array, box: Box, factor: float) -> SearchView:
    """The view of the square region of side ``factor * sqrt(w h)`` around the box."""
    region = search_region(box, factor)
    patch, mapping = crop_square(image, region, CROP)
    maps = backend.run("features", {"image": network_image(patch)})
    return SearchView(region, mapping, maps["f8"], maps["f16"])


def as_frame(backend: Backend, image: UInt8Array, region: Box) -> Float32Array:
    """``(1, 112, 16, 16)``: a view's region seen by the trunk of the whole frame, which attention compares with."""
    patch, _ = crop_square(image, region, CROP)
    return backend.run("encode_square", {"image": network_image(patch)})["f16"]


def template8(f8: Float32Array, row: int = 4, column: int = 4) -> Float32Array:
    """The part ``(1, 40, 16, 16)`` of a stride-8 map from this stride-16 cell on; the middle if none is given."""
    return f8[:, :, 2 * row : 2 * (row + TEMPLATE), 2 * column : 2 * (column + TEMPLATE)]


def template16(f16: Float32Array, row: int = 4, column: int = 4) -> Float32Array:
    """The part ``(1, 112, 8, 8)`` of a stride-16 map from this cell on; the middle if none is given."""
    return f16[:, :, row : row + TEMPLATE, column : column + TEMPLATE]


def locate(backend: Backend, view: SearchView, memory8: Float32Array, memory16: Float32Array) -> Located:
    """Where in the view the remembered target is, with a box a cell."""
    out = backend.run("locate", {"f8": view.f8, "f16": view.f16, "memory8": memory8, "memory16": memory16})
    boxes = view.mapping.inverse(cell_boxes(out["ltrb"][0]))
    return Located(out["score"].ravel().astype(np.float64), out["quality"].ravel().astype(np.float64), boxes)
