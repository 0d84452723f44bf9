"""Tunes the trunk's last stages together with ``locate``."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch.utils.tensorboard import SummaryWriter

from training.backbone.batches import EpisodeBatch, EpisodeBatchConfig, dev_episodes, draw_batch
from training.backbone.network import Joint, lesson_loss
from training.backbone.taught import TaughtPool
from training.data.pool import Pool
from training.locate.losses import LossConfig, locate_losses
from training.locate.network import LocateConfig
from training.locate.train import Figures, LocateFigures
from training.schedule import Average, Clock, ScheduleConfig, load_checkpoint, save_checkpoint

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BackboneTraining:
    """Everything that decides a run. The tail learns at ``tail_rate`` of the schedule's rate."""

    network: LocateConfig = field(default_factory=LocateConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    batch: EpisodeBatchConfig = field(default_factory=EpisodeBatchConfig)
    schedule: ScheduleConfig = field(
        default_factory=lambda: ScheduleConfig(rate=5e-4, weight_decay=1e-2, minutes=110.0, checkpoint_minutes=6.0)
    )
    tail_rate: float = 0.4
    lesson: float = 1.0
    """Weight of the teacher's features; it falls with the learning rate to a tenth."""
    seed: int = 0
    clip_norm: float = 5.0


@torch.no_grad()
def evaluate(network: Joint, batches: list[EpisodeBatch]) -> LocateFigures:
    """Figures of the network over fixed batches."""
    network.eval()
    figures = Figures()
    for batch in batches:
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
    config: BackboneTraining, taught: TaughtPool, dev: Pool, out: Path, start: Path | None = None
) -> LocateFigures:
    """Trains, or goes on from ``out/last.pt``, and returns the best development figures.

    Args:
        config: The run.
        taught: Training features with lessons, filled before or meanwhile.
        dev: Development features.
        out: Checkpoints ``last.pt`` and ``best.pt``, and TensorBoard's files.
        start: A checkpoint of ``locate`` to begin with.
    """
    torch.manual_seed(config.seed)
    network = Joint(config.network)
    if start is not None:
        network.locate.load_state_dict(load_checkpoint(start)["network"])
    network = network.to(memory_format=torch.channels_last)
    schedule = config.schedule
    average = Average(network, schedule.average)
    tail = list(network.tail.parameters())
    own = {id(p) for p in tail}
    groups = [
        {"params": tail, "weight_decay": 0.0, "share": config.tail_rate},
        {
            "params": [p for p in network.parameters() if id(p) not in own],
            "weight_decay": schedule.weight_decay,
            "share": 1.0,
        },
    ]
    optimizer = torch.optim.AdamW(groups, schedule.rate)
    clock, best = Clock(schedule), LocateFigures(0.0, 0.0, 0.0)
    if (out / "last.pt").exists():
        state = load_checkpoint(out / "last.pt")
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        average.state, average.updates = state["average"], state["updates"]
        clock, best = Clock(schedule, state["step"], state["seconds"]), LocateFigures(**state["best"])
    rng = np.random.default_rng(config.seed + clock.step)
    mean, deviation = channel_statistics(taught)
    checks = dev_episodes(dev)
    writer = SummaryWriter(str(out / "tensorboard"))
    shadow = Joint(config.network).to(memory_format=torch.channels_last)
    saved, running = time.monotonic(), np.zeros(5)
    while clock.progress < 1.0:
        batch = draw_batch(taught, config.batch, rng)
        rate = clock.rate()
        for group in optimizer.param_groups:
            group["lr"] = rate * group["share"]
        maps, seen = network(batch.search8, batch.memory8, batch.slots)
        losses = locate_losses(maps, batch.boxes, batch.present, config.loss)
        weight = config.lesson * max(rate / schedule.rate, 0.1)
        lesson = lesson_loss(seen, batch.lessons, mean, deviation)
        optimizer.zero_grad(set_to_none=True)
        (losses.total + weight * lesson).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), config.clip_norm)
        optimizer.step()
        average.update(network)
        clock.step += 1
        values = np.array([*(value.item() for value in losses), lesson.item()])
        running = values if clock.step == 1 else 0.98 * running + 0.02 * values
        if clock.step % 20 == 0:
            for name, value in zip((*losses._fields, "lesson"), running, strict=True):
                writer.add_scalar(f"loss/{name}", value, clock.step)
            log.info("step %d, %.0f s, losses %s, rate %.2e", clock.step, clock.seconds, np.round(running, 4), rate)
        due = time.monotonic() - saved > 60 * schedule.checkpoint_minutes
        if not due and clock.progress < 1.0:
            continue
        shadow.load_state_dict(average.state)
        figures = evaluate(shadow, checks)
        for name, value in vars(figures).items():
            writer.add_scalar(f"dev/{name}", value, clock.step)
        log.info("step %d, dev %s", clock.step, figures)
        if figures.iou > best.iou:
            best = figures
            save_checkpoint(out / "best.pt", config, network=average.state, figures=vars(figures), step=clock.step)
        save_checkpoint(
            out / "last.pt",
            config,
            network=network.state_dict(),
            optimizer=optimizer.state_dict(),
            average=average.state,
            updates=average.updates,
            step=clock.step,
            seconds=clock.seconds,
            best=vars(best),
        )
        saved = time.monotonic()
    writer.close()
    return best
