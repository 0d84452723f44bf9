"""What all training runs share: the loop around the steps.

It sets the rate, averages the weights, shows the losses, checks, keeps the best, and writes checkpoints from which a
killed run goes on. What a step is and how it is judged is the trainee's business.

A step's random numbers depend on the run's seed and the step's number only. So a run that was killed and goes on from
its checkpoint draws what it would have drawn, and ends with the same weights as one that was not, as long as the data
is the same.
"""

from __future__ import annotations

import copy
import json
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from engine.progress import Progress
from training.parallel import Ranks
from training.schedule import Average, Clock, ScheduleConfig, load_checkpoint, save_checkpoint

log = logging.getLogger(__name__)
LAST, BEST, SCORES, MAPS = "last.pt", "best.pt", "scores.jsonl", "maps.png"


@dataclass(frozen=True)
class Turn:
    """One step: its number from 0, the learning rate, how far the run is, 0..1, and its random numbers."""

    step: int
    rate: float
    progress: float
    rng: np.random.Generator


@dataclass(frozen=True, eq=False)
class Check:
    """How good averaged weights are: ``value`` decides (higher is better), ``figures`` are shown.

    ``picture`` ``(H, W, 3) uint8`` BGR is shown too, where there is one.
    """

    value: float
    figures: Mapping[str, float]
    picture: NDArray[np.uint8] | None = None


