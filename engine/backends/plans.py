"""Plans for the graphs of a model folder: taken from the cache where they can be trusted, else compiled."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.backends.build import BuildOptions, Progress, build_plan, check_target
from engine.backends.cache import Entry, PlanCache, PlanKey
from engine.backends.flavour import Flavour
from engine.errors import BuildError
from engine.models import ModelStore, sha256_of

_LOG = logging.getLogger(__name__)

PRECISIONS = ("fp16", "fp32")


@dataclass(frozen=True, slots=True)
class Made:
    """A plan, where it came from, and what is noted with it."""

    key: PlanKey
    plan: bytes
    notes: Mapping[str, Any]
    origin: str
    """``cached``, ``compiled``, or ``rebuilt`` with the reason."""


@dataclass(frozen=True, slots=True)
class PlanMaker:
    """Makes plans for one kind of GPU: that of this machine (``gpu`` names it), or any with this capability."""

    models: ModelStore
    flavour: Flavour
    target: str
    gpu: str = ""
    cache: PlanCache = field(default_factory=PlanCache)
    progress: Progress | None = None
    cancelled: Callable[[], bool] | None = None

    def ladder(self, graph: str, precision: str) -> tuple[str, ...]:
        """The precisions to try for this graph, best first: a graph without a float16 variant has one only."""
        if precision not in PRECISIONS:
            raise BuildError(f"unknown precision {precision!r}; choose one of {', '.join(PRECISIONS)}")
        return ("fp16", "fp32") if precision == "fp16" and self.models.half_path(graph) else ("fp32",)

    def obtain(self, graph: str, precision: str, may_build: bool = True) -> Made:
        """The plan of a graph.

        Raises:
            BuildError: it cannot be compiled, or would have to be and must not.
            Cancelled: the user gave up.
        """
        key = self.key(graph, precision)
        found = self.cache.load(key)
        if isinstance(found, Entry):
            return Made(key, found.plan, found.notes, "cached")
        portable = self.cache.load(self.key(graph, precision, gpu="")) if self.gpu else found
        if isinstance(portable, Entry):
            return Made(key, portable.plan, {}, "cached")
        if not may_build:
            raise BuildError(f"the TensorRT plan of {graph} is {found.reason}: run attntrack build")
        if found.suspicious:
            _LOG.warning("the cached plan %s %s; it is compiled again", self.cache.path(key), found.reason)
            return self.build(graph, precision, f"rebuilt: the cached one {found.reason}")
        return self.build(graph, precision)

    def build(self, graph: str, precision: str, origin: str = "compiled") -> Made:
        """A fresh plan; it is not stored yet."""
        key = self.key(graph, precision)
        start = time.perf_counter()
        timing_name = f"timing-{self.flavour.name}-{self.flavour.version}-{self.target}.cache"
        plan, timing = build_plan(
            self.flavour,
            self._source(graph, precision),
            BuildOptions(self.target if self.flavour.rtx else None, exact=precision == "fp32"),
            self.progress,
            self.cancelled,
            self.cache.read(timing_name),
        )
        if timing:
            self.cache.try_write(timing_name, timing)
        return Made(key, plan, {"seconds": round(time.perf_counter() - start, 2)}, origin)

    def key(self, graph: str, precision: str, gpu: str | None = None) -> PlanKey:
        """Everything the plan depends on."""
        return PlanKey(
            graph,
            sha256_of(self._source(graph, precision)),
            self.flavour.name,
            self.flavour.version,
            self.gpu if gpu is None else gpu,
            self.target,
            precision,
        )

    def _source(self, graph: str, precision: str) -> Path:
        if precision == "fp32":
            return self.models.path(graph)
        half = self.models.half_path(graph)
        if half is None:
            raise BuildError(f"graph {graph!r} has no float16 variant; use --precision fp32")
        return half


def compile_for(makers: Iterable[PlanMaker], precision: str, again: bool, done: Callable[[Made], None]) -> None:
    """Compile every graph for GPUs that need not be in this machine, and store the plans; ``done`` hears of each.

    Parity is checked on the machine that runs them, when they are first loaded there.

    Args:
        makers: One for each kind of GPU, without the name of one.
        precision: ``fp16`` or ``fp32``; graphs without a float16 variant are compiled in float32.
        again: Compile also what is cached.
        done: Called after each plan.
    """
    for maker in makers:
        if not maker.flavour.rtx:
            raise BuildError(
                "the full TensorRT compiles only for the GPU that is in the machine; "
                "for --target install the package tensorrt-rtx"
            )
        check_target(maker.flavour, maker.target)
        for graph in maker.models.graphs:
            best = maker.ladder(graph, precision)[0]
            made = maker.build(graph, best) if again else maker.obtain(graph, best)
            if made.origin != "cached":
                maker.cache.store(made.key, made.plan, made.notes)
            done(made)
