"""What every training run shares: learning rate, moving average of the weights, checkpoints."""

from __future__ import annotations

import dataclasses
import math
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer


@dataclasses.dataclass(frozen=True)
class ScheduleConfig:
    """Length and pace of a run; it ends at ``steps`` or after ``minutes``, whichever comes first."""

    steps: int = 20000
    minutes: float = 50.0
    rate: float = 1e-3
    final_rate: float = 1e-5
    warm_up: int = 100
    weight_decay: float = 1e-4
    average: float = 0.998
    checkpoint_minutes: float = 3.0
    check_minutes: float = 3.0
    report_steps: int = 50


class Clock:
    """How far a run has come, over all its sessions."""

    def __init__(self, config: ScheduleConfig, step: int = 0, seconds: float = 0.0) -> None:
        self.config, self.step = config, step
        self._before, self._start = seconds, time.monotonic()

    @property
    def seconds(self) -> float:
        """Training time so far."""
        return self._before + time.monotonic() - self._start

    @property
    def progress(self) -> float:
        """Part of the run that is done, 0..1."""
        return min(1.0, max(self.step / self.config.steps, self.seconds / (60.0 * self.config.minutes)))

    def rate(self) -> float:
        """The learning rate now: linear warm-up, then half a cosine down to the final rate."""
        low, high = self.config.final_rate, self.config.rate
        cosine = low + (high - low) * 0.5 * (1.0 + math.cos(math.pi * self.progress))
        return cosine * min(1.0, (self.step + 1) / self.config.warm_up)


def set_rate(optimizer: Optimizer, rate: float) -> None:
    """Sets the learning rate of every parameter group."""
    for group in optimizer.param_groups:
        group["lr"] = rate


class Average:
    """An exponential moving average of a module's parameters and buffers."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay, self.updates = decay, 0
        self.state = {name: value.detach().clone() for name, value in module.state_dict().items()}

    def restore(self, state: Mapping[str, Tensor], updates: int) -> None:
        """Takes over an average that was kept."""
        for name, value in self.state.items():
            value.copy_(state[name])
        self.updates = updates

    def update(self, module: nn.Module) -> None:
        """Moves the average towards the module; quickly at first, so that the start is forgotten."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for name, value in module.state_dict().items():
            if value.dtype.is_floating_point:
                self.state[name].lerp_(value.detach(), 1.0 - decay)
            else:
                self.state[name].copy_(value)


def save_checkpoint(path: Path, config: Any, **parts: Any) -> None:
    """Writes state dicts and plain values with the run's configuration, a frozen dataclass, as one file."""
    write_checkpoint(path, {"config": dataclasses.asdict(config), **parts})


def write_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Writes what :func:`load_checkpoint` reads, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """What :func:`save_checkpoint` wrote; the configuration as nested dictionaries."""
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state
