"""What a target's discriminant and exemplars add to the map, as the program joins them: the network learns beside."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from engine.tracking.attention import DISCRIMINANT_TRUST, DOUBT, EXEMPLAR_TRUST, LEAST, NETWORK_TRUST
from engine.tracking.cells import NORM_EPS
from engine.tracking.discriminant import learn_discriminant
from engine.tracking.exemplars import AGAINST, AROUND, OWN, keep_exemplars
from engine.types import Float32Array, Float64Array
from training.trunk import F8_CHANNELS, F16_CHANNELS

CELL = F8_CHANNELS + F16_CHANNELS
LEARNED = (("filter", np.float32, (CELL,)), ("exemplars", np.float16, (OWN + AROUND, CELL)), ("spread", np.float32))
"""Fields of a sample: the discriminant's weights, the exemplars, own ones first, and their unit."""
_DARKEST = float(torch.logit(torch.tensor(LEAST)))


class Learned(NamedTuple):
    """The fields of a batch as tensors: ``(N, 152)``, ``(N, 96, 152)``, ``(N,)``."""

    filters: Tensor
    exemplars: Tensor
    spread: Tensor


def learn(record: NDArray[np.void], f8: Float32Array, f16: Float32Array, box: Float64Array) -> None:
    """Fills the fields of a sample with what its first frame, ``(1, C, h, w)``, shows of the target in the box."""
    kept = keep_exemplars(f8, f16, box)
    own, around = kept.cells[: kept.own], kept.cells[kept.own :]
    # repeated cells change no maximum; without any around, cells of zeros count nothing against
    around = around if len(around) else np.zeros((1, CELL), np.float32)
    record["filter"] = learn_discriminant(f8, f16, box).weights
    record["exemplars"] = np.concatenate([np.resize(own, (OWN, CELL)), np.resize(around, (AROUND, CELL))])
    record["spread"] = kept.spread


def joined(logits: Tensor, f8: Tensor, f16: Tensor, learned: Learned) -> Tensor:
    """Logits ``(N, 1, 4h, 4w)`` of the map as the program joins network, discriminant and exemplars.

    Args:
        logits: The network's, ``(N, 1, 4h, 4w)``.
        f8: ``(N, 40, 2h, 2w)`` of the frame.
        f16: ``(N, 112, h, w)`` of the frame.
        learned: Of the targets that are looked for.
    """
    fine, coarse = _unit(f8), _unit(f16)
    score = _along(fine, coarse, learned.filters[:, None])
    likeness = _along(fine, coarse, learned.exemplars)
    near, other = likeness[:, :OWN].amax(1, keepdim=True), likeness[:, OWN:].amax(1, keepdim=True)
    nearness = (near - AGAINST * other) / learned.spread[:, None, None, None].clamp(min=NORM_EPS)
    evidence = DISCRIMINANT_TRUST * _centred(score) + EXEMPLAR_TRUST * _centred(nearness)
    return NETWORK_TRUST * logits.clamp(_DARKEST, -_DARKEST) + _doubled(evidence) - DOUBT


def _along(fine: Tensor, coarse: Tensor, weights: Tensor) -> Tensor:
    """``(N, K, 2h, 2w)``: the products of ``(N, K, 152)`` weights with every cell."""
    return torch.einsum("nchw,nkc->nkhw", fine, weights[..., :F8_CHANNELS]) + _doubled(
        torch.einsum("nchw,nkc->nkhw", coarse, weights[..., F8_CHANNELS:])
    )


def _unit(features: Tensor) -> Tensor:
    return features / (features.square().sum(dim=1, keepdim=True).sqrt() + NORM_EPS)


def _centred(score: Tensor) -> Tensor:
    return score - score.mean(dim=(2, 3), keepdim=True)


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
