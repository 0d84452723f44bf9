"""Trains the attention network from a pool of samples: its content loss first, then as half of a GAN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.tracking.attention import Variant
from training.attention_batch import BatchConfig, BatchMaker
from training.attention_eval import AttentionScore, evaluate, maps_of
from training.attention_net import AttentionNet, AttentionNetConfig
from training.attention_pool import SampleRing
from training.export_attention import export_attention
from training.from_graphs import published_attention
from training.gan import Adversary, Batch, Discriminator, LossConfig, content_loss, map_iou
from training.loop import ALONE, BEST, Check, RunPlan, Session, Turn, run
from training.origin import SETTLING, begins_with
from training.parallel import Ranks, half, to_device
from training.schedule import ScheduleConfig, load_checkpoint
from training.settled import settle_norms
from training.supervised import Supervised

SHOWN = 12
PHASES = ("content", "gan")


@dataclass(frozen=True)
class AttentionTrainConfig:
    """One run. The adversarial phase follows the content phase on its averaged weights."""

    network: AttentionNetConfig = field(default_factory=AttentionNetConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    schedule: ScheduleConfig = field(
        default_factory=lambda: ScheduleConfig(steps=6000, minutes=50.0, check_minutes=6.0, report_steps=20)
    )
    adversarial_minutes: float = 10.0
    adversarial_steps: int = 800
    adversarial_rate: float = 3e-4
    judge_rate: float = 3e-4
    l2: float = 1e-4
    batch: BatchConfig = field(default_factory=BatchConfig)
    origin: str = ""
    seed: int = 0

    @property
    def adversarial_schedule(self) -> ScheduleConfig:
        """The GAN's pace: one rate throughout, as AdaGrad brings it down by itself."""
        rate = self.adversarial_rate
        return replace(
            self.schedule,
            steps=self.adversarial_steps,
            minutes=self.adversarial_minutes,
            rate=rate,
            final_rate=rate,
            warm_up=1,
            average=0.99,
        )


@dataclass(frozen=True, eq=False)
class AttentionData:
    """Samples to train on and held-out ones; ``exchangeable`` are the groups with one target throughout."""

    pool: Mapping[Variant, SampleRing]
    dev: Mapping[Variant, SampleRing]
    exchangeable: Set[int] = frozenset()


class AdversarialTrainee:
    """The network as the generator of the GAN."""

    def __init__(self, network: AttentionNet, data: AttentionData, config: AttentionTrainConfig, ranks: Ranks) -> None:
        torch.manual_seed(config.seed)
        judge = Discriminator().to(ranks.device)
        self._network, self._dev, self._ranks = network.to(ranks.device), data.dev, ranks
        self._batches = BatchMaker(data.pool, config.batch, data.exchangeable)
        rates = config.adversarial_rate, config.judge_rate
        self._adversary = Adversary(network, judge, config.loss, *rates, config.l2, ranks)

    @property
    def module(self) -> nn.Module:
        """The generator."""
        return self._network

    def step(self, turn: Turn) -> Mapping[str, float]:
        """A step of the judge and one of the generator."""
        self._network.train()
        return asdict(self._adversary.step(to_device(self._batches.draw(turn.rng), self._ranks.device)))

    def check(self, averaged: nn.Module) -> Check:
        """The averaged generator on the held-out samples."""
        return judged(averaged, self._dev)

    def state(self) -> dict[str, Any]:
        """Both networks and their optimisers."""
        return self._adversary.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Takes all of it back."""
        self._adversary.restore(state)


def train_attention(
    config: AttentionTrainConfig,
    data: AttentionData,
    out: Path,
    publish: Path | None = None,
    session: Session = ALONE,
) -> float:
    """Both phases, in the folders ``out/content`` and ``out/gan``; the best score on the held-out samples.

    The GAN starts from the content phase's averaged weights. The best weights are published as they come.
    """
    torch.manual_seed(config.seed)
    network = AttentionNet(config.network)
    origin = begins_with(config.origin, out / "content")
    if origin is not None:
        network = published_attention(origin, config.network)
        rng, maker = np.random.default_rng(config.seed), BatchMaker(data.pool, config.batch, data.exchangeable)
        settle_norms(network, lambda batch: batch.logits(network), [maker.draw(rng) for _ in range(SETTLING)])
    network = network.to(memory_format=torch.channels_last)
    batches = BatchMaker(data.pool, config.batch, data.exchangeable)

    def losses(module: nn.Module, batch: Batch, _: Turn) -> Mapping[str, Tensor]:
        with half(session.ranks.device):
            logits = batch.logits(cast(AttentionNet, module)).float()
        iou = torch.tensor(map_iou(logits.detach(), batch.truth))
        return {"content": content_loss(logits, batch.truth, config.loss), "iou": iou}

    def write(averaged: nn.Module) -> None:
        if publish is not None:
            export_attention(cast(AttentionNet, averaged), publish)

    schedule = config.schedule
    trainee = Supervised(
        network, batches.draw, losses, lambda averaged: judged(averaged, data.dev), schedule, session.ranks
    )
    first = origin is not None
    plan = RunPlan("content", out / "content", schedule, config, config.seed, session, write, judged_first=first)
    content = run(trainee, plan)
    best = AttentionScore(**content.figures).total
    if config.adversarial_minutes <= 0:
        return best
    network.load_state_dict(content.final)
    adversarial = AdversarialTrainee(network, data, config, session.ranks)
    plan = RunPlan("gan", out / "gan", config.adversarial_schedule, config, config.seed, session, write, floor=best)
    return max(best, AttentionScore(**run(adversarial, plan).figures).total)


def load_attention(out: Path, phases: Sequence[str] = PHASES) -> AttentionNet | None:
    """The best network of these phases; None if there is none."""
    states = [load_checkpoint(out / phase / BEST) for phase in phases if (out / phase / BEST).exists()]
    if not states:
        return None
    best = max(states, key=lambda state: AttentionScore(**state["figures"]).total)
    network = AttentionNet(AttentionNetConfig(**best["config"]["network"]))
    network.load_state_dict(best["network"])
    return network


def judged(averaged: nn.Module, rings: Mapping[Variant, SampleRing]) -> Check:
    """The network's score on rings of held-out samples, and some of its maps."""
    network = cast(AttentionNet, averaged)
    score = evaluate(network, rings)
    return Check(score.total, asdict(score), figure(network, rings))


def figure(network: AttentionNet, rings: Mapping[Variant, SampleRing]) -> NDArray[np.uint8]:
    """Frames, maps and truths of some development samples side by side, ``(H, W, 3) uint8`` BGR."""
    rows = []
    for ring in rings.values():
        filled = ring.filled()
        if not len(filled):
            continue
        records = ring.read(filled[np.linspace(0, len(filled) - 1, SHOWN).astype(int)])
        for record, values in zip(records, maps_of(network, records), strict=True):
            frame = record["rgb"][::-1].transpose(1, 2, 0)
            grey = [np.rint(values * 255).astype(np.uint8), record["truth"]]
            strip = np.hstack([frame, *(np.repeat(m[..., None], 3, axis=2) for m in grey)])
            rows.append(cv2.resize(strip, (480, 112), interpolation=cv2.INTER_NEAREST))
    half = (len(rows) + 1) // 2
    rows += [np.zeros_like(rows[0])] * (2 * half - len(rows))
    return np.hstack([np.vstack(rows[:half]), np.vstack(rows[half:])])
