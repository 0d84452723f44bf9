"""From an ONNX graph to a TensorRT plan, with progress and cancel; TensorRT for RTX needs no GPU for it."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.backends.flavour import Flavour
from engine.errors import BuildError, Cancelled

Progress = Callable[[float, str], None]
"""Called with the share that is done, 0..1, and what is being done; from TensorRT's own threads."""


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What the plan is for."""

    target: str | None = None
    """Compute capability as ``sm86``; None takes the GPU of this machine."""
    exact: bool = False
    """Keep float32 whole: no TF32 in matrix products."""


def build_plan(
    flavour: Flavour,
    model: Path,
    options: BuildOptions,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    timing_cache: bytes = b"",
) -> tuple[bytes, bytes]:
    """The serialized plan of the ONNX file ``model``, and the timing cache (empty where TensorRT keeps none).

    Raises:
        BuildError: the graph cannot be read or compiled for this target.
        Cancelled: ``cancelled`` returned True on the way.
    """
    trt = flavour.module
    check_target(flavour, options.target)
    flavour.logger.last_error = ""
    builder = trt.Builder(flavour.logger)
    strongly_typed = getattr(trt.NetworkDefinitionCreationFlag, "STRONGLY_TYPED", None)
    network = builder.create_network(0 if strongly_typed is None else 1 << int(strongly_typed))
    parser = trt.OnnxParser(network, flavour.logger)
    if not parser.parse(model.read_bytes()):
        why = "; ".join(str(parser.get_error(i).desc()) for i in range(parser.num_errors))
        raise BuildError(f"TensorRT cannot read {model.name}: {why or flavour.logger.last_error}; reinstall attntrack")
    config = builder.create_builder_config()
    if options.exact:
        config.clear_flag(trt.BuilderFlag.TF32)
    if options.target is not None and flavour.rtx:
        config.num_compute_capabilities = 1
        config.set_compute_capability(trt.ComputeCapability.__members__[options.target.upper()], 0)
    cache = _use_timing_cache(flavour, config, timing_cache)
    monitor = _monitor(flavour, progress, cancelled)
    config.progress_monitor = monitor
    plan = builder.build_serialized_network(network, config)
    if monitor.error is not None:
        raise monitor.error
    if plan is None:
        why = flavour.logger.last_error or "no reason given"
        raise BuildError(f"{flavour.name} cannot compile {model.stem}: {why}; use --backend onnxruntime")
    return bytes(plan), bytes(cache.serialize()) if cache is not None else b""


def check_target(flavour: Flavour, target: str | None) -> None:
    """Raise BuildError if plans for this compute capability cannot be compiled with this TensorRT."""
    if target is None or not flavour.rtx or target in flavour.targets:
        return
    raise BuildError(
        f"TensorRT for RTX {flavour.version} has no target {target}, only {', '.join(flavour.targets)}; "
        "on such a GPU install the package tensorrt"
    )


def _use_timing_cache(flavour: Flavour, config: Any, timing_cache: bytes) -> Any:
    if flavour.rtx:  # it times nothing when it builds
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        cache = config.create_timing_cache(timing_cache)
        # a cache of another machine or version is refused by TensorRT, and filled anew
        if not config.set_timing_cache(cache, False):
            cache = config.create_timing_cache(b"")
            config.set_timing_cache(cache, False)
    return cache


@dataclass(slots=True)
class _Phase:
    parent: str | None
    steps: int
    done: int = 0


class PhaseTree:
    """How far a build is, from the phases that TensorRT starts, steps through and ends inside each other."""

    def __init__(self) -> None:
        self._phases: dict[str, _Phase] = {}
        self._best = 0.0

    def start(self, name: str, parent: str | None, steps: int) -> None:
        """A phase of so many steps begins."""
        self._phases[name] = _Phase(parent, max(steps, 1))

    def step(self, name: str, step: int) -> None:
        """Step ``step``, counted from 0, of the phase is done."""
        phase = self._phases.get(name)
        if phase is not None:
            phase.done = min(step + 1, phase.steps)

    def finish(self, name: str) -> None:
        """The phase is over."""
        self._phases.pop(name, None)

    @property
    def share(self) -> float:
        """The share that is done, 0..1; never falls."""
        roots = [name for name, phase in self._phases.items() if phase.parent not in self._phases]
        if roots:
            self._best = max(self._best, self._share(roots[0]))
        return self._best

    def _share(self, name: str) -> float:
        phase = self._phases[name]
        inside = [self._share(child) for child, other in self._phases.items() if other.parent == name]
        return min((phase.done + (sum(inside) / len(inside) if inside else 0.0)) / phase.steps, 1.0)


def _monitor(flavour: Flavour, progress: Progress | None, cancelled: Callable[[], bool] | None) -> Any:
    """TensorRT's progress monitor over our callbacks; keep it until the build is over."""

    class Monitor(flavour.module.IProgressMonitor):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            flavour.module.IProgressMonitor.__init__(self)
            self.error: BaseException | None = None
            self._tree = PhaseTree()
            self._lock = threading.Lock()

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            with self._lock:
                self._tree.start(phase_name, parent_phase, num_steps)

        def phase_finish(self, phase_name: str) -> None:
            with self._lock:
                self._tree.finish(phase_name)

        def step_complete(self, phase_name: str, step: int) -> bool:
            # no exception may pass through TensorRT's C++ frames: it is kept, and raised when they have returned
            try:
                with self._lock:
                    self._tree.step(phase_name, step)
                    if self.error is None and cancelled is not None and cancelled():
                        self.error = Cancelled("compiling was cancelled; nothing was changed")
                    if self.error is None and progress is not None:
                        progress(self._tree.share, phase_name)
            except BaseException as error:
                self.error = error
            return self.error is None

    return Monitor()
