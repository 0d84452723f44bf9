"""Which backend to use on this machine, and why not a faster one."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import logging
from collections.abc import Sequence
from pathlib import Path

from engine.backends.base import Backend
from engine.backends.calibration import Calibration, calibrate, processor, remember, remembered
from engine.errors import BackendError, BuildError
from engine.models import ModelStore, open_models
from engine.threads import limit_blas

_LOG = logging.getLogger(__name__)

BACKEND_NAMES = (
    "auto",
    "onnxruntime",
    "onnxruntime-mixed",
    "onnxruntime-int8",
    "openvino",
    "tensorrt",
    "onnxruntime-cuda",
    "onnxruntime-tensorrt",
)

ON_GPU = ("tensorrt", "onnxruntime-cuda")
"""What ``auto`` tries first, the fastest first."""

ON_CPU = ("onnxruntime", "onnxruntime-mixed", "openvino")
"""What ``auto`` takes the fastest of otherwise; the first works everywhere."""

ONLY_IF_NAMED = ("onnxruntime-int8", "onnxruntime-tensorrt")
"""What ``auto`` never takes: one is less exact, the other compiles whenever it loads."""


def open_backend(
    name: str = "auto",
    threads: int | None = None,
    models: Path | None = None,
    precision: str = "fp16",
    may_build: bool = True,
) -> Backend:
    """A backend over the models in ``models`` (the bundled ones if None).

    ``auto`` takes the fastest that works here without compiling anything first, and logs a warning where a GPU that
    is there goes unused; what there is for the CPU is compared the first time, see :func:`fastest_on_cpu`.
    ``threads`` limits the CPU threads of one graph; ``precision`` (``fp16`` or ``fp32``) is for TensorRT, which
    compiles what it lacks if it is named and ``may_build``.

    Raises:
        BackendError: unknown name, or that backend cannot run here.
    """
    if name not in BACKEND_NAMES:
        raise BackendError(f"unknown backend {name!r}; choose one of {', '.join(BACKEND_NAMES)}")
    limit_blas()
    store = open_models(models)
    if name != "auto":
        return _open(name, store, threads, precision, may_build=may_build)
    for candidate in ON_GPU:
        missing = _missing(candidate, store)
        if missing:
            _LOG.debug("not %s: %s", candidate, missing)
            continue
        try:
            return _open(candidate, store, threads, precision, may_build=False)
        except BackendError as error:
            _LOG.warning("%s is not used: %s", candidate, error)
    return _open(fastest_on_cpu(store).fastest, store, threads, precision, may_build=False)


def usable_on_cpu(store: ModelStore) -> list[str]:
    """Those of :data:`ON_CPU` that lack nothing here."""
    return [name for name in ON_CPU if not _missing(name, store)]


def fastest_on_cpu(store: ModelStore) -> Calibration:
    """Which of :data:`ON_CPU` is fastest here with these models, as was measured the first time it was asked for.

    Raises:
        BackendError: the models cannot be used.
    """
    names = usable_on_cpu(store)
    if len(names) == 1:
        return Calibration(names[0], {})
    key = calibration_key(names, store)
    calibration = remembered(key)
    if calibration is None or calibration.fastest not in names:
        calibration = calibrate(names, lambda name: _open(name, store, None, "fp32", may_build=False))
        remember(key, calibration)
    return calibration


def calibration_key(names: Sequence[str], store: ModelStore) -> str:
    """What a calibration of these backends depends on, in short: processor, versions, models."""
    versions = [importlib.metadata.version(package) for package in ("onnxruntime", "openvino") if _installed(package)]
    small = store.int8_graphs(harmless=True)
    what = json.dumps([processor(), list(names), versions, sorted(store.hashes().items()), small])
    return hashlib.sha256(what.encode()).hexdigest()


def backend_report(models: Path | None = None, precision: str = "fp16") -> list[tuple[str, str]]:
    """Every backend in the order ``auto`` tries them, with how it stands: ``used``, or why not; opens nothing large."""
    report: list[tuple[str, str]] = []
    chosen = False
    store = open_models(models)
    fastest = fastest_on_cpu(store).fastest
    for candidate in (*ON_GPU, fastest, *(name for name in ON_CPU if name != fastest)):
        why = _missing(candidate, store) or _unready(candidate, store, precision)
        if why:
            report.append((candidate, why))
        else:
            report.append((candidate, "ready" if chosen else "used"))
            chosen = True
    return report + [(name, _missing(name, store) or "only if asked for") for name in ONLY_IF_NAMED]


def _open(name: str, store: ModelStore, threads: int | None, precision: str, may_build: bool) -> Backend:
    if name == "tensorrt":
        from engine.backends.tensorrt import TensorRtBackend

        return TensorRtBackend(store, precision, may_build=may_build)
    if name == "openvino":
        from engine.backends.openvino import OpenVinoBackend

        return OpenVinoBackend(store, threads)
    from engine.backends.onnxruntime import OnnxRuntimeBackend

    backend = OnnxRuntimeBackend(store, threads, name)
    if name != "onnxruntime":
        backend.check()
    return backend


def _missing(name: str, store: ModelStore) -> str:
    """What a backend lacks on this machine, package, GPU or variant of the models; empty if nothing."""
    if name == "openvino":
        return "" if _installed("openvino") else "not installed: pip install 'attntrack[openvino]'"
    if name == "tensorrt":
        from engine.backends.cuda import open_cuda
        from engine.backends.flavour import load_flavour

        try:
            open_cuda().close()  # first: without a GPU there is no need to load TensorRT's large libraries
            load_flavour()
        except BackendError as error:
            return str(error)
        return ""
    from engine.backends.onnxruntime import INT8, PROVIDERS, available_providers, int8_graphs

    if name in INT8 and not int8_graphs(store, name):
        return f"these models have {INT8[name]}"
    if PROVIDERS[name] in available_providers():
        return ""
    return f"this onnxruntime has no {PROVIDERS[name]}: install onnxruntime-gpu in its place"


def _installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def _unready(name: str, store: ModelStore, precision: str) -> str:
    """Why a backend for which nothing is missing would not be used yet; empty if it would."""
    if name != "tensorrt":
        return ""
    from engine.backends.cuda import open_cuda
    from engine.backends.flavour import load_flavour
    from engine.backends.plans import PlanMaker

    cuda = open_cuda()
    device = cuda.device
    cuda.close()
    try:
        maker = PlanMaker(store, load_flavour(), device.target, device.name)
        for graph in store.graphs:
            maker.obtain(graph, maker.ladder(graph, precision)[0], may_build=False)
    except BuildError as error:
        return str(error)
    return ""
