"""The tracker without `locate`: MDNet's own way, Gaussian samples that the classifier judges and regression refines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from engine.backends.base import Backend, BackendInfo, Feeds, Outputs
from engine.config import TrackerConfig
from engine.types import Float32Array

MIDDLE = 32.0
"""Pixels of the crop from a cell to the sides of its box: with a search region of four sizes, the target's own."""


def sampling_only(config: TrackerConfig) -> TrackerConfig:
    """The configuration in which nothing of `locate` counts: neither its boxes, nor its scores, nor its extent."""
    return replace(config, search=replace(config.search, located=1, tight=0, belief_weight=1.0, ridge_weight=1.0))


class WithoutLocate(Backend):
    """A backend whose `locate` sees nothing anywhere."""

    def __init__(self, inner: Backend) -> None:
        self._inner = inner

    @property
    def info(self) -> BackendInfo:
        """What the backend is."""
        return self._inner.info

    def run(self, graph: str, feeds: Feeds) -> Outputs:
        """The graph's outputs; those of `locate` are blank."""
        if graph != "locate":
            return self._inner.run(graph, feeds)
        blank = np.zeros((1, 16, 16), np.float32)
        return {"score": blank, "quality": blank, "ltrb": np.full((1, 4, 16, 16), MIDDLE, np.float32)}

    def head(self) -> Mapping[str, Float32Array]:
        """The classifier's initial weights."""
        return self._inner.head()

    def warm_up(self) -> None:
        """Load the graphs."""
        self._inner.warm_up()

    def close(self) -> None:
        """Nothing: the inner backend is its owner's."""
