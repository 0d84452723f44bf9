"""Trains the neck and the hidden layers w4, w5 over many domains, each with a last layer of its own.

Photos give ten thousand domains of a few views each: far too many for a w6 a domain learned over the whole run. So
every time a domain comes up, its w6 is learned as online learning will do it, by a few steps of gradient descent
from a common start on the first crops, and judged on the others. The gradient runs through these steps, so the
shared layers become features on which a few steps are enough.
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
from training.mdnet.learn import LearnConfig
from training.mdnet.network import HEAD_NAMES, HIDDEN, Head, NeckConfig, SharedNeck, new_head, roi_features
from training.parallel import half

SPREAD_4, SPREAD_5 = 1.0, 0.4  # so that ten steps at the usual rate neither crawl nor leap


@dataclass(frozen=True)
class DomainConfig:
    """Sizes of a batch, weights of the losses, and the steps (with their rate) of a domain's last layer."""

    domains: int = 8
    support_crops: int = 2
    query_crops: int = 3
    support_positives: int = 16
    support_negatives: int = 48
    query_positives: int = 8
    query_negatives: int = 48
    hard: float = 0.5
    embedding: float = 0.1
    steps: int = 10
    rate: float = 5e-3


class DomainLosses(NamedTuple):
    """The sum and its parts."""

    total: Tensor
    binary: Tensor
    embedding: Tensor


class Shared(nn.Module):
    """The neck, w4 and w5, and the common start of the last layers."""

    def __init__(self, config: NeckConfig, seed: int = 0) -> None:
        super().__init__()
        self.neck = SharedNeck(config)
        head = new_head(seed)
        self.w4, self.b4 = nn.Parameter(head["w4"]), nn.Parameter(head["b4"])
        self.w5, self.b5 = nn.Parameter(head["w5"]), nn.Parameter(head["b5"])
        self.w6, self.b6 = nn.Parameter(head["w6"]), nn.Parameter(head["b6"])

    def begin(self, neck: SharedNeck, head: Head) -> None:
        """Takes over a neck and a head."""
        self.neck.load_state_dict(neck.state_dict())
        for name in HEAD_NAMES:
            getattr(self, name).data.copy_(head[name])

    def hidden(self, crops: Crops) -> Tensor:
        """``(N, K, 256)``: the last hidden layer of every box."""
        with half(crops.boxes.device):
            roi = roi_features(self.neck(crops.f8, crops.f16), crops.boxes)
            h = functional.relu(functional.relu(roi @ self.w4 + self.b4) @ self.w5 + self.b5)
        return h.reshape(*crops.boxes.shape[:2], HIDDEN).float()

    @torch.no_grad()
    def settle(self, crops: Crops) -> None:
        """Shifts and scales every hidden unit by what it gives on some crops.

        Without it all boxes share one large component of the hidden layers, along which gradient descent spends
        its steps.
        """
        x = roi_features(self.neck(crops.f8, crops.f16), crops.boxes)
        for weight, bias, spread in ((self.w4, self.b4, SPREAD_4), (self.w5, self.b5, SPREAD_5)):
            raw = x @ weight
            gain = spread / raw.std(dim=0).clamp(min=1e-6)
            weight.mul_(gain)
            bias.copy_(-raw.mean(dim=0) * gain)
            x = functional.relu(x @ weight + bias)

    def last_layers(self, hidden: Tensor, labels: Tensor, steps: int, rate: float) -> tuple[Tensor, Tensor]:
        """Weights ``(D, 256)`` and biases ``(D,)`` learned from samples ``(D, n, 256)`` with labels ``(D, n)`` 0 or 1.

        The same descent as in the ``learn`` graph, on the last layer only.
        """
        learn = LearnConfig()
        domains, count = labels.shape
        parameters = torch.cat([self.w6[:, 0], self.b6]).expand(domains, HIDDEN + 1)
        x = torch.cat([hidden, torch.ones_like(hidden[..., :1])], dim=-1)
        momentum = torch.zeros_like(parameters)
        for _ in range(steps):
            error = (torch.sigmoid(torch.einsum("dnh,dh->dn", x, parameters)) - labels) / count
            gradient = torch.einsum("dn,dnh->dh", error, x) + learn.weight_decay * parameters
            momentum = learn.momentum * momentum + gradient
            parameters = parameters - rate * learn.last_layer_rate * momentum
        return parameters[:, :HIDDEN], parameters[:, HIDDEN]


def labels_of(crops: Crops, domains: int) -> Tensor:
    """Labels ``(domains, n)``, 1 for the target and 0, of the joined crops of that many domains."""
    row = torch.zeros(crops.boxes.shape[1], device=crops.boxes.device)
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
    known = shared.hidden(support).reshape(domains, -1, HIDDEN)
    last, bias = shared.last_layers(known, labels_of(support, domains), config.steps, config.rate)
    hidden = shared.hidden(query).reshape(domains, -1, HIDDEN)
    every = torch.einsum("dnh,eh->dne", hidden, last) + bias  # each domain's boxes by every last layer
    own = every.diagonal(dim1=0, dim2=2).T
    target = labels_of(query, domains) > 0
    positive = own[target].reshape(domains, -1)
    negative = own[~target].reshape(domains, -1)
    hard = negative.topk(max(1, int(config.hard * negative.shape[1])), dim=1).values
    binary = 0.5 * (functional.softplus(-positive).mean() + functional.softplus(hard).mean())
    # RT-MDNet: a domain's target should please its own last layer more than any other's
    of_target = every[target].reshape(-1, domains)
    whose = torch.arange(domains, device=hidden.device).repeat_interleave(positive.shape[1])
    embedding = functional.cross_entropy(of_target, whose)
    return DomainLosses(binary + config.embedding * embedding, binary, embedding)
