"""Global attention: whole-frame features with a ring of three frames, the attention map, and its regions.

A frame is letterboxed and encoded once, whatever the number of targets; then each target asks for its own map.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.backends.base import Backend
from engine.config import AttentionConfig
from engine.errors import BackendError
from engine.geometry import Mapping2D, boxes_to_centers, centers_to_boxes, clip_boxes, letterbox
from engine.tracking.view import network_image
from engine.types import AttentionMap, Box, Float32Array, Float64Array, Frame, UInt8Array, read_only

Variant = Literal["wide", "classic", "square"]

INPUT_SIZES: dict[Variant, tuple[int, int]] = {"wide": (320, 192), "classic": (256, 192), "square": (256, 256)}
"""Width, height in network pixels of the encodings."""

WIDE_ASPECT, CLASSIC_ASPECT = 1.5, 1.25
"""Least width over height: of 16:9 and the like, and of 4:3. What is narrower is seen in a square."""

DEFAULT_CONFIG = AttentionConfig()
RING = 3
ROI_CELLS = 5
RELATIVE_THRESHOLD = 0.5
WEAK_MASS, WEAK_PEAK = 0.1, 0.8
"""A region is weak with less than these shares of the heaviest one's mass and of the highest peak, both at once."""

MIN_AREA, MAX_AREA, SMALLEST_BLOB = 0.2, 5.0, 4.0
"""Limits of a region's area in units of the expected one; the smallest area expected, in map cells."""

LOG_SCALE = 3 * float(np.log(1.05))
LOG_ASPECT = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class EncodedFrame:
    """What attention needs of a frame: ``f16_*`` ``(1, 112, h, w)`` and ``f8`` ``(1, 40, 2h, 2w)``, float32.

    ``mapping`` leads from frame pixels to network pixels; ``size`` is the frame's width and height.
    """

    f16_t2: Float32Array
    f16_t1: Float32Array
    f16_t0: Float32Array
    f8: Float32Array
    mapping: Mapping2D
    variant: Variant
    size: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class AttentionTarget:
    """A target as the whole-frame features see it: ``matched16`` ``(1, 112, 5, 5)``, ``matched8`` ``(1, 40, 5, 5)``."""

    matched16: Float32Array
    matched8: Float32Array


@dataclass(frozen=True, slots=True)
class Region:
    """A bright part of the attention map: its box in frame pixels, highest value, and mean x area in map cells."""

    box: Box
    peak: float
    mass: float


def frame_variant(width: float, height: float) -> Variant:
    """Which of the encodings wastes least on a frame of this size."""
    if width >= WIDE_ASPECT * height:
        return "wide"
    return "classic" if width >= CLASSIC_ASPECT * height else "square"


def network_input(image: UInt8Array, variant: Variant) -> tuple[Float32Array, Mapping2D]:
    """``(1, 3, H, W) float32`` BGR 0..255 of the whole image for ``encode_*``, and the map into it."""
    boxed, mapping = letterbox(image, *INPUT_SIZES[variant])
    return network_image(boxed), mapping


class FrameEncoder:
    """Encodes each frame of a source once for all targets, and remembers the two frames before."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._ring: deque[Float32Array] = deque(maxlen=RING)
        self._size: tuple[int, int] | None = None

    def reset(self) -> None:
        """Forget the frames before: after a seek, or on another source."""
        self._ring.clear()
        self._size = None

    def encode(self, frame: Frame) -> EncodedFrame:
        """The features of this frame and of the two before; copies of the oldest known stand in for missing ones."""
        if frame.size != self._size:
            self.reset()
            self._size = frame.size
        variant = frame_variant(*frame.size)
        image, mapping = network_input(frame.image, variant)
        outputs = self._backend.run(f"encode_{variant}", {"image": image})
        self._ring.append(outputs["f16"])
        newest_first = list(self._ring)[::-1]
        t0, t1, t2 = (newest_first[min(i, len(newest_first) - 1)] for i in range(RING))
        return EncodedFrame(t2, t1, t0, outputs["f8"], mapping, variant, frame.size)


def roi_cells(features: Float32Array, box: Float64Array, stride: int) -> Float32Array:
    """``(1, C, 5, 5)`` bilinear samples of ``features`` ``(1, C, h, w)`` at the bin centres of ``box``.

    ``box`` is x, y, w, h in network pixels; cell (i, j) is centred on pixel ``stride * (j + .5), stride * (i + .5)``.
    """
    height, width = features.shape[2:]
    bins = (np.arange(ROI_CELLS) + 0.5) / ROI_CELLS
    u = np.clip((box[0] + bins * box[2]) / stride - 0.5, 0.0, width - 1.0)
    v = np.clip((box[1] + bins * box[3]) / stride - 0.5, 0.0, height - 1.0)
    u0 = np.minimum(u.astype(np.intp), width - 2)
    v0 = np.minimum(v.astype(np.intp), height - 2)
    fu = (u - u0).astype(np.float32)
    fv = (v - v0).astype(np.float32)[:, None]
    rows0, rows1 = features[:, :, v0], features[:, :, v0 + 1]
    top = rows0[..., u0] * (1 - fu) + rows0[..., u0 + 1] * fu
    low = rows1[..., u0] * (1 - fu) + rows1[..., u0 + 1] * fu
    return np.ascontiguousarray(top * (1 - fv) + low * fv, dtype=np.float32)


def matched_cells(encoded: EncodedFrame, box: Box) -> AttentionTarget:
    """The target under ``box`` (frame pixels), at the scale at which whole frames are seen. Take the first frame's."""
    inside = encoded.mapping.forward(box.as_array())
    return AttentionTarget(
        read_only(roi_cells(encoded.f16_t0, inside, 16)), read_only(roi_cells(encoded.f8, inside, 8))
    )


