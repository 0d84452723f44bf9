"""Samples of the pool as batches of tensors, with strangers' targets mixed in."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.errors import SourceError
from engine.tracking.attention import Variant
from training.attention_pool import SampleRing
from training.gan import Batch

CONDITION = ("memory16", "matched16", "matched8")


def to_batch(records: NDArray[np.void]) -> Batch:
    """The samples as tensors, channels last."""

    def tensor(name: str) -> Tensor:
        values = torch.from_numpy(np.ascontiguousarray(records[name], dtype=np.float32))
        return values

    def image(values: Tensor) -> Tensor:
        return values.contiguous(memory_format=torch.channels_last)

    f16 = tensor("f16")
    memory = tensor("memory16")
    return Batch(
        (image(f16[:, 0]), image(f16[:, 1]), image(f16[:, 2])),
        image(tensor("f8")),
        image(memory.reshape(-1, *memory.shape[2:])),
        image(tensor("matched16")),
        image(tensor("matched8")),
        tensor("rgb") / 255.0,
        tensor("truth")[:, None] / 255.0,
    )


class BatchMaker:
    """Draws batches, wide and square frames by turns.

    A share of the samples asks for the target of another sample, which is not there: its map is black.
    """

    def __init__(
        self, rings: Mapping[Variant, SampleRing], size: int = 32, strangers: float = 0.12, seed: int = 0
    ) -> None:
        self._rings, self._size, self._strangers = dict(rings), size, strangers
        self._rng = np.random.default_rng(seed)
        self._turn = 0

    def draw(self) -> Batch:
        """The next batch."""
        return to_batch(self.records())

    def records(self) -> NDArray[np.void]:
        """The next batch as samples."""
        variants = [v for v, ring in self._rings.items() if len(ring.filled()) >= 2]
        if not variants:
            raise SourceError("the pool holds no samples yet; fill it first")
        ring = self._rings[variants[self._turn % len(variants)]]
        self._turn += 1
        filled = ring.filled()
        records = ring.read(self._rng.choice(filled, min(self._size, len(filled)), replace=False))
        self._rng.shuffle(records)
        count = round(self._strangers * len(records))
        sources = records[-count:].copy() if count else records[:0]
        for i in range(count):
            if records["group"][i] != sources["group"][i]:
                for name in CONDITION:
                    records[name][i] = sources[name][i]
                records["truth"][i] = 0
        return records
