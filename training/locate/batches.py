"""Search crops with the memory of their target, or of another one, drawn from the pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.models import SLOTS
from training.data.episodes import CROPS, INIT, MEMORY, SEARCH, TURNED_CROPS
from training.data.pool import Pool

MEMORY8 = slice(8, 24)  # the central half of the maps of a centred crop
MEMORY16 = slice(4, 12)
_OVER = range(CROPS)[TURNED_CROPS]


@dataclass(frozen=True)
class BatchConfig:
    """How pairs are drawn."""

    size: int = 32
    negatives: float = 0.15
    only_first: float = 0.3  # share of the pairs whose memory holds nothing but the first frame


class Batch(NamedTuple):
    """Inputs of the network in its order, true boxes ``(N, 4)`` and ``(N,) bool`` whether the target is there."""

    f8: Tensor
    f16: Tensor
    memory8: Tensor
    memory16: Tensor
    boxes: Tensor
    present: Tensor


class BatchSource:
    """Draws batches; the pool may be refreshed meanwhile."""

    def __init__(self, pool: Pool, config: BatchConfig) -> None:
        self._pool, self._config = pool, config

    def draw(self, rng: np.random.Generator) -> Batch:
        """One batch at random."""
        pool, size = self._pool, self._config.size
        filled = pool.filled()
        slots = rng.choice(filled, size)
        search = rng.integers(SEARCH.start, SEARCH.stop, size)
        present = rng.random(size) >= self._config.negatives
        memory = [
            int(s) if there else self._other(int(s), filled, rng) for s, there in zip(slots, present, strict=True)
        ]
        # without another target to be had the pair stays a positive one
        present = np.array([m == s for m, s in zip(memory, slots, strict=True)])
        chosen = [self._memory_crops(rng) for _ in range(size)]
        return gather(pool, slots, search, memory, chosen, present)

    def _memory_crops(self, rng: np.random.Generator) -> list[int]:
        if rng.random() < self._config.only_first:
            return [INIT] * SLOTS + [*_OVER]
        # a slot is filled with one of the recent crops or still holds the first
        return [INIT, *(int(n) for n in rng.integers(INIT, MEMORY.stop, SLOTS - 1)), *_OVER]

    def _other(self, slot: int, filled: NDArray[np.int64], rng: np.random.Generator) -> int:
        """A slot with another target, of the same category where there is one."""
        labels = self._pool.labels
        target, category = labels["target"][slot], labels["category"][slot]
        others = filled[labels["target"][filled] != target]
        alike = others[labels["category"][others] == category]
        choice = alike if len(alike) else others
        return int(rng.choice(choice)) if len(choice) else slot


def gather(
    pool: Pool,
    slots: NDArray[np.int64],
    search: NDArray[np.int64],
    memory: list[int],
    chosen: list[list[int]],
    present: NDArray[np.bool_],
) -> Batch:
    """The batch of the given search crops, memory episodes and crops of these."""
    count = len(slots)
    f8 = np.stack([pool.f8[s, n] for s, n in zip(slots, search, strict=True)])
    f16 = np.stack([pool.f16[s, n] for s, n in zip(slots, search, strict=True)])
    memory8 = np.stack(
        [pool.f8[m, n, :, MEMORY8, MEMORY8] for m, crops in zip(memory, chosen, strict=True) for n in crops]
    )
    memory16 = np.stack(
        [pool.f16[m, n, :, MEMORY16, MEMORY16] for m, crops in zip(memory, chosen, strict=True) for n in crops]
    )
    boxes = np.stack([pool.labels["boxes"][s, n] for s, n in zip(slots, search, strict=True)])
    maps = (torch.from_numpy(a).float() for a in (f8, f16, memory8, memory16))
    return Batch(*maps, torch.from_numpy(boxes.reshape(count, 4)), torch.from_numpy(present))


def dev_batches(pool: Pool, size: int = 32) -> list[Batch]:
    """Every search crop of a development pool with its own memory, always in the same order."""
    pairs = [(slot, n) for slot in pool.filled() for n in range(SEARCH.start, SEARCH.stop)]
    crops = [INIT, MEMORY.start, MEMORY.start + 1, INIT, *_OVER]
    batches = []
    for start in range(0, len(pairs), size):
        part = pairs[start : start + size]
        slots = np.array([slot for slot, _ in part])
        search = np.array([n for _, n in part])
        there = np.ones(len(part), dtype=bool)
        batches.append(gather(pool, slots, search, [int(s) for s in slots], [crops] * len(part), there))
    return batches
