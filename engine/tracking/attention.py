"""Global attention: features of frames and their parts, with a ring of three frames, and the attention map.

A frame is letterboxed and encoded once, whatever the number of targets; then each target asks for its own map.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np

from engine.backends.base import Backend
from engine.errors import BackendError
from engine.geometry import Mapping2D, letterbox
from engine.tracking.discriminant import Discriminant, learn_discriminant
from engine.tracking.exemplars import Exemplars, keep_exemplars
from engine.tracking.view import network_image
from engine.types import AttentionMap, Box, Float32Array, Float64Array, Frame, UInt8Array, read_only

Variant = Literal["wide", "classic", "square"]

INPUT_SIZES: dict[Variant, tuple[int, int]] = {"wide": (320, 192), "classic": (256, 192), "square": (256, 256)}
"""Width, height in network pixels of the encodings."""

WIDE_ASPECT, CLASSIC_ASPECT = 1.5, 1.25
"""Least width over height: of 16:9 and the like, and of 4:3. What is narrower is seen in a square."""

RING = 3
ROI_CELLS = 5
NETWORK_TRUST, DISCRIMINANT_TRUST, EXEMPLAR_TRUST = 0.75, 1.5, 1.5
"""The map's log-odds are the network's and the responses of the target's discriminant and exemplars, so weighed."""
DOUBT = 5.0
"""Log-odds that evidence must outweigh."""
LEAST = 1e-4
"""Least probability the network is taken at its word for, on both sides."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameFeatures:
    """What the trunk sees in one picture: ``f16`` ``(1, 112, h, w)`` and ``f8`` ``(1, 40, 2h, 2w)``, float32.

    ``mapping`` leads from the picture's pixels to network pixels.
    """

    f16: Float32Array
    f8: Float32Array
    mapping: Mapping2D
    variant: Variant


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
    """A target as the features of its first frame show it.

    Its own cells, ``matched16`` ``(1, 112, 5, 5)`` and ``matched8`` ``(1, 40, 5, 5)``, and what tells it from the rest
    of that frame.
    """

    matched16: Float32Array
    matched8: Float32Array
    discriminant: Discriminant
    exemplars: Exemplars


def frame_variant(width: float, height: float) -> Variant:
    """Which of the encodings wastes least on a frame of this size."""
    if width >= WIDE_ASPECT * height:
        return "wide"
    return "classic" if width >= CLASSIC_ASPECT * height else "square"


def network_input(image: UInt8Array, variant: Variant) -> tuple[Float32Array, Mapping2D]:
    """``(1, 3, H, W) float32`` BGR 0..255 of the whole image for ``encode_*``, and the map into it."""
    boxed, mapping = letterbox(image, *INPUT_SIZES[variant])
    return network_image(boxed), mapping


def frame_features(backend: Backend, image: UInt8Array, variant: Variant) -> FrameFeatures:
    """What the trunk sees in the image; depends on nothing else, so it may be asked for at any time."""
    planes, mapping = network_input(image, variant)
    outputs = backend.run(f"encode_{variant}", {"image": planes})
    return FrameFeatures(outputs["f16"], outputs["f8"], mapping, variant)


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

    def encode(self, frame: Frame, seen: FrameFeatures | None = None) -> EncodedFrame:
        """The features of this frame and of the two before; copies of the oldest known stand in for missing ones.

        ``seen`` are the frame's own, if they are known already.
        """
        if frame.size != self._size:
            self.reset()
            self._size = frame.size
        seen = seen or frame_features(self._backend, frame.image, frame_variant(*frame.size))
        self._ring.append(seen.f16)
        newest_first = list(self._ring)[::-1]
        t0, t1, t2 = (newest_first[min(i, len(newest_first) - 1)] for i in range(RING))
        return EncodedFrame(t2, t1, t0, seen.f8, seen.mapping, seen.variant, frame.size)


@dataclass(frozen=True, slots=True, eq=False)
class PartPicture:
    """A part of a frame as it goes into the encoding; ``mapping`` leads from the frame's pixels to network pixels."""

    planes: Float32Array
    mapping: Mapping2D
    variant: Variant
    size: tuple[int, int]


def part_picture(image: UInt8Array, part: Box) -> PartPicture:
    """The picture of a part of the frame, which has the frame's aspect."""
    height, width = image.shape[:2]
    x0, y0 = max(round(part.x), 0), max(round(part.y), 0)
    x1, y1 = min(round(part.x + part.w), width), min(round(part.y + part.h), height)
    variant = frame_variant(width, height)
    planes, inner = network_input(image[y0:y1, x0:x1], variant)
    return PartPicture(planes, Mapping2D(inner.x0 + x0, inner.y0 + y0, inner.sx, inner.sy), variant, (width, height))


def encode_picture(backend: Backend, picture: PartPicture) -> EncodedFrame:
    """The features of a part of a frame, which stand for those of the two frames before too."""
    outputs = backend.run(f"encode_{picture.variant}", {"image": picture.planes})
    f16 = outputs["f16"]
    return EncodedFrame(f16, f16, f16, outputs["f8"], picture.mapping, picture.variant, picture.size)


def encode_part(backend: Backend, image: UInt8Array, part: Box) -> EncodedFrame:
    """The features of this part of the frame."""
    return encode_picture(backend, part_picture(image, part))


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


def attention_target(encoded: EncodedFrame, box: Box) -> AttentionTarget:
    """The target under ``box`` (frame pixels), at the scale at which the frame is seen. Take the first frame's."""
    inside = encoded.mapping.forward(box.as_array())
    return AttentionTarget(
        read_only(roi_cells(encoded.f16_t0, inside, 16)),
        read_only(roi_cells(encoded.f8, inside, 8)),
        learn_discriminant(encoded.f8, encoded.f16_t0, inside),
        keep_exemplars(encoded.f8, encoded.f16_t0, inside),
    )


def attend(backend: Backend, encoded: EncodedFrame, target: AttentionTarget, memory16: Float32Array) -> AttentionMap:
    """Where in what was encoded the target may be; ``memory16`` is ``(4, 112, 8, 8)``, slot 0 of the first frame."""
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
    evidence = DISCRIMINANT_TRUST * target.discriminant.response(encoded.f8, encoded.f16_t0)
    evidence += EXEMPLAR_TRUST * target.exemplars.response(encoded.f8, encoded.f16_t0)
    values = _joined(values, evidence)
    width, height = INPUT_SIZES[encoded.variant]
    whole = encoded.mapping.inverse(np.array([0.0, 0.0, width, height]))
    return AttentionMap(read_only(values), Box.from_array(whole))


def _joined(values: Float32Array, evidence: Float32Array) -> Float32Array:
    """Probabilities ``(h, w)``: the network's, weighed and joined with log-odds ``(h / 2, w / 2)``."""
    height, width = values.shape
    added: Any = cv2.resize(evidence, (width, height), interpolation=cv2.INTER_LINEAR)
    sure = np.clip(values, LEAST, 1 - LEAST)
    odds = (sure / (1 - sure)) ** NETWORK_TRUST * np.exp(np.clip(added - DOUBT, -40.0, 40.0))
    return np.asarray(odds / (1 + odds), dtype=np.float32)
