"""What the 8-bit trunks cost in accuracy on annotated clips: only what was found harmless is used unasked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from engine import attention_alone, metrics
from engine.backends.base import Backend
from engine.backends.onnxruntime import OnnxRuntimeBackend
from engine.config import TrackerConfig
from engine.datasets import Clip
from engine.errors import FormatError
from engine.models import open_models
from engine.one_pass import OurFollower, follow
from engine.threads import limit_blas
from training.manifest import register_loss
from training.quantise import TRUNKS

EVERY = 4
"""Frames between two that attention is asked about: of few frames, one more or less makes a difference of a percent."""


def measure_harm(folder: Path, trunk: str, clips: Sequence[Clip], seeds: int) -> float:
    """The accuracy that the 8-bit variant of one trunk costs, which is entered in the manifest; below 0 for a gain.

    Of the whole frame's trunk ``encode`` it is what attention alone loses, in the share of frames whose brightest
    cell, or one of whose three regions, lies in the box, whichever loses more. Of ``features`` it is what one pass
    loses in success AUC, as the mean over so many seeds.

    Raises:
        FormatError: the models have no such variant.
    """
    store = open_models(folder)
    graphs = TRUNKS[trunk]
    if any(store.int8_path(graph) is None for graph in graphs):
        raise FormatError(f"{folder} has no 8-bit {trunk}: run attntrack train quantise first")
    limit_blas()
    accuracy = _of_attention if trunk == "encode" else _of_tracking
    with OnnxRuntimeBackend(store) as exact, OnnxRuntimeBackend(store, int8=graphs) as rounded:
        shares = np.array([(accuracy(exact, clip, seeds), accuracy(rounded, clip, seeds)) for clip in clips])
    before, after = np.nanmean(shares, axis=0)
    loss = float(np.max(before - after))
    register_loss(folder, graphs, loss, store.digest())
    return loss


def _of_attention(backend: Backend, clip: Clip, seeds: int) -> list[float]:
    found = attention_alone.figures(attention_alone.glances(backend, clip, EVERY))
    return [found.peak_in_box, found.top3_in_box]


def _of_tracking(backend: Backend, clip: Clip, seeds: int) -> list[float]:
    scores = []
    for seed in range(seeds):
        with closing(OurFollower(backend, TrackerConfig(deterministic=True), seed)) as follower:
            scores.append(metrics.ope(follow(follower, clip).boxes, clip.truth).success_auc)
    return [float(np.mean(scores))]
