"""Scores of a track against the truth: success, precision, AO / SR, long-term F. One implementation for everybody.

Conventions. Boxes are ``(N, 4) float64`` x, y, w, h. A row of the truth with NaN means that the target is absent
there; a predicted row with NaN, or without area, means that the tracker reports no box: its overlap is 0 and its
centre error infinite. The first frame counts, except in GOT-10k's scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import FormatError
from engine.geometry import iou
from engine.types import Float64Array

SUCCESS_THRESHOLDS: Float64Array = np.arange(21) / 20.0
PRECISION_THRESHOLD_PX = 20.0
NORM_PRECISION_THRESHOLD = 0.2


@dataclass(frozen=True, slots=True)
class OpeScores:
    """One-pass scores of one clip, each 0..1; ``frames`` is how many frames they are shares of."""

    success_auc: float
    precision_20: float
    norm_precision: float
    frames: int


@dataclass(frozen=True, slots=True)
class Got10kScores:
    """GOT-10k's scores of one clip, each 0..1."""

    ao: float
    sr_50: float
    sr_75: float


@dataclass(frozen=True, slots=True)
class LongTermScores:
    """Long-term scores at the confidence ``threshold`` that gives the best F."""

    precision: float
    recall: float
    f: float
    threshold: float


@dataclass(frozen=True, slots=True, eq=False)
class LongTermClip:
    """What the long-term scores need of one clip: two tracks ``(N, 4) float64`` and ``(N,) float64`` confidences."""

    predicted: Float64Array
    truth: Float64Array
    confidence: Float64Array


def overlaps(predicted: Float64Array, truth: Float64Array) -> Float64Array:
    """IoU by frame ``(N,) float64``; 0 where either box is missing or without area."""
    predicted, truth = _same_length(predicted, truth)
    # rounding may put the overlap of equal boxes a hair above 1, which would fill the success curve's last bin
    return np.where(_present(predicted) & _present(truth), np.minimum(iou(predicted, truth), 1.0), 0.0)


def center_errors(predicted: Float64Array, truth: Float64Array) -> Float64Array:
    """Distance of the centres by frame in pixels ``(N,) float64``; infinite where either box is missing."""
    predicted, truth = _same_length(predicted, truth)
    return _distance(predicted, truth, np.ones((len(truth), 2)))


def normalised_errors(predicted: Float64Array, truth: Float64Array) -> Float64Array:
    """Distance of the centres by frame ``(N,) float64``, x in widths and y in heights of the true box."""
    predicted, truth = _same_length(predicted, truth)
    return _distance(predicted, truth, truth[:, 2:])


def success_curve(overlap: Float64Array, frames: int | None = None) -> Float64Array:
    """Share of frames ``(21,) float64`` whose overlap exceeds 0, 0.05 .. 1; of ``frames`` instead of N if given."""
    overlap = np.asarray(overlap, dtype=np.float64)
    total = len(overlap) if frames is None else frames
    above = (overlap[:, None] > SUCCESS_THRESHOLDS).sum(axis=0)
    return np.asarray(above / max(total, 1), dtype=np.float64)


def ope(predicted: Float64Array, truth: Float64Array, absent_in_total: bool = False) -> OpeScores:
    """One-pass scores of a clip: area under the success curve, precision at 20 px, normalised precision at 0.2.

    Frames where the target is absent are left out; with ``absent_in_total`` (as LaSOT's own evaluation does) they
    still count in the total that the shares are taken of.
    """
    predicted, truth = _same_length(predicted, truth)
    present = _present(truth)
    if not present.any():
        raise FormatError("The truth has no frame with a box in it: nothing can be scored.")
    predicted, truth = predicted[present], truth[present]
    frames = len(present) if absent_in_total else len(truth)
    return OpeScores(
        success_auc=float(success_curve(overlaps(predicted, truth), frames).mean()),
        precision_20=float((center_errors(predicted, truth) <= PRECISION_THRESHOLD_PX).sum() / frames),
        norm_precision=float((normalised_errors(predicted, truth) <= NORM_PRECISION_THRESHOLD).sum() / frames),
        frames=frames,
    )


