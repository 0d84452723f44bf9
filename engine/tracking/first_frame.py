"""What the first frame teaches: samples from the drawn box, from shifted and scaled looks, and from elsewhere."""

from __future__ import annotations

import numpy as np

from engine.backends.base import Backend
from engine.geometry import clip_boxes, iou
from engine.tracking.classifier import Weights, score_boxes
from engine.tracking.proposals import gaussian_boxes, spread_boxes
from engine.tracking.view import SearchView, look
from engine.types import Box, Float32Array, Float64Array, UInt8Array

LOOKS = ((0.2, 0.1, 0.8), (-0.15, 0.2, 1.25), (0.1, -0.25, 1.0))
"""Further looks at the target: shift in units of the region, scale of the region (RT-MDNet's jittered scenes)."""
ELSEWHERE = 3
NEGATIVE_IOU = 0.5


def first_samples(
    backend: Backend, image: UInt8Array, box: Box, view: SearchView, weights: Weights, factor: float, seed: int
) -> tuple[Float32Array, Float32Array, Float64Array, Float32Array]:
    """Samples to start learning from.

    Returns positives ``(P, 1600)``, negatives ``(Q, 1600)``, and for the box regressor boxes ``(R, 4)`` with their
    features ``(R, 1600)``.
    """
    rng = np.random.default_rng(seed)
    truth = box.as_array()
    height, width = image.shape[:2]
    # the true box itself comes first: of a very thin one no sample may overlap enough
    drawn = np.concatenate([truth[None], gaussian_boxes(box, 255, 0.3, 1.3, rng, 1.1)])
    close = clip_boxes(drawn, width, height, 2.0)
    _, close_features = score_boxes(backend, view, close, weights)
    overlap = iou(close, truth)
    positives = [close_features[overlap > 0.7]]
    negatives = [close_features[overlap < NEGATIVE_IOU]]
    views = [view]
    for dx, dy, zoom in LOOKS:
        side = factor * np.sqrt(box.area)
        views.append(look(backend, image, Box(box.x + dx * side, box.y + dy * side, box.w, box.h), factor * zoom))
    for x, y in rng.uniform(0, 1, (ELSEWHERE, 2)):  # what the rest of the frame looks like
        views.append(look(backend, image, Box(x * width - box.w / 2, y * height - box.h / 2, box.w, box.h), factor))
    for each in views:
        near = gaussian_boxes(box, 64, 0.1, 1.1, rng)
        far = spread_boxes(box, each.region, 96, rng)
        around = gaussian_boxes(box, 96, 2.0, 1.3, rng, 1.1)
        boxes = np.concatenate([near, far, around])
        inside = iou(boxes, each.region.as_array()) > 0
        boxes = boxes[inside]
        _, features = score_boxes(backend, each, boxes, weights)
        overlap = iou(boxes, truth)
        positives.append(features[overlap > 0.75])
        negatives.append(features[overlap < NEGATIVE_IOU])
    good = iou(close, truth) > 0.6
    return np.concatenate(positives), np.concatenate(negatives), close[good], close_features[good]
