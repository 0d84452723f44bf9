"""TensorRT on a CUDA GPU: compiled plans, checked against ONNX Runtime before they are used."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.backends.base import Backend, BackendInfo, Feeds, Outputs
from engine.backends.cache import PlanCache
from engine.backends.cuda import CudaContext, open_cuda
from engine.backends.flavour import Flavour, load_flavour
from engine.backends.onnxruntime import OnnxRuntimeBackend
from engine.backends.parity import LIMITS, Parity, Yardstick
from engine.backends.plan_runner import Lane, PlanRunner
from engine.backends.plans import Made, PlanMaker
from engine.errors import BackendError, BuildError
from engine.models import ModelStore
from engine.types import Float32Array

_LOG = logging.getLogger(__name__)

BACKGROUND = ("learn",)
"""Graphs that run beside tracking, on a stream that yields to it."""


@dataclass(frozen=True, slots=True)
class GraphReport:
    """How a graph came to run: its precision, whether it was cached, its parity, and why not a faster precision."""

    graph: str
    precision: str
    origin: str
    seconds: float
    nbytes: int
    parity: Parity
    note: str = ""

    def __str__(self) -> str:
        note = f"; {self.note}" if self.note else ""
        return f"{self.graph} {self.precision}: differs from ONNX Runtime by {self.parity}{note}"


class TensorRtBackend(Backend):
    """Runs the graphs as TensorRT plans.

    Every call pushes the GPU's primary context on its thread and pops it again, so that tracking and learning may
    call from their own threads; graphs of one lane wait for each other.
    """

    def __init__(
        self,
        models: ModelStore,
        precision: str = "fp16",
        *,
        flavour: Flavour | None = None,
        cuda: CudaContext | None = None,
        cache: PlanCache | None = None,
        may_build: bool = True,
        again: bool = False,
        replay: bool = True,
        progress: Callable[[float, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        """Load every graph, compiling what is not cached (if ``may_build``) and checking what was not checked yet.

        With ``again`` everything is compiled anew. ``replay`` records each graph's work once, to be queued in one call.

        Raises:
            BackendError: no TensorRT, no GPU, a graph that cannot be compiled or does not compute what it should.
            Cancelled: ``cancelled`` returned True while compiling.
        """
        self.models = models
        self.reports: list[GraphReport] = []
        self._flavour = flavour or load_flavour()
        self._cuda = cuda or open_cuda()
        self._cache = cache or PlanCache()
        self._replay = replay
        self._runners: dict[str, PlanRunner] = {}
        self._lanes: list[Lane] = []
        self._runtime: _Runtime | None = None
        self._yardstick = Yardstick(lambda: OnnxRuntimeBackend(models))
        self._head: Mapping[str, Float32Array] | None = None
        self._open = True
        self._done, self._progress = 0, progress
        device = self._cuda.device
        maker = PlanMaker(
            models, self._flavour, device.target, device.name, self._cache, self._report_progress, cancelled
        )
        try:
            with self._cuda.current(), contextlib.closing(self._yardstick):
                self._lanes = [Lane(self._cuda, background=False), Lane(self._cuda, background=True)]
                self._runtime = _Runtime(self._flavour, self._cache, device.name)
                for graph in models.graphs:
                    self._prepare(maker, graph, precision, may_build, again)
                    self._done += 1
                self._runtime.save()
        except BaseException:
            self.close()
            raise

    @property
    def info(self) -> BackendInfo:
        """Flavour, GPU and precision; where graphs differ in precision, both."""
        used = sorted({report.precision for report in self.reports if report.graph not in BACKGROUND})
        version = f"{self._flavour.name} {self._flavour.version}, {self._cuda.package}"
        return BackendInfo("tensorrt", self._cuda.device.name, "+".join(used), version)

    def run(self, graph: str, feeds: Feeds) -> Outputs:
        """All outputs of the graph by name; read-only, so that they can be found again on the GPU."""
        runner = self._runners.get(graph)
        if runner is None:
            raise BackendError(f"TensorRT has no graph {graph!r} loaded; reinstall attntrack")
        with self._cuda.current():
            return runner.run(feeds)

    def head(self) -> Mapping[str, Float32Array]:
        """The online classifier's initial weights, read-only: the same arrays need no second upload."""
        if self._head is None:
            # arrays of their own memory: only those are known to be constant
            self._head = {name: array.copy() for name, array in self.models.head().items()}
            for array in self._head.values():
                array.flags.writeable = False
        return self._head

    def warm_up(self) -> None:
        """Run every graph once; the plans are loaded already."""
        with self._cuda.current():
            for runner in self._runners.values():
                runner.run_on_zeros()

    def close(self) -> None:
        """Give back all memory and the GPU's context. Nothing may be running."""
        if not self._open:
            return
        self._open = False
        with self._cuda.current():
            for runner in self._runners.values():
                runner.close()
            for lane in self._lanes:
                lane.close()
            self._runtime = None
        self._runners, self._lanes = {}, []
        self._cuda.close()

    def _report_progress(self, share: float, phase: str) -> None:
        if self._progress is not None:
            graphs = self.models.graphs
            name = graphs[min(self._done, len(graphs) - 1)]
            self._progress((self._done + share) / len(graphs), f"{name}: {phase}")

    def _prepare(self, maker: PlanMaker, graph: str, precision: str, may_build: bool, again: bool) -> None:
        """Load the graph in the best precision that passes parity."""
        rejected = ""
        for step in maker.ladder(graph, precision):
            made = maker.build(graph, step) if again else maker.obtain(graph, step, may_build)
            known = _noted_parity(made, step)
            if known is None or known.passed:
                made, runner, parity = self._load(maker, graph, step, made, known, may_build)
                if parity.passed:
                    self._runners[graph] = runner
                    seconds = float(made.notes.get("seconds", 0.0))
                    self.reports.append(
                        GraphReport(graph, step, made.origin, seconds, len(made.plan), parity, rejected)
                    )
                    return
                runner.close()
                known = parity
            rejected = f"{step} is off by {known}"
            _LOG.warning("TensorRT's %s: %s", graph, rejected)
        raise BackendError(f"TensorRT computes {graph} wrongly here: {rejected}; use --backend onnxruntime")

    def _load(
        self, maker: PlanMaker, graph: str, precision: str, made: Made, known: Parity | None, may_build: bool
    ) -> tuple[Made, PlanRunner, Parity]:
        """The graph ready to run, and its parity, measured if it is not known."""
        assert self._runtime is not None
        lane = self._lanes[graph in BACKGROUND]
        pair = self._runtime.load(made.plan)
        if pair is None and made.origin == "cached" and may_build:
            _LOG.warning("the cached plan of %s is refused by TensorRT; it is compiled again", graph)
            made, known = maker.build(graph, precision, "rebuilt: TensorRT refused the cached one"), None
            pair = self._runtime.load(made.plan)
        if pair is None:
            why = self._flavour.logger.last_error or "no reason given"
            raise BackendError(f"TensorRT cannot load the plan of {graph}: {why}; use --backend onnxruntime")
        runner = PlanRunner(self._flavour, *pair, lane, graph)
        try:
            if known is None:
                known = self._yardstick.check(graph, precision, runner.run)
                self._keep(made, known)
            if self._replay:
                runner.run_on_zeros()
                runner.record()
        except BackendError:
            runner.close()
            raise
        return made, runner, known

    def _keep(self, made: Made, parity: Parity) -> None:
        notes = {**made.notes, "parity_error": parity.error, "parity_output": parity.output}
        try:
            self._cache.store(made.key, made.plan, notes)
        except BuildError as error:
            _LOG.warning("%s; until then plans are compiled at every start", error)