class Trainee(Protocol):
    """What a run trains."""

    @property
    def module(self) -> nn.Module:
        """The module whose weights are averaged, checked and kept."""
        ...

    def step(self, turn: Turn) -> Mapping[str, float]:
        """Make one step of optimisation; the losses to show."""
        ...

    def check(self, averaged: nn.Module) -> Check | None:
        """How good the averaged weights are; None where nothing is to be checked."""
        ...

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on, the module's weights among it."""
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Be as when :meth:`state` was called."""
        ...


@dataclass(frozen=True)
class Session:
    """What one call of a command brings along: its processes, and when (``time.monotonic()``) its time is over."""

    ranks: Ranks = field(default_factory=Ranks)
    deadline: float | None = None


ALONE = Session()


@dataclass(frozen=True)
class RunPlan:
    """A run: its name, where its files go, its pace and seed, and the configuration to be kept in checkpoints.

    ``publish`` is called with the averaged module when the check's value exceeds the last published one by more than
    ``notable``.
    """

    name: str
    folder: Path
    schedule: ScheduleConfig
    config: Any
    seed: int = 0
    session: Session = ALONE
    publish: Callable[[nn.Module], None] | None = None
    notable: float = 0.0
    floor: float = float("-inf")
    """What has been published before, by another run."""
    judged_first: bool = False
    """Whether the weights are checked before the first step too, and are the best until there are better ones."""


class Unfinished(Exception):
    """A session has ended before its run: the checkpoint is written, and the same command goes on from it."""

    def __init__(self, name: str, progress: float) -> None:
        super().__init__(f"{name} is {progress:.0%} done and kept: the same command goes on from here")


@dataclass(frozen=True, eq=False)
class Outcome:
    """Averaged weights of the end, and the best that a check has seen: its figures (empty) and weights (None)."""

    final: dict[str, Any]
    figures: dict[str, float]
    best: dict[str, Any] | None


def run(trainee: Trainee, plan: RunPlan) -> Outcome:
    """Train to the end of the schedule, going on from the folder's last checkpoint if there is one.

    Raises:
        Unfinished: the session's time is over, or the process was told to stop.
    """
    with _stopping() as stop, ExitStack() as cleanup:
        return _Run(trainee, plan, stop, cleanup).run()


class _Run:
    def __init__(self, trainee: Trainee, plan: RunPlan, stop: threading.Event, cleanup: ExitStack) -> None:
        self._trainee, self._plan, self._stop = trainee, plan, stop
        self._average = Average(trainee.module, plan.schedule.average)
        self._clock = Clock(plan.schedule)
        self._best, self._figures = float("-inf"), dict[str, float]()
        if (plan.folder / LAST).exists():
            self._resume(load_checkpoint(plan.folder / LAST))
        plan.session.ranks.share([trainee.module])
        self._published = max(self._best, plan.floor)
        self._shadow = copy.deepcopy(trainee.module)
        self._board = SummaryWriter(str(plan.folder / "board")) if plan.session.ranks.first else None
        if self._board is not None:
            cleanup.callback(self._board.close)
        self._saved = self._checked = time.monotonic()
        self._shown: dict[str, float] = {}

    def run(self) -> Outcome:
        plan, clock, deadline = self._plan, self._clock, self._plan.session.deadline
        with Progress(None, "steps", quiet=not plan.session.ranks.first) as bar:
            level = logging.DEBUG if bar.shown else logging.INFO
            if plan.judged_first and clock.step == 0 and plan.session.ranks.first:
                self._check(level)
            done = clock.step > 0 and clock.progress >= 1.0
            while not plan.session.ranks.agree(done):
                self._step(level)
                bar.step(f"{plan.name} {clock.progress:.0%}  {self._line()}")
                now, done = time.monotonic(), clock.progress >= 1.0
                ending = self._stop.is_set() or (deadline is not None and now > deadline)
                if plan.session.ranks.first:
                    if done or now - self._checked > 60 * plan.schedule.check_minutes:
                        self._check(level)
                    if done or ending or now - self._saved > 60 * plan.schedule.checkpoint_minutes:
                        self._save()
                if plan.session.ranks.agree(ending and not done):
                    raise Unfinished(plan.name, clock.progress)
        figures = plan.session.ranks.tell(self._figures)  # from here on the first one's files are complete
        best = load_checkpoint(plan.folder / BEST)["network"] if (plan.folder / BEST).exists() else None
        return Outcome(self._average.state, figures, best)

    def _step(self, level: int) -> None:
        plan, clock = self._plan, self._clock
        key = [plan.seed, plan.session.ranks.rank, clock.step]
        torch.manual_seed(int(np.random.SeedSequence(key).generate_state(1)[0]))
        values = self._trainee.step(Turn(clock.step, clock.rate(), clock.progress, np.random.default_rng(key)))
        self._average.update(self._trainee.module)
        clock.step += 1
        for name, value in values.items():  # a running mean, or the curves would be all noise
            self._shown[name] = value if name not in self._shown else 0.98 * self._shown[name] + 0.02 * value
        if self._board is not None and (clock.step % plan.schedule.report_steps == 0 or clock.step == 1):
            for name, value in self._shown.items():
                self._board.add_scalar(f"loss/{name}", value, clock.step)
            self._board.add_scalar("rate", clock.rate(), clock.step)
            log.log(level, "%s step %d, %.0f s, %s", plan.name, clock.step, clock.seconds, self._line())

    def _line(self) -> str:
        return " ".join(f"{name} {value:.4f}" for name, value in self._shown.items())

    def _save(self) -> None:
        plan, clock = self._plan, self._clock
        save_checkpoint(
            plan.folder / LAST,
            plan.config,
            **self._trainee.state(),
            average=self._average.state,
            updates=self._average.updates,
            step=clock.step,
            seconds=clock.seconds,
            best=self._best,
            figures=self._figures,
        )
        self._saved = time.monotonic()

    def _check(self, level: int) -> None:
        plan, clock, board = self._plan, self._clock, self._board
        self._shadow.load_state_dict(self._average.state)
        result = self._trainee.check(self._shadow)
        self._checked = time.monotonic()
        if result is None:
            return
        figures = {name: round(value, 4) for name, value in result.figures.items()}
        log.log(level, "%s step %d, dev %s", plan.name, clock.step, figures)
        with (plan.folder / SCORES).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": clock.step, **figures}) + "\n")
        if board is not None:
            for name, value in result.figures.items():
                board.add_scalar(f"dev/{name}", value, clock.step)
            if result.picture is not None:
                board.add_image("dev/maps", result.picture[..., ::-1], clock.step, dataformats="HWC")
        if result.picture is not None:
            cv2.imwrite(str(plan.folder / MAPS), result.picture)
        if result.value <= self._best:
            return
        self._best, self._figures = result.value, dict(result.figures)
        save_checkpoint(
            plan.folder / BEST, plan.config, network=self._average.state, figures=self._figures, step=clock.step
        )
        if plan.publish is not None and result.value > self._published + plan.notable:
            plan.publish(copy.deepcopy(self._shadow).cpu())
            self._published = result.value

    def _resume(self, state: Mapping[str, Any]) -> None:
        self._trainee.restore(state)
        self._average.restore(state["average"], state["updates"])
        self._clock = Clock(self._plan.schedule, state["step"], state["seconds"])
        self._best, self._figures = state["best"], state["figures"]


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """An event that is set when the process is told to stop, by Ctrl-C or SIGTERM."""
    told = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield told
        return
    before = {number: signal.signal(number, lambda *_: told.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
