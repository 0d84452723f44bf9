"""Trains the classifier: first the shared layers over many domains, then the start of online learning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from training.data.pool import Pool
from training.export import export_classifier
from training.from_graphs import published_classifier
from training.loop import ALONE, BEST, LAST, Check, RunPlan, Session, Turn, run
from training.manifest import register_head
from training.mdnet.domains import Crops, distinct
from training.mdnet.evaluate import RankFigures, evaluate_head
from training.mdnet.multi_domain import DomainConfig, Shared, domain_losses, draw_domains
from training.mdnet.network import HEAD_NAMES, NeckConfig, SharedNeck
from training.mdnet.start import StartConfig, meta_gradient
from training.origin import begins_with
from training.parallel import Ranks
from training.schedule import ScheduleConfig, load_checkpoint, set_rate
from training.supervised import Supervised, unchecked


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
    origin: str = ""
    seed: int = 0
    clip_norm: float = 5.0


def train_domains(config: ClassifierTraining, pool: Path, out: Path, session: Session = ALONE) -> Shared:
    """The shared layers, trained or gone on with from the folder ``out/domains``; averaged weights."""
    source = Pool.open(pool)
    shared = Shared(config.neck, config.seed)
    origin = begins_with(config.origin, out / "domains")
    if origin is not None:
        shared.begin(*published_classifier(origin, config.neck))
    else:
        shared.settle(draw_domains(source, config.domains, np.random.default_rng(config.seed))[0])

    def draw(rng: np.random.Generator) -> tuple[Crops, Crops, int]:
        return draw_domains(source, config.domains, rng)

    def losses(module: nn.Module, batch: tuple[Crops, Crops, int], _: Turn) -> Mapping[str, Tensor]:
        assert isinstance(module, Shared)
        return domain_losses(module, *batch, config.domains)._asdict()

    schedule = config.domain_schedule
    trainee = Supervised(shared, draw, losses, unchecked, schedule, session.ranks, config.clip_norm)
    plan = RunPlan("domains", out / "domains", schedule, config, config.seed, session)
    shared.load_state_dict(run(trainee, plan).final)
    return shared.cpu().eval().requires_grad_(False)


def first_head(shared: Shared) -> dict[str, Tensor]:
    """The head that the domains share, from which the start is learned."""
    return {name: getattr(shared, name).detach().clone() for name in HEAD_NAMES}


class StartTrainee:
    """The head that online learning starts from, stepped along its meta-gradient over some targets."""

    def __init__(
        self, config: ClassifierTraining, neck: SharedNeck, head: dict[str, Tensor], pool: Path, dev: Path, ranks: Ranks
    ) -> None:
        self._config, self._neck, self._ranks = config, neck.to(ranks.device), ranks
        self._source, self._checks = Pool.open(pool), Pool.open(dev)
        self._meta = nn.ParameterDict({name: nn.Parameter(head[name].clone()) for name in HEAD_NAMES}).to(ranks.device)
        self._optimizer = torch.optim.Adam(self._meta.parameters(), config.start_schedule.rate)

    @property
    def module(self) -> nn.Module:
        """The head."""
        return self._meta

    def step(self, turn: Turn) -> Mapping[str, float]:
        """One step of Adam on the mean meta-gradient of some targets; the loss after adaptation."""
        settings = self._config.start
        set_rate(self._optimizer, turn.rate)
        now = {name: self._meta[name].detach().clone() for name in HEAD_NAMES}
        slots = distinct(self._source, settings.domains, turn.rng)
        for parameter in self._meta.values():
            parameter.grad = torch.zeros_like(parameter)
        total = 0.0
        for slot in slots:
            gradient, loss = meta_gradient(now, self._neck, self._source, slot, settings, turn.rng)
            for name in HEAD_NAMES:
                self._meta[name].grad += gradient[name] / len(slots)
            total += loss / len(slots)
        self._ranks.average_gradients(self._meta.parameters())
        nn.utils.clip_grad_norm_(self._meta.parameters(), self._config.clip_norm)
        self._optimizer.step()
        return {"loss": total}

    def check(self, averaged: nn.Module) -> Check:
        """How well the averaged head, adapted, ranks the boxes of the development episodes."""
        settings, head = self._config.start, {k: v.detach() for k, v in averaged.named_parameters()}
        figures = evaluate_head(self._neck, head, self._checks, settings.steps, settings.rate, every=3)
        return Check(figures.hard_auc, vars(figures))

    def state(self) -> dict[str, Any]:
        """The head and the optimiser's state."""
        return {"network": self._meta.state_dict(), "optimizer": self._optimizer.state_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them back."""
        self._meta.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])


def train_start(
    config: ClassifierTraining,
    neck: SharedNeck,
    head: dict[str, Tensor],
    pool: Path,
    dev: Path,
    out: Path,
    session: Session = ALONE,
) -> tuple[dict[str, Tensor], RankFigures]:
    """The head that a few steps turn into a target's own, from the folder ``out/start``, and its figures."""
    trainee = StartTrainee(config, neck, head, pool, dev, session.ranks)
    schedule, first = config.start_schedule, bool(config.origin)
    plan = RunPlan("start", out / "start", schedule, config, config.seed, session, judged_first=first)
    outcome = run(trainee, plan)
    head = {name: value.cpu() for name, value in (outcome.best or outcome.final).items()}
    return head, RankFigures(**outcome.figures)


def train_classifier(
    config: ClassifierTraining,
    pool: Path,
    dev: Path,
    out: Path,
    publish: Path | None = None,
    session: Session = ALONE,
) -> RankFigures:
    """Both phases; publishes ``score``, ``learn`` and ``head.npz`` and returns the development figures."""
    shared = train_domains(config, pool, out, session)
    head, figures = train_start(config, shared.neck, first_head(shared), pool, dev, out, session)
    if publish is not None and session.ranks.first:
        publish_classifier(config, shared.neck.cpu(), head, publish)
    return figures


def load_classifier(out: Path) -> tuple[ClassifierTraining, SharedNeck, dict[str, Tensor]]:
    """The configuration, neck and head of a finished run in the folder ``out``."""
    domains, start = load_checkpoint(out / "domains" / LAST), load_checkpoint(out / "start" / BEST)
    shared = Shared(NeckConfig(**domains["config"]["neck"]))
    shared.load_state_dict(domains["average"])
    config = ClassifierTraining(
        neck=NeckConfig(**domains["config"]["neck"]), start=StartConfig(**start["config"]["start"])
    )
    return config, shared.neck.requires_grad_(False), dict(start["network"])


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
