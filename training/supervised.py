"""The usual trainee: a module, batches with known answers, and AdamW."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from training.loop import Check, Turn
from training.parallel import Ranks, to_device
from training.schedule import ScheduleConfig

Draw = Callable[[np.random.Generator], Any]
Losses = Callable[[nn.Module, Any, Turn], Mapping[str, Tensor]]


class Supervised:
    """Steps of AdamW on what ``losses`` says, of which the first is minimised and all are shown.

    A parameter group may have a ``share``: its part of the rate.
    """

    def __init__(
        self,
        module: nn.Module,
        draw: Draw,
        losses: Losses,
        check: Callable[[nn.Module], Check | None],
        schedule: ScheduleConfig,
        ranks: Ranks,
        clip_norm: float = 5.0,
        groups: list[dict[str, Any]] | None = None,
    ) -> None:
        self._module = module.to(ranks.device)
        self._draw, self._losses, self._check, self._ranks, self._clip_norm = draw, losses, check, ranks, clip_norm
        parameters: Any = groups or [{"params": [p for p in module.parameters() if p.requires_grad]}]
        self._optimizer = torch.optim.AdamW(parameters, schedule.rate, weight_decay=schedule.weight_decay)

    @property
    def module(self) -> nn.Module:
        """The module being trained."""
        return self._module

    def step(self, turn: Turn) -> Mapping[str, float]:
        """One step on one batch; the losses."""
        self._module.train()
        batch = to_device(self._draw(turn.rng), self._ranks.device)
        losses = self._losses(self._module, batch, turn)
        for group in self._optimizer.param_groups:
            group["lr"] = turn.rate * group.get("share", 1.0)
        self._optimizer.zero_grad(set_to_none=True)
        next(iter(losses.values())).backward()
        parameters = [p for group in self._optimizer.param_groups for p in group["params"]]
        self._ranks.average_gradients(parameters)
        torch.nn.utils.clip_grad_norm_(parameters, self._clip_norm)
        self._optimizer.step()
        return {name: float(value.detach()) for name, value in losses.items()}

    def check(self, averaged: nn.Module) -> Check | None:
        """How good the averaged weights are."""
        return self._check(averaged)

    def state(self) -> dict[str, Any]:
        """Weights and the optimiser's state."""
        return {"network": self._module.state_dict(), "optimizer": self._optimizer.state_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them back."""
        self._module.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])


def unchecked(_: nn.Module) -> None:
    """No check: the run is judged by what is made of it."""
