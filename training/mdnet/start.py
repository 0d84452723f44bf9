"""Learns the weights that online learning starts from: meta-learning through the real ``learn`` step.

The step's backward pass is written out, so torch can differentiate through it and the meta-gradient is exact. The
first-order short cut was tried and made the start worse: it drives the layers to where ten steps overshoot.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.models import NEGATIVES, POSITIVES
from training.data.pool import Pool
from training.mdnet.domains import Crops, crops_of
from training.mdnet.learn import LearnGraph
from training.mdnet.network import HEAD_NAMES, SharedNeck, head_logits, roi_features
from training.parallel import to_device


@dataclass(frozen=True)
class StartConfig:
    """What happens to a target's first frame, and how the result is judged on its later frames."""

    domains: int = 4
    steps: int = 10
    rate: float = 2.5e-3
    first_positives: int = 64
    first_negatives: int = 320
    later_positives: int = 16
    later_negatives: int = 64
    hard: float = 0.5


Head = dict[str, Tensor]


@torch.no_grad()
def roi_of(neck: SharedNeck, crops: Crops) -> tuple[Tensor, Tensor]:
    """RoI features of the positives ``(P, 1600)`` and of the negatives ``(Q, 1600)`` of crops."""
    crops = to_device(crops, next(neck.parameters()).device)
    roi = roi_features(neck(crops.f8, crops.f16), crops.boxes).reshape(*crops.boxes.shape[:2], -1)
    return roi[:, : crops.positives].flatten(0, 1), roi[:, crops.positives :].flatten(0, 1)


def adapt(head: Head, positives: Tensor, negatives: Tensor, steps: int, rate: float, rng: np.random.Generator) -> Head:
    """The head after some steps of online learning on samples drawn from the given ones, momenta from zero."""
    step = LearnGraph()
    weights = [head[name] for name in HEAD_NAMES]
    momenta = [torch.zeros_like(w) for w in weights]
    lr = torch.tensor([rate], device=positives.device)
    for _ in range(steps):
        p = positives[torch.from_numpy(rng.integers(0, len(positives), POSITIVES))]
        q = negatives[torch.from_numpy(rng.integers(0, len(negatives), NEGATIVES))]
        out = step(*weights, *momenta, p, q, lr)
        weights, momenta = list(out[:6]), list(out[6:12])
    return dict(zip(HEAD_NAMES, weights, strict=True))


def binary_loss(positive: Tensor, negative: Tensor, hard: float) -> Tensor:
    """Mean cross-entropy of positives and of the hardest share of the negatives, each half of the whole."""
    hardest = negative.topk(max(1, int(hard * len(negative)))).values
    return 0.5 * (functional.softplus(-positive).mean() + functional.softplus(hardest).mean())


def meta_gradient(
    head: Head, neck: SharedNeck, pool: Pool, slot: int, config: StartConfig, rng: np.random.Generator
) -> tuple[Head, float]:
    """Gradient of the later frames' loss after adaptation, with respect to the start, and that loss."""
    first = crops_of(pool, slot, np.array([0]), config.first_positives, config.first_negatives, rng)
    later = crops_of(pool, slot, np.arange(1, 6), config.later_positives, config.later_negatives, rng)
    leaves = {name: value.detach().requires_grad_() for name, value in head.items()}
    adapted = adapt(leaves, *roi_of(neck, first), config.steps, config.rate, rng)
    positives, negatives = roi_of(neck, later)
    loss = binary_loss(head_logits(positives, adapted), head_logits(negatives, adapted), config.hard)
    gradients = torch.autograd.grad(loss, list(leaves.values()))
    return dict(zip(leaves, gradients, strict=True)), loss.item()
