"""What the target's discriminant adds to the map, as the program does it: the network learns beside it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from engine.tracking.attention import LEAST, TRUST
from engine.tracking.discriminant import NORM_EPS
from training.trunk import F8_CHANNELS

FILTER = "filter"
"""The weights of the target's discriminant in a sample."""
_DARKEST = float(torch.logit(torch.tensor(LEAST)))


def raised(logits: Tensor, f8: Tensor, f16: Tensor, filters: Tensor) -> Tensor:
    """Logits ``(N, 1, 4h, 4w)`` of the map that comes out of the program's joining of network and discriminant.

    Args:
        logits: The network's, ``(N, 1, 4h, 4w)``.
        f8: ``(N, 40, 2h, 2w)`` of the frame.
        f16: ``(N, 112, h, w)`` of the frame.
        filters: ``(N, 152)``: weights of discriminants.
    """
    fine, coarse = filters[:, :F8_CHANNELS], filters[:, F8_CHANNELS:]
    score = _along(f8, fine) + _doubled(_along(f16, coarse))
    score = score - score.mean(dim=(2, 3), keepdim=True)
    return logits.clamp(_DARKEST, -_DARKEST) + TRUST * _doubled(score)


def _along(features: Tensor, weights: Tensor) -> Tensor:
    """``(N, 1, h, w)``: the product of the weights with every cell, each brought to unit length."""
    length = features.square().sum(dim=1, keepdim=True).sqrt() + NORM_EPS
    return torch.einsum("nchw,nc->nhw", features, weights)[:, None] / length


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
