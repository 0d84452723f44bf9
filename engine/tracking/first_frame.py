"""What the first frame teaches: samples from the drawn box, from shifted and scaled looks, and from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from engine.backends.base import Backend
from engine.geometry import box_at, clip_boxes, iou, search_region
from engine.tracking.beside import Beside
from engine.tracking.classifier import Weights, score_boxes
from engine.tracking.proposals import gaussian_boxes, spread_boxes
from engine.tracking.view import SearchView, look
from engine.types import Box, Float32Array, Float64Array, UInt8Array

LOOKS = ((0.2, 0.1, 0.8), (-0.15, 0.2, 1.25), (0.1, -0.25, 1.0))
"""Further looks at the target: shift in units of the region, scale of the region (RT-MDNet's jittered scenes)."""
ELSEWHERE = 3
NEGATIVE_IOU = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class FirstSamples:
    """Samples to start learning from: ``positives (P, 1600)`` and ``negatives (Q, 1600)``.

    ``near (R, 4)`` are boxes for the box regressor, ``near_features (R, 1600)`` theirs. ``views`` are the looks at the
    target that the samples were taken from.
    """

    positives: Float32Array
    negatives: Float32Array
    near: Float64Array
    near_features: Float32Array
    views: tuple[SearchView, ...]


def first_samples(
    backend: Backend,
    image: UInt8Array,
    box: Box,
    view: SearchView,
    weights: Weights,
    factor: float,
    seed: int,
    beside: Beside,
) -> FirstSamples:
    """What the drawn box on its frame teaches, ``view`` being the look at it."""
    rng = np.random.default_rng(seed)
    truth = box.as_array()
    height, width = image.shape[:2]
    # the true box itself comes first: of a very thin one no sample may overlap enough
    drawn = np.concatenate([truth[None], gaussian_boxes(box, 255, 0.3, 1.3, rng, 1.1)])
    close = clip_boxes(drawn, width, height, 2.0)
    places = [(box, factor)]
    for dx, dy, zoom in LOOKS:
        side = factor * np.sqrt(box.area)
        places.append((Box(box.x + dx * side, box.y + dy * side, box.w, box.h), factor * zoom))
    for x, y in rng.uniform(0, 1, (ELSEWHERE, 2)):  # what the rest of the frame looks like
        places.append((box_at((x * width, y * height), box.w, box.h), factor))
    candidates = [close]
    for place, size in places:
        region = search_region(place, size)
        near = gaussian_boxes(box, 64, 0.1, 1.1, rng)
        far = spread_boxes(box, region, 96, rng)
        around = gaussian_boxes(box, 96, 2.0, 1.3, rng, 1.1)
        boxes = np.concatenate([near, far, around])
        candidates.append(boxes[iou(boxes, region.as_array()) > 0])

    def seen_in(index: int) -> tuple[SearchView, Float32Array]:
        seen = view if index < 2 else look(backend, image, *places[index - 1])
        return seen, score_boxes(backend, seen, candidates[index], weights)[1]

    (_, close_features), *others = beside.share([partial(seen_in, index) for index in range(len(candidates))])
    close_overlap = iou(close, truth)
    positives = [close_features[close_overlap > 0.7]]
    negatives = [close_features[close_overlap < NEGATIVE_IOU]]
    for boxes, (_, features) in zip(candidates[1:], others, strict=True):
        overlap = iou(boxes, truth)
        positives.append(features[overlap > 0.75])
        negatives.append(features[overlap < NEGATIVE_IOU])
    good = close_overlap > 0.6
    views = tuple(seen for seen, _ in others[: 1 + len(LOOKS)])
    return FirstSamples(np.concatenate(positives), np.concatenate(negatives), close[good], close_features[good], views)
