"""Trains the classifier: first the shared layers over many domains, then the start of online learning."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from training.data.pool import Pool
from training.export import export_classifier
from training.manifest import register_head
from training.mdnet.domains import distinct
from training.mdnet.evaluate import RankFigures, evaluate_head
from training.mdnet.multi_domain import DomainConfig, Shared, domain_losses, draw_domains
from training.mdnet.network import HEAD_NAMES, NeckConfig, SharedNeck
from training.mdnet.start import StartConfig, meta_gradient
from training.schedule import Average, Clock, ScheduleConfig, load_checkpoint, save_checkpoint, set_rate

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClassifierTraining:
    """Everything that decides a run."""

    neck: NeckConfig = field(default_factory=NeckConfig)
    domains: DomainConfig = field(default_factory=DomainConfig)
    start: StartConfig = field(default_factory=StartConfig)
    domain_schedule: ScheduleConfig = field(default_factory=lambda: ScheduleConfig(steps=6000, minutes=15.0))
    start_schedule: ScheduleConfig = field(
        default_factory=lambda: ScheduleConfig(
            steps=3000, minutes=15.0, rate=2e-5, weight_decay=0.0, average=0.97, warm_up=20
        )
    )
    update_rate: float = 2.5e-3
    update_steps: int = 6
    seed: int = 0
    clip_norm: float = 5.0


def train_domains(config: ClassifierTraining, pool: Path, out: Path) -> Shared:
    """The shared layers, trained or gone on with from ``out/domains.pt``; averaged weights."""
    torch.manual_seed(config.seed)
    schedule, path = config.domain_schedule, out / "domains.pt"
    shared = Shared(config.neck, config.seed)
    rng, source = np.random.default_rng(config.seed), Pool.open(pool)
    shared.settle(draw_domains(source, config.domains, rng)[0])
    average, clock = Average(shared, schedule.average), Clock(schedule)
    optimizer = torch.optim.AdamW(shared.parameters(), schedule.rate, weight_decay=schedule.weight_decay)
    if path.exists():
        state = load_checkpoint(path)
        shared.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        average.state, average.updates = state["average"], state["updates"]
        clock = Clock(schedule, state["step"], state["seconds"])
    rng = np.random.default_rng(config.seed + clock.step)
    writer = SummaryWriter(str(out / "tensorboard"))
    saved, running = time.monotonic(), np.zeros(3)
    while clock.progress < 1.0:
        set_rate(optimizer, clock.rate())
        losses = domain_losses(shared, *draw_domains(source, config.domains, rng), config.domains)
        optimizer.zero_grad(set_to_none=True)
        losses.total.backward()
        torch.nn.utils.clip_grad_norm_(shared.parameters(), config.clip_norm)
        optimizer.step()
        average.update(shared)
        clock.step += 1
        values = np.array([value.item() for value in losses])
        running = values if clock.step == 1 else 0.98 * running + 0.02 * values
        if clock.step % 50 == 0:
            for name, value in zip(losses._fields, running, strict=True):
                writer.add_scalar(f"domains/{name}", value, clock.step)
            log.info("domains step %d, %.0f s, losses %s", clock.step, clock.seconds, np.round(running, 4))
        if time.monotonic() - saved > 60 * schedule.checkpoint_minutes or clock.progress >= 1.0:
            save_checkpoint(
                path,
                config,
                network=shared.state_dict(),
                optimizer=optimizer.state_dict(),
                average=average.state,
                updates=average.updates,
                step=clock.step,
                seconds=clock.seconds,
            )
            saved = time.monotonic()
    writer.close()
    shared.load_state_dict(average.state)
    return shared.eval().requires_grad_(False)


def first_head(shared: Shared) -> dict[str, Tensor]:
    """The head that the domains share, from which the start is learned."""
    return {name: getattr(shared, name).detach().clone() for name in HEAD_NAMES}


def train_start(
    config: ClassifierTraining, neck: SharedNeck, head: dict[str, Tensor], pool: Path, dev: Path, out: Path
) -> tuple[dict[str, Tensor], RankFigures]:
    """The head that a few steps turn into a target's own, and its development figures."""
    schedule, settings, path = config.start_schedule, config.start, out / "start.pt"
    meta = torch.nn.ParameterDict({name: torch.nn.Parameter(head[name].clone()) for name in HEAD_NAMES})
    average, clock = Average(meta, schedule.average), Clock(schedule)
    optimizer = torch.optim.Adam(meta.parameters(), schedule.rate)
    best_head, best = dict(head), RankFigures(0.0, 0.0, 0.0, float("inf"))
    if path.exists():
        state = load_checkpoint(path)
        meta.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        average.state, average.updates = state["average"], state["updates"]
        clock = Clock(schedule, state["step"], state["seconds"])
        best_head, best = state["best_head"], RankFigures(**state["best"])
    rng = np.random.default_rng(config.seed + clock.step)
    source, checks = Pool.open(pool), Pool.open(dev)
    writer, saved, running = SummaryWriter(str(out / "tensorboard")), time.monotonic(), 0.0
    while clock.progress < 1.0:
        set_rate(optimizer, clock.rate())
        now = {name: meta[name].detach().clone() for name in HEAD_NAMES}
        slots = distinct(source, settings.domains, rng)
        for parameter in meta.values():
            parameter.grad = torch.zeros_like(parameter)
        for slot in slots:
            gradient, loss = meta_gradient(now, neck, source, slot, settings, rng)
            for name in HEAD_NAMES:
                meta[name].grad += gradient[name] / len(slots)
            running = loss if running == 0.0 else 0.99 * running + 0.01 * loss
        torch.nn.utils.clip_grad_norm_(meta.parameters(), config.clip_norm)
        optimizer.step()
        average.update(meta)
        clock.step += 1
        if clock.step % 25 == 0:
            writer.add_scalar("start/loss", running, clock.step)
            log.info("start step %d, %.0f s, loss %.4f", clock.step, clock.seconds, running)
        if time.monotonic() - saved > 60 * schedule.checkpoint_minutes or clock.progress >= 1.0:
            figures = evaluate_head(neck, average.state, checks, settings.steps, settings.rate, every=3)
            log.info("start step %d, dev %s", clock.step, figures)
            for name, value in vars(figures).items():
                writer.add_scalar(f"start/dev_{name}", value, clock.step)
            if figures.hard_auc > best.hard_auc:
                best, best_head = figures, {name: value.clone() for name, value in average.state.items()}
            save_checkpoint(
                path,
                config,
                network=meta.state_dict(),
                optimizer=optimizer.state_dict(),
                average=average.state,
                updates=average.updates,
                step=clock.step,
                seconds=clock.seconds,
                best_head=best_head,
                best=vars(best),
            )
            saved = time.monotonic()
    writer.close()
    return best_head, best


def train_classifier(
    config: ClassifierTraining, pool: Path, dev: Path, out: Path, publish: Path | None = None
) -> RankFigures:
    """Both phases; publishes ``score``, ``learn`` and ``head.npz`` and returns the development figures."""
    shared = train_domains(config, pool, out)
    head, figures = train_start(config, shared.neck, first_head(shared), pool, dev, out)
    if publish is not None:
        publish_classifier(config, shared.neck, head, publish)
    return figures


def publish_classifier(config: ClassifierTraining, neck: SharedNeck, head: dict[str, Tensor], folder: Path) -> None:
    """Writes the graphs and the head with the rates it was learned for."""
    export_classifier(neck, head, folder)
    advice = {
        "init_lr": config.start.rate,
        "init_steps": config.start.steps,
        "update_lr": config.update_rate,
        "update_steps": config.update_steps,
    }
    register_head(folder, "head.npz", advice)
