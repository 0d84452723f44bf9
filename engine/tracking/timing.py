"""Where the time of a frame goes: a clock by stage, fed by every graph that runs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Self

from engine.backends.base import Backend, BackendInfo, Feeds, Outputs
from engine.types import Float32Array, Timings


class ClockedBackend:
    """A backend that adds up the milliseconds of each graph since the last :meth:`lap`.

    ``learn`` is left out: it may run on another thread beside tracking.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._stages: dict[str, float] = {}
        self._lap_start = time.perf_counter()

    @property
    def info(self) -> BackendInfo:
        """The wrapped backend's."""
        return self._backend.info

    def run(self, graph: str, feeds: Feeds) -> Outputs:
        """Run the graph and note the time under its name."""
        start = time.perf_counter()
        outputs = self._backend.run(graph, feeds)
        if graph != "learn":
            stage = graph.partition("_")[0]
            self._stages[stage] = self._stages.get(stage, 0.0) + (time.perf_counter() - start) * 1e3
        return outputs

    def head(self) -> Mapping[str, Float32Array]:
        """The wrapped backend's."""
        return self._backend.head()

    def begin(self) -> None:
        """Start the clock of a frame."""
        self._stages = {}
        self._lap_start = time.perf_counter()

    def lap(self) -> Timings:
        """The stages since :meth:`begin`, and the time that went by; graphs on two threads overlap in it."""
        total = (time.perf_counter() - self._lap_start) * 1e3
        return Timings(MappingProxyType(dict(self._stages)), total)

    def warm_up(self) -> None:
        """Warm up the wrapped backend."""
        self._backend.warm_up()

    def close(self) -> None:
        """Close the wrapped backend."""
        self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
