"""Tunes the trunk's last stages together with ``locate``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from training.backbone.batches import EpisodeBatch, EpisodeBatchConfig, dev_episodes, draw_batch
from training.backbone.network import Joint, joint_of, lesson_loss
from training.backbone.taught import TaughtPool
from training.data.pool import Pool
from training.locate.losses import LossConfig, locate_losses
from training.locate.network import LocateConfig
from training.locate.train import Figures, LocateFigures
from training.loop import ALONE, Check, RunPlan, Session, Turn, run
from training.origin import SETTLING, begins_with
from training.parallel import half, to_device, to_float
from training.schedule import ScheduleConfig
from training.settled import settle_norms
from training.supervised import Supervised


@dataclass(frozen=True)
class BackboneTraining:
    """Everything that decides a run. The tail learns at ``tail_rate`` of the schedule's rate."""

    network: LocateConfig = field(default_factory=LocateConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    batch: EpisodeBatchConfig = field(default_factory=EpisodeBatchConfig)
    schedule: ScheduleConfig = field(
        default_factory=lambda: ScheduleConfig(rate=5e-4, weight_decay=1e-2, minutes=110.0, check_minutes=6.0)
    )
    tail_rate: float = 0.4
    lesson: float = 1.0
    """Weight of the teacher's features; it falls with the learning rate to a tenth."""
    teacher: str = ""
    origin: str = ""
    seed: int = 0
    clip_norm: float = 5.0


@torch.no_grad()
def evaluate(network: Joint, batches: list[EpisodeBatch]) -> LocateFigures:
    """Figures of the network over fixed batches."""
    network.eval()
    figures, device = Figures(), next(network.parameters()).device
    for batch in (to_device(batch, device) for batch in batches):
        maps, _ = network(batch.search8, batch.memory8, batch.slots)
        figures.add(maps, batch.boxes)
    network.train()
    return figures.result()


def channel_statistics(taught: TaughtPool, count: int = 200) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and deviation ``(1, 96, 1, 1)`` of the teacher's features."""
    slots = taught.pool.filled()[:count]
    lessons = torch.from_numpy(np.concatenate([taught.lessons[s] for s in slots])).float()
    mean = lessons.mean(dim=(0, 2, 3), keepdim=True)
    return mean, lessons.std(dim=(0, 2, 3), keepdim=True) + 1e-3


def train_backbone(
    config: BackboneTraining,
    taught: TaughtPool,
    dev: Pool,
    out: Path,
    session: Session = ALONE,
) -> LocateFigures:
    """Trains, or goes on from ``out/last.pt``, and returns the best development figures.

    Args:
        config: The run.
        taught: Training features with lessons, filled before or meanwhile.
        dev: Development features.
        out: Checkpoints, scores, and TensorBoard's files.
        session: Processes and time of this call.
    """
    torch.manual_seed(config.seed)
    network = Joint(config.network)
    origin = begins_with(config.origin, out)
    if origin is not None:
        network = joint_of(origin, config.network)
        rng = np.random.default_rng(config.seed)
        known = [draw_batch(taught, config.batch, rng) for _ in range(SETTLING)]
        settle_norms(network, lambda batch: network(batch.search8, batch.memory8, batch.slots), known)
    network = network.to(memory_format=torch.channels_last)
    schedule, device = config.schedule, session.ranks.device
    tail = list(network.tail.parameters())
    own = {id(p) for p in tail}
    groups = [
        {"params": tail, "weight_decay": 0.0, "share": config.tail_rate},
        {"params": [p for p in network.parameters() if id(p) not in own], "weight_decay": schedule.weight_decay},
    ]
    mean, deviation = (value.to(device) for value in channel_statistics(taught))
    checks = dev_episodes(dev)

    def draw(rng: np.random.Generator) -> EpisodeBatch:
        return draw_batch(taught, config.batch, rng)

    def losses(module: nn.Module, batch: EpisodeBatch, turn: Turn) -> Mapping[str, Tensor]:
        with half(device):
            maps, seen = module(batch.search8, batch.memory8, batch.slots)
        parts = locate_losses(to_float(maps), batch.boxes, batch.present, config.loss)
        lesson = lesson_loss(seen.float(), batch.lessons, mean, deviation)
        weight = config.lesson * max(turn.rate / schedule.rate, 0.1)
        shown = parts._asdict()
        return {"total": shown.pop("total") + weight * lesson, **shown, "lesson": lesson}

    def check(averaged: nn.Module) -> Check:
        figures = evaluate(cast(Joint, averaged), checks)
        return Check(figures.iou, vars(figures))

    trainee = Supervised(network, draw, losses, check, schedule, session.ranks, config.clip_norm, groups)
    plan = RunPlan("backbone", out, schedule, config, config.seed, session, judged_first=origin is not None)
    outcome = run(trainee, plan)
    return LocateFigures(**outcome.figures)