def attend(backend: Backend, encoded: EncodedFrame, target: AttentionTarget, memory16: Float32Array) -> AttentionMap:
    """Where on the whole frame the target may be; ``memory16`` is ``(4, 112, 8, 8)``, slot 0 of the first frame."""
    outputs = backend.run(
        f"attend_{encoded.variant}",
        {
            "f16_t2": encoded.f16_t2,
            "f16_t1": encoded.f16_t1,
            "f16_t0": encoded.f16_t0,
            "f8": encoded.f8,
            "memory16": memory16,
            "matched16": target.matched16,
            "matched8": target.matched8,
        },
    )
    values = np.array(outputs["attention"][0, 0], dtype=np.float32)
    if not np.isfinite(values).all():
        raise BackendError("The attention network gave no numbers; choose another backend or precision and try again.")
    width, height = INPUT_SIZES[encoded.variant]
    whole = encoded.mapping.inverse(np.array([0.0, 0.0, width, height]))
    return AttentionMap(read_only(values), Box.from_array(whole))


def find_regions(
    attention: AttentionMap,
    frame_size: tuple[int, int],
    expected: Box | None = None,
    config: AttentionConfig = DEFAULT_CONFIG,
) -> list[Region]:
    """The bright regions of the map, heaviest first, none when the map is dark.

    ``expected`` is any box of about the size looked for: regions far from its area are dropped. A region's box is
    the uniform rectangle with the region's second moments, which covers it and is robust against tails.
    """
    values = attention.values.astype(np.float64)
    peak = float(values.max())
    if peak < config.threshold:
        return []
    mask = (values >= max(config.threshold, RELATIVE_THRESHOLD * peak)).astype(np.uint8)
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    cells, peaks, masses = _moments(values, labels, count)
    keep = (masses >= WEAK_MASS * masses.max()) | (peaks >= WEAK_PEAK * peak)
    height, width = values.shape
    scale = np.array([attention.region.w / width, attention.region.h / height] * 2)
    boxes = cells * scale + np.array([attention.region.x, attention.region.y, 0.0, 0.0])
    if expected is not None:
        area = cells[:, 2] * cells[:, 3]
        wanted = expected.area / (scale[0] * scale[1])
        # the smallest blob the network can draw is larger than the smallest target
        keep &= (area > MIN_AREA * wanted) & (area < MAX_AREA * max(wanted, SMALLEST_BLOB))
    centers = boxes[:, :2] + boxes[:, 2:] / 2
    keep &= ((centers > 0) & (centers < np.array(frame_size))).all(axis=1)  # the rest is letterbox
    boxes = clip_boxes(boxes, *frame_size)
    order = [i for i in np.argsort(-masses, kind="stable") if keep[i]]
    return [Region(Box.from_array(boxes[i]), float(peaks[i]), float(masses[i])) for i in order[: config.max_regions]]


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


def _moments(values: Float64Array, labels: NDArray[Any], count: int) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Boxes ``(R, 4)`` in map cells, peaks ``(R,)`` and masses ``(R,)`` of the labels 1..count-1."""
    flat = labels.ravel()
    lit = np.flatnonzero(flat)  # a tenth of the map at most: the rest is background
    flat, weight = flat[lit], values.ravel()[lit]
    rows, columns = lit // values.shape[1] + 0.5, lit % values.shape[1] + 0.5

    def total(what: Float64Array) -> Float64Array:
        return np.asarray(np.bincount(flat, weights=what, minlength=count)[1:], dtype=np.float64)

    mass = total(weight)
    peaks = np.zeros(count)
    np.maximum.at(peaks, flat, weight)
    cx, cy = total(weight * columns) / mass, total(weight * rows) / mass
    # a uniform bar of width w over whole cells has variance (w^2 - 1) / 12 between the cell centres
    w = np.sqrt(12.0 * np.maximum(total(weight * columns**2) / mass - cx**2, 0.0) + 1.0)
    h = np.sqrt(12.0 * np.maximum(total(weight * rows**2) / mass - cy**2, 0.0) + 1.0)
    return centers_to_boxes(np.stack([cx, cy, w, h], axis=-1)), peaks[1:], mass