def got10k(predicted: Float64Array, truth: Float64Array) -> Got10kScores:
    """Mean overlap (AO) and shares of frames with overlap above 0.5 and 0.75, without the first and absent frames."""
    predicted, truth = _same_length(predicted, truth)
    present = _present(truth)
    present[:1] = False
    if not present.any():
        raise FormatError("The truth has no box after its first frame: nothing can be scored.")
    overlap = overlaps(predicted[present], truth[present])
    return Got10kScores(
        ao=float(overlap.mean()), sr_50=float((overlap > 0.5).mean()), sr_75=float((overlap > 0.75).mean())
    )


def long_term(clips: Sequence[LongTermClip], thresholds: int = 100) -> LongTermScores:
    """Precision, recall and F of long-term tracking over the clips, at the confidence where F is best.

    A box counts as reported where its confidence reaches the threshold. Precision: mean overlap of the reported
    boxes, 0 for those while the target is absent (1 if nothing is reported). Recall: mean overlap over the frames
    with a target. Both are averaged over the clips before F is taken, so that a long clip weighs no more.
    """
    if not clips:
        raise FormatError("There is no clip to score.")
    parts = []
    for clip in clips:
        overlap = overlaps(clip.predicted, clip.truth)
        confidence = np.asarray(clip.confidence, dtype=np.float64)
        if confidence.shape != overlap.shape:
            raise FormatError(f"There are {len(confidence)} confidences for {len(overlap)} frames.")
        reported = _present(np.asarray(clip.predicted, dtype=np.float64)) & np.isfinite(confidence)
        visible = int(_present(np.asarray(clip.truth, dtype=np.float64)).sum())
        if visible == 0:
            raise FormatError("The truth has no frame with a box in it: nothing can be scored.")
        parts.append((overlap[reported], confidence[reported], visible))
    candidates = _threshold_candidates(np.concatenate([part[1] for part in parts]), thresholds)
    precision, recall = np.zeros(len(candidates)), np.zeros(len(candidates))
    for overlap, confidence, visible in parts:
        kept = confidence[:, None] >= candidates  # (M, T)
        total, count = (overlap[:, None] * kept).sum(axis=0), kept.sum(axis=0)
        precision += np.where(count > 0, total / np.maximum(count, 1), 1.0) / len(parts)
        recall += total / visible / len(parts)
    f = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    best = int(f.argmax())
    return LongTermScores(float(precision[best]), float(recall[best]), float(f[best]), float(candidates[best]))


def _threshold_candidates(confidence: Float64Array, count: int) -> Float64Array:
    """At most ``count`` thresholds, ascending, spread over the confidences that occur."""
    if len(confidence) == 0:
        return np.zeros(1)
    values = np.unique(confidence)
    if len(values) <= count:
        return values
    return values[np.linspace(0, len(values) - 1, count).round().astype(np.int64)]


def _present(boxes: Float64Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which rows hold a box: ``(N,) bool``."""
    return np.isfinite(boxes).all(axis=1) & (boxes[:, 2] > 0) & (boxes[:, 3] > 0)


def _distance(predicted: Float64Array, truth: Float64Array, unit: Float64Array) -> Float64Array:
    """Distance of the centres in units ``(N, 2)`` a frame; infinite where a box is missing."""
    valid = _present(predicted) & _present(truth)
    out = np.full(len(truth), np.inf)
    a, b = predicted[valid], truth[valid]
    delta = (a[:, :2] + a[:, 2:] / 2 - b[:, :2] - b[:, 2:] / 2) / unit[valid]
    out[valid] = np.hypot(delta[:, 0], delta[:, 1])
    return out


def _same_length(predicted: Float64Array, truth: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Both tracks as ``(N, 4) float64``; raises FormatError if they are not of one length."""
    predicted = np.asarray(predicted, dtype=np.float64).reshape(-1, 4)
    truth = np.asarray(truth, dtype=np.float64).reshape(-1, 4)
    if len(predicted) != len(truth):
        raise FormatError(f"The track has {len(predicted)} frames, the truth {len(truth)}: they must match.")
    return predicted, truth
