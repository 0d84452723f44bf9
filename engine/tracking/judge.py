"""Candidates of one view, judged together: local, located and global boxes by `locate` and the online classifier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.backends.base import Backend
from engine.config import SearchConfig
from engine.geometry import boxes_to_centers, iou
from engine.models import BOXES
from engine.tracking.box_regression import BoxRegressor
from engine.tracking.classifier import Weights, score_boxes
from engine.tracking.proposals import gaussian_boxes, hann_window, spread_boxes, weighted_box
from engine.tracking.view import Located, SearchView
from engine.types import PROPOSAL_KINDS, Box, Float32Array, Float64Array, ProposalKind, Proposals, read_only

CELLS = 16
HANN = hann_window(CELLS).ravel()
SAME = 0.6
"""Overlap from which candidates show the same thing."""
THERE = 0.35
"""Distance within which a candidate is at a place, in target sides."""
MIN_AGREEMENT = 1e-2
"""Below this sum of squared score x quality, `locate` says nothing of the extent and ridge regression does."""

LOCAL, LOCATED, GLOBAL = (PROPOSAL_KINDS.index(kind) for kind in ProposalKind)


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What one view says: the best box, how sure, and everything that was considered.

    ``features`` is ``(N, 1600) float32``, a row a proposal; ``belief`` ``(N,) float64`` is what the online classifier
    alone makes of them. ``rival`` is the confidence of the best candidate elsewhere in the view: close to the best
    one's, it warns of a look-alike. ``seen`` is the score of the best one by `locate` alone.
    """

    box: Box
    confidence: float
    rival: float
    seen: float
    proposals: Proposals
    features: Float32Array
    belief: Float64Array


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One view to judge: what `locate` saw in it, the box before, and global proposals ``(M, 4) float64``.

    ``window`` is the influence of the Hann window around the view's centre: 0 where nothing is known of motion.
    ``place`` ``(2,)`` is where the target must be, if that is known.
    """

    view: SearchView
    located: Located
    previous: Box
    extra: Float64Array
    window: float
    place: Float64Array | None = None


def judge(
    backend: Backend,
    scene: Scene,
    weights: Weights,
    regressor: BoxRegressor,
    config: SearchConfig,
    rng: np.random.Generator,
) -> Judgement:
    """Judge local, located and global candidates of the scene together, as many as `score` takes at once."""
    view, located, window = scene.view, scene.located, scene.window
    hann = HANN
    rank = located.score * (1 - window) + window * hann
    order = np.argsort(-rank)[: config.located]
    anchor = consensus(located, int(order[0]))

    tight = gaussian_boxes(anchor, config.tight, 0.15, 1.1, rng)
    spread = spread_boxes(scene.previous, view.region, config.spread, rng)
    room = BOXES - config.located - config.tight - config.spread
    local = gaussian_boxes(scene.previous, room - len(scene.extra), config.translation, config.scale_step, rng)
    boxes = np.concatenate([located.boxes[order], tight, spread, local, scene.extra])
    kind = np.repeat(
        np.array([LOCATED, LOCATED, LOCAL, LOCAL, GLOBAL], np.uint8),
        [len(order), len(tight), len(spread), len(local), len(scene.extra)],
    )
    boxes[:, 2:] = np.maximum(boxes[:, 2:], 2.0)
    logits, features = score_boxes(backend, view, boxes, weights)
    belief = sigmoid(logits)
    in_crop = view.mapping.forward(boxes)
    seen = sample_map(located.score.reshape(CELLS, CELLS), in_crop)
    near = sample_map(hann.reshape(CELLS, CELLS), in_crop)
    scores = belief**config.belief_weight * seen ** (1 - config.belief_weight)
    # a target that has changed fits the classifier no more: then `locate` alone still moves with it
    promise = config.judged_weight * scores + (1 - config.judged_weight) * seen
    ranked = promise * (1 - window) + window * near
    if scene.place is not None:
        ranked = np.where(at_place(boxes, scene.place, scene.previous.side), promise, -1.0)
    best = int(np.argmax(ranked))
    overlap = iou(boxes, boxes[best])
    same, apart = overlap > SAME, overlap < 0.3
    box = _extent(located, regressor, boxes[same], features[same], scores[same], boxes[best], config.ridge_weight)
    confidence = float(np.sort(scores[same])[-5:].mean())
    rival = float(scores[apart].max()) if apart.any() else 0.0
    proposals = Proposals(read_only(boxes), read_only(scores), read_only(kind))
    return Judgement(box, confidence, rival, float(seen[best]), proposals, features, belief)


def sigmoid(x: Float64Array) -> Float64Array:
    """Logistic function, safe for large arguments."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -40.0, 40.0))))


def sample_map(values: Float64Array, boxes: Float64Array) -> Float64Array:
    """``(N,)``: the ``(n, n)`` map of a crop read bilinearly at the centres of boxes ``(N, 4)`` in crop pixels."""
    n = values.shape[0]
    centers = boxes_to_centers(boxes)[:, :2] * n / 256.0 - 0.5
    x, y = np.clip(centers[:, 0], 0, n - 1.001), np.clip(centers[:, 1], 0, n - 1.001)
    x0, y0 = x.astype(int), y.astype(int)
    fx, fy = x - x0, y - y0
    top = values[y0, x0] * (1 - fx) + values[y0, x0 + 1] * fx
    bottom = values[y0 + 1, x0] * (1 - fx) + values[y0 + 1, x0 + 1] * fx
    return np.asarray(top * (1 - fy) + bottom * fy)


def at_place(boxes: Float64Array, place: Float64Array, side: float) -> np.ndarray:
    """``(N,) bool``: which boxes ``(N, 4)`` have their middle at this place ``(2,)``, for a target of this side."""
    return np.asarray(np.hypot(*(boxes_to_centers(boxes)[:, :2] - place).T) < THERE * side)


def consensus(located: Located, best: int) -> Box:
    """The mean of the cells' boxes that agree with the best cell's, weighted by score and quality."""
    agree = iou(located.boxes, located.boxes[best]) > 0.6
    weights = np.where(agree, located.score * located.quality, 0.0) + 1e-9 * agree
    return Box.from_array(weighted_box(located.boxes[agree], weights[agree]))


def _extent(
    located: Located,
    regressor: BoxRegressor,
    boxes: Float64Array,
    features: Float32Array,
    scores: Float64Array,
    best: Float64Array,
    ridge_weight: float,
) -> Box:
    """The final extent: what `locate`'s cells around the best candidate agree on, drawn towards ridge regression's.

    Where `locate` has nothing to say, ridge regression alone decides. ``boxes`` are the candidates that agree with
    the ``best`` one.
    """
    refined = weighted_box(regressor.refine(features, boxes), scores + 1e-9)
    weights = np.where(iou(located.boxes, best) > 0.5, (located.score * located.quality) ** 2, 0.0)
    if weights.sum() < MIN_AGREEMENT:
        return Box.from_array(refined)
    seen = weighted_box(located.boxes, weights)
    return Box.from_array((1 - ridge_weight) * seen + ridge_weight * refined)
