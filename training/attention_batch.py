"""Samples of the pool as batches of tensors, with strangers' targets mixed in."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.errors import SourceError
from engine.tracking.attention import Variant
from training.attention_pool import SampleRing
from training.evidence import LEARNED, Learned
from training.gan import Batch

CELLS = ("memory16", "matched16", "matched8")
CONDITION = (*CELLS, *(field[0] for field in LEARNED), "sides")
"""What a sample knows of its target."""
FEATURES = ("f16", "f8", *CELLS)
MIRRORED = (*FEATURES, "rgb", "truth")
REREAD = 100
"""Batches between two looks at which groups the rings hold."""


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
        Learned(*(tensor(field[0]) for field in LEARNED)),
        tensor("rgb") / 255.0,
        tensor("truth")[:, None] / 255.0,
    )


@dataclass(frozen=True)
class BatchConfig:
    """How samples are changed as they are drawn: none of it costs the trunk's time again.

    ``strangers``: share of samples that ask for another sample's target, which is not there: their map is black.
    ``exchanged``: share of samples that get the view of their target which another sample of the same footage has.
    ``flipped``: share of samples mirrored. ``noise``: of the features, in their own standard deviations.
    """

    size: int = 32
    strangers: float = 0.2
    exchanged: float = 0.5
    flipped: float = 0.5
    noise: float = 0.1


class BatchMaker:
    """Draws batches, each of frames of one shape.

    ``exchangeable`` are the groups with one and the same target throughout.
    """

    def __init__(
        self,
        rings: Mapping[Variant, SampleRing],
        config: BatchConfig = BatchConfig(),
        exchangeable: Set[int] = frozenset(),
    ) -> None:
        self._rings, self._config, self._exchangeable = dict(rings), config, exchangeable
        self._drawn = 0
        self._groups: dict[Variant, NDArray[np.int32]] = {}

    def draw(self, rng: np.random.Generator) -> Batch:
        """One batch at random."""
        return to_batch(self.records(rng))

    def records(self, rng: np.random.Generator) -> NDArray[np.void]:
        """One batch at random, as samples."""
        variants = [v for v, ring in self._rings.items() if len(ring.filled()) >= 2]
        if not variants:
            raise SourceError("the pool holds no samples yet; fill it first")
        ring = self._rings[variants[int(rng.integers(len(variants)))]]
        if self._drawn % REREAD == 0:
            self._groups = {variant: self._rings[variant].groups() for variant in variants}
        self._drawn += 1
        filled = ring.filled()
        records = ring.read(rng.choice(filled, min(self._config.size, len(filled)), replace=False))
        rng.shuffle(records)
        self._exchange(records, ring, rng)
        self._estrange(records)
        for record in records:
            if rng.random() < self._config.flipped:
                for name in MIRRORED:
                    record[name] = record[name][..., ::-1].copy()
        for name in FEATURES:
            values = records[name].astype(np.float32)
            spread = self._config.noise * values.std()
            records[name] = values + spread * rng.standard_normal(values.shape, dtype=np.float32)
        return records

    def _exchange(self, records: NDArray[np.void], ring: SampleRing, rng: np.random.Generator) -> None:
        groups = self._groups.get(ring.variant, np.zeros(0, np.int32))
        for record in records:
            group = int(record["group"])
            if group in self._exchangeable and (groups == group).any() and rng.random() < self._config.exchanged:
                other = ring.read([int(rng.choice(np.flatnonzero(groups == group)))])[0]
                if int(other["group"]) == group:  # the ring may have moved on
                    for name in CONDITION:
                        record[name] = other[name]

    def _estrange(self, records: NDArray[np.void]) -> None:
        count = round(self._config.strangers * len(records))
        sources = records[-count:].copy() if count else records[:0]
        for i in range(count):
            if records["group"][i] != sources["group"][i]:
                for name in CONDITION:
                    records[name][i] = sources[name][i]
                records["truth"][i] = 0
