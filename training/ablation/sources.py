"""Maps in place of the attention network's own: asked for less often, spoiled, or of another kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.tracking.glance import AttentionSource, Glance
from engine.types import AttentionMap, Box, Float32Array, read_only

BLOCK = 8
"""Cells a side of the blocks that shuffling moves."""
SHIFT = 0.25
"""Of the map's sides, that shifting moves it by: round the edge, so that nothing is lost."""
SALIENCY_SIDE = 64
"""Shorter side in pixels at which spectral residual looks at a frame, as its authors did."""
FINE_SIDE = 240


def on_failure(glance: Glance) -> AttentionMap | None:
    """The network's map, but only while the target fails: the switch of the paper's journal version."""
    return glance.attend() if glance.failing else None


def blanked(glance: Glance) -> AttentionMap:
    """A black map."""
    return _changed(glance.attend(), np.zeros_like)


def shifted(glance: Glance) -> AttentionMap:
    """The network's map a quarter of the frame to the right and down."""
    return _changed(glance.attend(), _roll)


def shuffled(seed: int) -> AttentionSource:
    """The network's maps with their blocks in random order: as bright as before, elsewhere."""
    rng = np.random.default_rng(seed)
    return lambda glance: _changed(glance.attend(), lambda values: _shuffle(values, rng))


def spectral_residual(glance: Glance) -> AttentionMap:
    """What stands out in the frame by itself, whatever is looked for: Hou and Zhang's spectral residual."""
    return _saliency(cv2.saliency.StaticSaliencySpectralResidual_create(), glance, SALIENCY_SIDE)


def fine_grained(glance: Glance) -> AttentionMap:
    """What stands out in the frame by itself: Montabone and Soto's fine-grained saliency."""
    return _saliency(cv2.saliency.StaticSaliencyFineGrained_create(), glance, FINE_SIDE)


def _changed(attention: AttentionMap, change: Callable[[Float32Array], Float32Array]) -> AttentionMap:
    return AttentionMap(read_only(np.ascontiguousarray(change(attention.values))), attention.region)


def _roll(values: Float32Array) -> Float32Array:
    rows, columns = (round(SHIFT * side) for side in values.shape)
    return np.roll(values, (rows, columns), axis=(0, 1))


def _shuffle(values: Float32Array, rng: np.random.Generator) -> Float32Array:
    height, width = (side - side % BLOCK for side in values.shape)
    blocks = values[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).swapaxes(1, 2)
    mixed = rng.permutation(blocks.reshape(-1, BLOCK, BLOCK)).reshape(blocks.shape)
    out = np.zeros_like(values)
    out[:height, :width] = mixed.swapaxes(1, 2).reshape(height, width)
    return out


def _saliency(method: Any, glance: Glance, side: int) -> AttentionMap:
    width, height = glance.frame.size
    scale = min(side / min(width, height), 1.0)
    small = cv2.resize(glance.frame.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    good, found = method.computeSaliency(small)
    values: NDArray[np.float32] = np.asarray(found if good else np.zeros(small.shape[:2]), dtype=np.float32)
    if float(values.max()) > 1.0:  # one of the two counts to 255
        values = values / 255.0
    low, high = float(values.min()), float(values.max())
    values = (values - low) / max(high - low, 1e-6)
    return AttentionMap(read_only(values), Box(0.0, 0.0, float(width), float(height)))
