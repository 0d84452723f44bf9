"""The conditional GAN around the attention network: its content loss, its judge, and the alternating step.

Condition: the frame and the target. Real: the map that is white in the true box. Generated: the network's map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from training.attention_net import AttentionNet
from training.evidence import Learned, joined
from training.parallel import ALONE, Ranks, half
from training.trunk import F8_CHANNELS, F16_CHANNELS


@dataclass(frozen=True)
class Batch:
    """Samples as tensors ``float32``.

    ``rgb`` ``(N, 3, h, w)`` and ``truth`` ``(N, 1, h, w)`` are in 0..1 at stride 4.
    """

    f16: tuple[Tensor, Tensor, Tensor]
    f8: Tensor
    memory16: Tensor
    matched16: Tensor
    matched8: Tensor
    learned: Learned
    rgb: Tensor
    truth: Tensor

    def logits(self, network: AttentionNet) -> Tensor:
        """``(N, 1, h, w)`` raw maps, the network's joined with what was learned of the targets, as in the program."""
        alone = network(self.f16, self.f8, self.memory16, self.matched16, self.matched8)
        return joined(alone.float(), self.f8, self.f16[-1], self.learned)


@dataclass(frozen=True)
class LossConfig:
    """Weights of the losses. The paper's lambda is ``1 / adversarial``, relative to the squared error."""

    dice: float = 0.5
    hard: float = 0.5
    hard_share: float = 0.02
    place: float = 0.4
    adversarial: float = 0.05
    real_label: float = 0.9
    map_noise: float = 0.05


def content_loss(logits: Tensor, truth: Tensor, config: LossConfig) -> Tensor:
    """Class-balanced squared error + soft Dice + place, mean over the batch.

    A box covers a few per cent of a frame, so that inside and outside are averaged apart; the worst cells outside
    count again, or a lit look-alike would drown in the dark rest. Place is the negative logarithm of the share of
    a softmax over the whole frame that falls into the box.

    Args:
        logits: ``(N, 1, h, w)``.
        truth: ``(N, 1, h, w)`` in 0..1; all 0 where the target is absent.
        config: Weights.
    """
    raw, y = logits.flatten(1), truth.flatten(1)
    p = torch.sigmoid(raw)
    error = (p - y).square()
    outside = error * (1 - y)
    inside_mean = (error * y).sum(1) / y.sum(1).clamp(min=1.0)
    outside_mean = outside.sum(1) / (1 - y).sum(1).clamp(min=1.0)
    worst = outside.topk(max(round(config.hard_share * y.shape[1]), 1), dim=1).values.mean(1)
    dice = 1 - (2 * (p * y).sum(1) + 1) / (p.sum(1) + y.sum(1) + 1)
    present = (y.amax(1) > 0).float()
    share = (torch.log_softmax(raw, dim=1) + torch.log(y.clamp(min=1e-6))).logsumexp(1)
    loss = inside_mean + outside_mean + config.hard * worst + config.dice * dice - config.place * share * present
    return loss.mean()


def map_iou(logits: Tensor, truth: Tensor) -> float:
    """Mean IoU of the map above 0.5 with the true box, over the samples that have one."""
    found, true = logits.flatten(1) > 0, truth.flatten(1) > 0.5
    has = true.any(1)
    inter = (found & true).sum(1).float()
    union = (found | true).sum(1).float().clamp(min=1.0)
    return float((inter / union)[has].mean()) if bool(has.any()) else float("nan")


class Discriminator(nn.Module):
    """Judges patches of a map: is it the true one for this frame and this target?"""

    def __init__(self, width: int = 32, embedding: int = 8) -> None:
        super().__init__()
        self.embed = nn.Linear(F16_CHANNELS + F8_CHANNELS, embedding)
        channels = (4 + embedding, width, 2 * width, 3 * width)
        layers: list[nn.Module] = []
        for i, (a, b) in enumerate(pairwise(channels)):
            layers += [spectral_norm(nn.Conv2d(a, b, 4, 2 if i < 2 else 1, 1)), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, spectral_norm(nn.Conv2d(channels[-1], 1, 3, 1, 1)))

    def forward(self, batch: Batch, maps: Tensor) -> Tensor:
        """``(N, 1, h', w')`` logits of the patches; ``maps`` ``(N, 1, h, w)`` in 0..1."""
        pooled = torch.cat([batch.matched16.mean((2, 3)), batch.matched8.mean((2, 3))], dim=1)
        target = torch.tanh(self.embed(pooled))[:, :, None, None].expand(-1, -1, *maps.shape[2:])
        return self.layers(torch.cat([batch.rgb - 0.5, maps, target], dim=1))


@dataclass(frozen=True)
class Losses:
    """What a step of the GAN shows: a judge that always wins (loss near 0) or always loses has collapsed."""

    judge: float
    adversarial: float
    content: float
    iou: float


class Adversary:
    """Alternates a step of the judge and a step of the generator, with AdaGrad and L2 on both as in the paper."""

    def __init__(
        self,
        generator: AttentionNet,
        judge: Discriminator,
        config: LossConfig = LossConfig(),
        rate: float = 3e-4,
        judge_rate: float = 3e-4,
        l2: float = 1e-4,
        ranks: Ranks = ALONE,
    ) -> None:
        self.generator, self.judge, self.config, self._ranks = generator, judge, config, ranks
        self.generator_steps = torch.optim.Adagrad(generator.parameters(), lr=rate, weight_decay=l2)
        self.judge_steps = torch.optim.Adagrad(judge.parameters(), lr=judge_rate, weight_decay=l2)

    def step(self, batch: Batch) -> Losses:
        """One step of each on the batch."""
        with half(batch.truth.device):
            logits = batch.logits(self.generator).float()
        fake = torch.sigmoid(logits)
        real_logits, fake_logits = (
            self.judge(batch, self._noisy(batch.truth)),
            self.judge(batch, self._noisy(fake.detach())),
        )
        judge_loss = 0.5 * (_bce(real_logits, self.config.real_label) + _bce(fake_logits, 0.0))
        self.judge_steps.zero_grad()
        judge_loss.backward()
        self._ranks.average_gradients(self.judge.parameters())
        self.judge_steps.step()

        self.judge.requires_grad_(False)
        adversarial = _bce(self.judge(batch, self._noisy(fake)), 1.0)
        content = content_loss(logits, batch.truth, self.config)
        self.generator_steps.zero_grad()
        (content + self.config.adversarial * adversarial).backward()
        self._ranks.average_gradients(self.generator.parameters())
        self.generator_steps.step()
        self.judge.requires_grad_(True)
        shown = (float(loss.detach()) for loss in (judge_loss, adversarial, content))
        return Losses(*shown, map_iou(logits.detach(), batch.truth))

    def state(self) -> dict[str, Any]:
        """Both networks and their optimisers."""
        return {
            "network": self.generator.state_dict(),
            "judge": self.judge.state_dict(),
            "generator_steps": self.generator_steps.state_dict(),
            "judge_steps": self.judge_steps.state_dict(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Takes all of it back."""
        self.generator.load_state_dict(state["network"])
        self.judge.load_state_dict(state["judge"])
        self.generator_steps.load_state_dict(state["generator_steps"])
        self.judge_steps.load_state_dict(state["judge_steps"])

    def _noisy(self, maps: Tensor) -> Tensor:
        """Noise on both kinds, or the judge would win by the exact zeros of the true maps alone."""
        return maps + self.config.map_noise * torch.randn_like(maps)


def _bce(logits: Tensor, label: float) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))
