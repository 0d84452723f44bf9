"""Batch norms that came folded out of a graph, made fit to be trained on from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn


@torch.no_grad()
def settle_norms(network: nn.Module, run: Callable[[Any], object], batches: Iterable[Any]) -> None:
    """Gives every norm the mean and variance of what it sees, and a gain and an offset that undo the change.

    The network says what it said. But in training a norm divides by the deviation of its batch: one that is the
    identity, as a folded norm has become, would from the first step on be something else.

    Args:
        network: The network, on the CPU.
        run: Runs it on a batch.
        batches: What it will be trained on. Each time that a norm runs, on each batch, counts alike, as in training.
    """
    seen: dict[nn.Module, list[tuple[Tensor, Tensor]]] = {}

    def look(norm: nn.Module, inputs: tuple[Tensor]) -> None:
        seen.setdefault(norm, []).append((inputs[0].mean((0, 2, 3)), inputs[0].var((0, 2, 3))))

    norms = [part for part in network.modules() if isinstance(part, nn.BatchNorm2d)]
    hooks = [norm.register_forward_pre_hook(look) for norm in norms]
    training = network.training
    network.eval()
    try:
        for batch in batches:
            run(batch)
    finally:
        network.train(training)
        for hook in hooks:
            hook.remove()
    for norm in norms:
        mean, variance = (torch.stack(values).mean(0) for values in zip(*seen[norm], strict=True))
        assert norm.running_mean is not None and norm.running_var is not None
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        norm.bias.add_((mean - norm.running_mean) * scale)
        norm.weight.copy_(scale * torch.sqrt(variance + norm.eps))
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
