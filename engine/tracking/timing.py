"""Where the time of a frame goes: a clock by stage, fed by every graph that runs, and a stop between two graphs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from engine.backends.base import Backend, BackendInfo, Feeds, Outputs
from engine.errors import Cancelled
from engine.hurry import NOW
from engine.types import Float32Array, Timings


class ClockedBackend(Backend):
    """A backend that adds up the milliseconds of each graph since the last :meth:`lap`.

    ``learn`` is left out: it may run on another thread beside tracking. ``pressed`` says how urgently the caller is
    wanted back, see :mod:`engine.hurry`: a graph is not run for somebody who is pressed more than he has patience.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.pressed: Callable[[], int] = lambda: 0
        self._patience = NOW
        self._caller = 0
        self._stages: dict[str, float] = {}
        self._adding = threading.Lock()
        self._lap_start = time.perf_counter()

    @property
    def info(self) -> BackendInfo:
        """The wrapped backend's."""
        return self._backend.info

    def run(self, graph: str, feeds: Feeds) -> Outputs:
        """Run the graph and note the time under its name. Raises Cancelled when the caller is pressed."""
        if self.pressed() > self._patience and (graph != "learn" or threading.get_ident() == self._caller):
            raise Cancelled("Something more urgent came up.")
        start = time.perf_counter()
        outputs = self._backend.run(graph, feeds)
        if graph != "learn":
            self.add(graph.partition("_")[0], (time.perf_counter() - start) * 1e3)
        return outputs

    def add(self, stage: str, milliseconds: float) -> None:
        """Count time that this frame's stage took, here or before its clock was started."""
        with self._adding:
            self._stages[stage] = self._stages.get(stage, 0.0) + milliseconds

    def head(self) -> Mapping[str, Float32Array]:
        """The wrapped backend's."""
        return self._backend.head()

    def begin(self, patience: int = NOW) -> None:
        """Start the clock of a frame that this thread asks for; it is given up for what is more urgent than that."""
        self._patience, self._caller = patience, threading.get_ident()
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
