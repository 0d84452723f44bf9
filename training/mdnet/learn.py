"""One step of online learning written out as matrix products, so that it runs without torch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models import POSITIVES

HARD_NEGATIVES = 96


@dataclass(frozen=True)
class LearnConfig:
    """The optimiser's constants."""

    momentum: float = 0.9
    weight_decay: float = 5e-4
    last_layer_rate: float = 10.0


class LearnGraph(nn.Module):
    """A step of SGD with momentum on 32 positives and the 96 negatives that score highest.

    The loss is the mean binary cross-entropy over these 128 samples; the backward pass is by hand.
    """

    def __init__(self, config: LearnConfig = LearnConfig()) -> None:
        super().__init__()
        self.config = config

    def forward(
        self,
        w4: Tensor,
        b4: Tensor,
        w5: Tensor,
        b5: Tensor,
        w6: Tensor,
        b6: Tensor,
        m_w4: Tensor,
        m_b4: Tensor,
        m_w5: Tensor,
        m_b5: Tensor,
        m_w6: Tensor,
        m_b6: Tensor,
        positives: Tensor,
        negatives: Tensor,
        lr: Tensor,
    ) -> tuple[Tensor, ...]:
        """New weights, new momenta (each in the order w4, b4, w5, b5, w6, b6) and the loss ``(1,)``.

        ``positives`` is ``(32, 1600)``, ``negatives`` ``(256, 1600)``, ``lr`` ``(1,)``.
        """
        weights = (w4, b4, w5, b5, w6, b6)
        momenta = (m_w4, m_b4, m_w5, m_b5, m_w6, m_b6)
        gradients, loss = self._gradients(weights, positives, negatives)
        new_momenta = tuple(
            self.config.momentum * m + (g + self.config.weight_decay * w)
            for w, m, g in zip(weights, momenta, gradients, strict=True)
        )
        rates = (1.0, 1.0, 1.0, 1.0, self.config.last_layer_rate, self.config.last_layer_rate)
        new_weights = tuple(w - (lr * rate) * m for w, m, rate in zip(weights, new_momenta, rates, strict=True))
        return (*new_weights, *new_momenta, loss)

    def _gradients(
        self, weights: tuple[Tensor, ...], positives: Tensor, negatives: Tensor
    ) -> tuple[tuple[Tensor, ...], Tensor]:
        w4, b4, w5, b5, w6, b6 = weights
        # one forward pass over everything; the hidden values of the chosen rows serve the backward pass
        x = torch.cat([positives, negatives], dim=0)
        h4 = functional.relu(x @ w4 + b4)
        h5 = functional.relu(h4 @ w5 + b5)
        logits = h5 @ w6 + b6
        _, hard = torch.topk(logits[POSITIVES:, 0], HARD_NEGATIVES)
        rows = torch.cat([torch.arange(POSITIVES, device=hard.device), hard + POSITIVES], dim=0)
        x, h4, h5, logits = x[rows], h4[rows], h5[rows], logits[rows]
        count = POSITIVES + HARD_NEGATIVES
        labels = torch.cat([torch.ones(POSITIVES, 1), torch.zeros(HARD_NEGATIVES, 1)], dim=0).to(x.device)
        # log(1 + e^z) without overflow
        loss = (functional.relu(logits) - logits * labels + torch.log(1.0 + torch.exp(-logits.abs()))).sum() / count
        d6 = (torch.sigmoid(logits) - labels) / count
        d5 = (d6 @ w6.t()) * (h5 > 0).to(x.dtype)
        d4 = (d5 @ w5.t()) * (h4 > 0).to(x.dtype)
        gradients = (x.t() @ d4, d4.sum(0), h4.t() @ d5, d5.sum(0), h5.t() @ d6, d6.sum(0))
        return gradients, loss.reshape(1)
