"""Static memory of one graph: where each tensor lies, and which stretches have to be copied."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.types import UInt8Array

ALIGNMENT = 256
"""Bytes; what CUDA aligns its own allocations to, and TensorRT asks of every tensor."""


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Name, shape and type of a tensor of a graph."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def nbytes(self) -> int:
        """Bytes it takes."""
        return math.prod(self.shape) * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class Layout:
    """Tensors one after another in one block, so that neighbours travel in one copy."""

    specs: tuple[TensorSpec, ...]
    offsets: tuple[int, ...]
    nbytes: int

    @classmethod
    def of(cls, specs: Iterable[TensorSpec]) -> Layout:
        """The layout of these tensors in this order."""
        chosen = tuple(specs)
        offsets, end = [], 0
        for spec in chosen:
            offsets.append(end)
            end += -(-max(spec.nbytes, 1) // ALIGNMENT) * ALIGNMENT
        return cls(chosen, tuple(offsets), end)

    def views(self, block: UInt8Array) -> dict[str, NDArray[Any]]:
        """The tensors as arrays over ``block``."""
        return {
            spec.name: block[start : start + spec.nbytes].view(spec.dtype).reshape(spec.shape)
            for spec, start in zip(self.specs, self.offsets, strict=True)
        }

    def spans(self, names: Iterable[str]) -> list[tuple[int, int]]:
        """The fewest stretches ``(start, stop)`` of the block that hold these tensors and no others."""
        wanted = set(names)
        spans: list[tuple[int, int]] = []
        last = -2
        for index, (spec, start) in enumerate(zip(self.specs, self.offsets, strict=True)):
            if spec.name in wanted:
                if last == index - 1:
                    start = spans.pop()[0]
                spans.append((start, self.offsets[index] + spec.nbytes))
                last = index
        return spans
