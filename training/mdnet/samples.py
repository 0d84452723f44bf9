"""Boxes that are the target and boxes that are not, in crop pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry import centers_to_boxes, iou

CROP = 256.0


@dataclass(frozen=True)
class SampleConfig:
    """MDNet's thresholds; spreads in units of the target's sides, scales of the logarithm."""

    positive_iou: float = 0.7
    negative_iou: float = 0.5
    positive_spread: float = 0.1
    positive_scale: float = 0.12
    near_spread: float = 0.5
    near_scale: float = 0.3
    aspect: float = 0.1


def positive_boxes(
    box: NDArray[np.float64], count: int, rng: np.random.Generator, config: SampleConfig = SampleConfig()
) -> NDArray[np.float64]:
    """``(count, 4)`` boxes whose IoU with ``box`` ``(4,)`` is above the threshold, all kinds of overlap among them."""
    found = np.zeros((0, 4))
    spread = 1.0
    while len(found) < count:
        boxes = _around(
            box, 3 * count, config.positive_spread * spread, config.positive_scale * spread, config.aspect / 2, rng
        )
        found = np.concatenate([found, boxes[iou(boxes, box) > config.positive_iou]])
        spread *= 0.7  # ever closer, so that the search ends
    return found[:count]


def negative_boxes(
    box: NDArray[np.float64], count: int, rng: np.random.Generator, config: SampleConfig = SampleConfig()
) -> NDArray[np.float64]:
    """``(count, 4)`` boxes whose IoU with ``box`` is below the threshold: half near it, half all over the crop."""
    near = np.zeros((0, 4))
    spread = 1.0
    while len(near) < count // 2:
        boxes = _around(box, 2 * count, config.near_spread * spread, config.near_scale, config.aspect, rng)
        near = np.concatenate([near, boxes[iou(boxes, box) < config.negative_iou]])
        spread *= 1.2
    far = np.zeros((0, 4))
    while len(far) < count - count // 2:
        boxes = _around(box, 2 * count, 0.0, config.near_scale, config.aspect, rng)
        boxes[:, :2] = rng.uniform(0.0, CROP, (len(boxes), 2)) - boxes[:, 2:] / 2
        far = np.concatenate([far, boxes[iou(boxes, box) < config.negative_iou]])
    return np.concatenate([near[: count // 2], far[: count - count // 2]])


def _around(
    box: NDArray[np.float64], count: int, spread: float, scale: float, aspect: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    grow = np.exp(rng.normal(0.0, scale, (count, 1)))
    stretch = np.exp(rng.normal(0.0, aspect, (count, 1)))
    sizes = box[2:] * grow * np.concatenate([stretch, 1 / stretch], axis=1)
    centers = box[:2] + box[2:] / 2 + rng.normal(0.0, 1.0, (count, 2)) * spread * box[2:]
    return centers_to_boxes(np.concatenate([centers, sizes], axis=1))
