"""The online MDNet-style classifier: three fully connected layers over RoI features, their weights given as inputs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.backends.base import Backend
from engine.models import BOXES, HEAD_NAMES
from engine.tracking.view import SearchView
from engine.types import Float32Array, Float64Array

Weights = Mapping[str, Float32Array]


def score_boxes(
    backend: Backend, view: SearchView, boxes: Float64Array, weights: Weights
) -> tuple[Float64Array, Float32Array]:
    """Target logits ``(N,) float64`` and RoI features ``(N, 1600) float32`` of boxes ``(N, 4)`` in frame pixels."""
    in_crop = view.mapping.forward(boxes).astype(np.float32)
    parts = [in_crop[start : start + BOXES] for start in range(0, len(in_crop), BOXES)]
    scored = [_score_part(backend, view, part, weights) for part in parts]
    if len(scored) == 1:  # every frame's case: nothing to join, and the features are large
        logits, features = scored[0]
    else:
        logits, features = (np.concatenate(each) for each in zip(*scored, strict=True))
    return logits.astype(np.float64), features


def _score_part(
    backend: Backend, view: SearchView, part: Float32Array, weights: Weights
) -> tuple[Float32Array, Float32Array]:
    padded = np.resize(part, (BOXES, 4)) if len(part) < BOXES else part
    out = backend.run("score", {"f8": view.f8, "f16": view.f16, "boxes": padded, **weights})
    return out["logits"][: len(part)], out["roi"][: len(part)]


def zero_momenta(weights: Weights) -> dict[str, Float32Array]:
    """Momenta of a fresh optimiser for :func:`learn_step`."""
    return {f"m_{name}": np.zeros_like(weights[name]) for name in HEAD_NAMES}


def learn_step(
    backend: Backend,
    weights: Weights,
    momenta: Weights,
    positives: Float32Array,
    negatives: Float32Array,
    lr: float,
) -> tuple[dict[str, Float32Array], dict[str, Float32Array]]:
    """New weights and momenta after one SGD step on ``(32, 1600)`` positives and ``(256, 1600)`` negatives.

    Only the 96 hardest negatives count (MDNet's hard negative mining); this happens inside the graph.
    """
    feeds = {**weights, **momenta, "positives": positives, "negatives": negatives, "lr": np.array([lr], np.float32)}
    out = backend.run("learn", feeds)
    new = {name: out[f"new_{name}"] for name in HEAD_NAMES}
    return new, {f"m_{name}": out[f"new_m_{name}"] for name in HEAD_NAMES}
