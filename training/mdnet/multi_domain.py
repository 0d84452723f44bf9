"""Trains the neck and the hidden layers w4, w5 over many domains, each with a last layer of its own.

Photos give ten thousand domains of a few views each: far too many for a w6 a domain learned by gradient. So every
time a domain comes up its w6 is solved in closed form (ridge regression on a few crops) and judged on its other
crops; the gradient runs through the solution into the shared layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.data.pool import Pool
from training.mdnet.domains import Crops, crops_of, distinct, join
from training.mdnet.network import HIDDEN, NeckConfig, SharedNeck, new_head, roi_features


@dataclass(frozen=True)
class DomainConfig:
    """Sizes of a batch and weights of the losses."""

    domains: int = 8
    support_crops: int = 2
    query_crops: int = 3
    support_positives: int = 16
    support_negatives: int = 48
    query_positives: int = 8
    query_negatives: int = 48
    hard: float = 0.5
    embedding: float = 0.1


class DomainLosses(NamedTuple):
    """The sum and its parts."""

    total: Tensor
    binary: Tensor
    embedding: Tensor


class Shared(nn.Module):
    """The neck, w4 and w5, and how a domain's last layer is solved."""

    def __init__(self, config: NeckConfig, seed: int = 0) -> None:
        super().__init__()
        self.neck = SharedNeck(config)
        head = new_head(seed)
        self.w4, self.b4 = nn.Parameter(head["w4"]), nn.Parameter(head["b4"])
        self.w5, self.b5 = nn.Parameter(head["w5"]), nn.Parameter(head["b5"])
        self.log_ridge = nn.Parameter(torch.tensor(2.0))
        self.log_gain = nn.Parameter(torch.tensor(1.0))
        self.bias = nn.Parameter(torch.tensor(0.0))

    def hidden(self, crops: Crops) -> Tensor:
        """``(N, K, 257)``: the last hidden layer of every box, with a constant 1 for the bias."""
        roi = roi_features(self.neck(crops.f8, crops.f16), crops.boxes)
        h = functional.relu(functional.relu(roi @ self.w4 + self.b4) @ self.w5 + self.b5)
        h = h.reshape(*crops.boxes.shape[:2], HIDDEN)
        return torch.cat([h, torch.ones_like(h[..., :1])], dim=-1)

    def solve(self, hidden: Tensor, labels: Tensor) -> Tensor:
        """Last layers ``(D, 257)`` of domains with samples ``(D, n, 257)`` and labels ``(D, n)`` of 1 and -1.

        Both classes weigh the same. The dual form needs an n x n system only.
        """
        share = (labels > 0).float().mean(dim=1, keepdim=True)
        weight = torch.where(labels > 0, 0.5 / share, 0.5 / (1 - share)).sqrt()
        x, y = hidden * weight[..., None], labels * weight
        gram = x @ x.transpose(1, 2) + self.log_ridge.exp() * torch.eye(x.shape[1])
        return (x.transpose(1, 2) @ torch.linalg.solve(gram, y[..., None]))[..., 0]


def labels_of(crops: Crops, domains: int) -> Tensor:
    """Labels ``(domains, n)``, 1 for the target and -1, of the joined crops of that many domains."""
    row = -torch.ones(crops.boxes.shape[1])
    row[: crops.positives] = 1.0
    return row.repeat(len(crops.boxes)).reshape(domains, -1)


def draw_domains(pool: Pool, config: DomainConfig, rng: np.random.Generator) -> tuple[Crops, Crops, int]:
    """Support and query crops of some domains, joined, and how many domains there are."""
    slots = distinct(pool, config.domains, rng)
    support, query = [], []
    for slot in slots:
        others = 1 + rng.permutation(5)
        first = np.concatenate([[0], others[: config.support_crops - 1]])
        later = others[config.support_crops - 1 :][: config.query_crops]
        support.append(crops_of(pool, slot, first, config.support_positives, config.support_negatives, rng))
        query.append(crops_of(pool, slot, later, config.query_positives, config.query_negatives, rng))
    return join(support), join(query), len(slots)


def domain_losses(shared: Shared, support: Crops, query: Crops, domains: int, config: DomainConfig) -> DomainLosses:
    """Binary loss with the harder half of the negatives, and the embedding loss between the domains."""
    known = shared.hidden(support).reshape(domains, -1, HIDDEN + 1)
    last = shared.solve(known, labels_of(support, domains))
    hidden = shared.hidden(query).reshape(domains, -1, HIDDEN + 1)
    gain = shared.log_gain.exp()
    every = gain * torch.einsum("dnh,eh->dne", hidden, last) + shared.bias  # each domain's boxes by every last layer
    own = every[torch.arange(domains), :, torch.arange(domains)]
    target = labels_of(query, domains) > 0
    positive = own[target].reshape(domains, -1)
    negative = own[~target].reshape(domains, -1)
    hard = negative.topk(max(1, int(config.hard * negative.shape[1])), dim=1).values
    binary = 0.5 * (functional.softplus(-positive).mean() + functional.softplus(hard).mean())
    # RT-MDNet: a domain's target should please its own last layer more than any other's
    of_target = every[target].reshape(-1, domains)
    whose = torch.arange(domains).repeat_interleave(positive.shape[1])
    embedding = functional.cross_entropy(of_target, whose)
    return DomainLosses(binary + config.embedding * embedding, binary, embedding)