class _Runtime:
    """TensorRT's runtime, with the kernels that TensorRT for RTX compiles when a plan is loaded kept on disk."""

    def __init__(self, flavour: Flavour, cache: PlanCache, gpu: str) -> None:
        self._flavour, self._cache = flavour, cache
        self._runtime = flavour.module.Runtime(flavour.logger)
        self._kernels: Any = None
        name = "".join(c if c.isalnum() else "-" for c in gpu)
        self._file = f"kernels-{flavour.name}-{flavour.version}-{name}.cache"

    def load(self, plan: bytes) -> tuple[Any, Any] | None:
        """The engine and a context to run it in; None if the plan is refused."""
        self._flavour.logger.last_error = ""
        engine = self._runtime.deserialize_cuda_engine(plan)
        if engine is None:
            return None
        if not self._flavour.rtx:
            execution = engine.create_execution_context()
        else:
            config = engine.create_runtime_config()
            if self._kernels is None:
                self._kernels = config.create_runtime_cache()
                stored = self._cache.read(self._file)
                if stored:  # of another driver or version: refused by TensorRT, and made anew
                    self._kernels.deserialize(stored)
            config.set_runtime_cache(self._kernels)
            execution = engine.create_execution_context(config)
        return None if execution is None else (engine, execution)

    def save(self) -> None:
        """Keep the kernels compiled so far."""
        if self._kernels is not None:
            data = bytes(self._kernels.serialize())
            if data and data != self._cache.read(self._file):
                self._cache.try_write(self._file, data)


def _noted_parity(made: Made, precision: str) -> Parity | None:
    """The parity that was measured when the plan was stored, if it was."""
    try:
        return Parity(float(made.notes["parity_error"]), LIMITS[precision], str(made.notes["parity_output"]))
    except (KeyError, TypeError, ValueError):
        return None
