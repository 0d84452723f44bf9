"""Where training runs: on the CPU or a GPU, in one process or in several that ``torchrun`` has started.

Each process draws batches of its own and their gradients are averaged, so that N processes take steps on batches N
times as large. The first process prepares the data, checks, and writes; the others only help with the steps.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, distributed, nn

PATIENCE = timedelta(hours=6)
"""How long the others wait while the first process prepares the data."""


class Ranks:
    """The processes of a run. ``rank`` counts from 0, ``world`` is their number."""

    def __init__(self, rank: int = 0, world: int = 1, device: torch.device | None = None) -> None:
        self.rank, self.world = rank, world
        self.device = device or torch.device("cpu")

    @property
    def first(self) -> bool:
        """Whether this process is the one that prepares, checks and writes."""
        return self.rank == 0

    def wait(self) -> None:
        """Go on when every process has come here."""
        if self.world > 1:
            distributed.barrier()

    def agree(self, flag: bool) -> bool:
        """What the first process says, in all of them."""
        if self.world == 1:
            return flag
        told = torch.tensor([float(flag)], device=self.device)
        distributed.broadcast(told, 0)
        return bool(told.item())

    def tell(self, value: Any) -> Any:
        """What the first process has, in all of them."""
        if self.world == 1:
            return value
        told = [value]
        distributed.broadcast_object_list(told, 0, device=self.device)
        return told[0]

    def share(self, modules: Iterable[nn.Module]) -> None:
        """Give every process the weights of the first."""
        if self.world > 1:
            for module in modules:
                for value in module.state_dict().values():
                    distributed.broadcast(value, 0)

    def average_gradients(self, parameters: Iterable[Tensor]) -> None:
        """Replace every gradient by its mean over the processes, sent as one block."""
        if self.world == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        block = torch.cat([gradient.reshape(-1) for gradient in gradients])
        distributed.all_reduce(block)
        block /= self.world
        for gradient, part in zip(gradients, block.split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(part.reshape(gradient.shape))


ALONE = Ranks()
"""One process on the CPU."""


def half(device: torch.device) -> AbstractContextManager[Any]:
    """Mixed precision for the forward pass of a network on a GPU that has bfloat16; nothing elsewhere.

    float16 would ask for scaled losses besides, which older GPUs are not worth.
    """
    if device.type != "cuda" or not torch.cuda.is_bf16_supported(including_emulation=False):
        return nullcontext()
    return torch.autocast("cuda", dtype=torch.bfloat16)


@contextmanager
def join_ranks() -> Iterator[Ranks]:
    """The processes of this run: those of ``torchrun``, by its environment variables, or this one alone."""
    world, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
        torch.cuda.set_device(device)
    if world == 1:
        yield Ranks(device=device)
        return
    # the first optimiser imports it, and what it then notes of the group would outlive that, its threads included
    importlib.import_module("torch._dynamo")
    backend = "nccl" if device.type == "cuda" else "gloo"
    distributed.init_process_group(backend, rank=rank, world_size=world, timeout=PATIENCE)
    try:
        yield Ranks(rank, world, device)
    finally:
        distributed.destroy_process_group()


def to_device(batch: Any, device: torch.device) -> Any:
    """A tensor, or a tuple or dataclass of tensors, on the device; anything else as it is."""
    if isinstance(batch, Tensor):
        return batch.to(device, non_blocking=True)
    if isinstance(batch, tuple):
        moved = [to_device(part, device) for part in batch]
        return type(batch)(*moved) if hasattr(batch, "_fields") else tuple(moved)
    if is_dataclass(batch) and not isinstance(batch, type):
        return replace(batch, **{f.name: to_device(getattr(batch, f.name), device) for f in fields(batch)})
    return batch


def to_float(values: Any) -> Any:
    """A tensor, or a tuple of them, as float32, as losses are computed."""
    if isinstance(values, Tensor):
        return values.float() if values.is_floating_point() else values
    moved = [to_float(value) for value in values]
    return type(values)(*moved) if hasattr(values, "_fields") else tuple(moved)
