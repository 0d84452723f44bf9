"""Which backend to use on this machine, and why not a faster one."""

from __future__ import annotations

import logging
from pathlib import Path

from engine.backends.base import Backend
from engine.errors import BackendError, BuildError
from engine.models import ModelStore, open_models
from engine.threads import limit_blas

_LOG = logging.getLogger(__name__)

BACKEND_NAMES = ("auto", "onnxruntime", "openvino", "tensorrt", "onnxruntime-cuda", "onnxruntime-tensorrt")

AUTO_ORDER = ("tensorrt", "onnxruntime-cuda", "onnxruntime")
"""What ``auto`` tries, the fastest first. ONNX Runtime's own TensorRT compiles whenever it loads, so it is not here."""


def open_backend(
    name: str = "auto",
    threads: int | None = None,
    models: Path | None = None,
    precision: str = "fp16",
    may_build: bool = True,
) -> Backend:
    """A backend over the models in ``models`` (the bundled ones if None).

    ``auto`` takes the fastest that works here without compiling anything first, and logs a warning where a GPU that
    is there goes unused. ``threads`` limits the CPU threads of one graph; ``precision`` (``fp16`` or ``fp32``) is for
    TensorRT, which compiles what it lacks if it is named and ``may_build``.

    Raises:
        BackendError: unknown name, or that backend cannot run here.
    """
    if name not in BACKEND_NAMES:
        raise BackendError(f"unknown backend {name!r}; choose one of {', '.join(BACKEND_NAMES)}")
    limit_blas()
    store = open_models(models)
    if name != "auto":
        return _open(name, store, threads, precision, may_build=may_build)
    for candidate in AUTO_ORDER[:-1]:
        missing = _missing(candidate)
        if missing:
            _LOG.debug("not %s: %s", candidate, missing)
            continue
        try:
            return _open(candidate, store, threads, precision, may_build=False)
        except BackendError as error:
            _LOG.warning("%s is not used: %s", candidate, error)
    return _open(AUTO_ORDER[-1], store, threads, precision, may_build=False)


def backend_report(models: Path | None = None, precision: str = "fp16") -> list[tuple[str, str]]:
    """Every backend in the order ``auto`` tries them, with how it stands: ``used``, or why not; opens nothing large."""
    report: list[tuple[str, str]] = []
    chosen = False
    for candidate in AUTO_ORDER:
        why = _missing(candidate) or _unready(candidate, models, precision)
        if why:
            report.append((candidate, why))
        else:
            report.append((candidate, "ready" if chosen else "used"))
            chosen = True
    why = _missing("onnxruntime-tensorrt") or "only if asked for: it compiles whenever it loads"
    return [*report, ("onnxruntime-tensorrt", why)]


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


def _missing(name: str) -> str:
    """What a backend lacks on this machine, package or GPU; empty if nothing."""
    if name == "tensorrt":
        from engine.backends.cuda import open_cuda
        from engine.backends.flavour import load_flavour

        try:
            open_cuda().close()  # first: without a GPU there is no need to load TensorRT's large libraries
            load_flavour()
        except BackendError as error:
            return str(error)
        return ""
    from engine.backends.onnxruntime import PROVIDERS, available_providers

    if PROVIDERS[name] in available_providers():
        return ""
    return f"this onnxruntime has no {PROVIDERS[name]}: install onnxruntime-gpu in its place"


def _unready(name: str, models: Path | None, precision: str) -> str:
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
        store = open_models(models)
        maker = PlanMaker(store, load_flavour(), device.target, device.name)
        for graph in store.graphs:
            maker.obtain(graph, maker.ladder(graph, precision)[0], may_build=False)
    except BuildError as error:
        return str(error)
    return ""
