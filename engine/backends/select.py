"""Which backend to use on this machine."""

from __future__ import annotations

from pathlib import Path

from engine.backends.base import Backend
from engine.errors import BackendError
from engine.models import open_models

BACKEND_NAMES = ("auto", "onnxruntime", "tensorrt")


def open_backend(name: str = "auto", threads: int | None = None, models: Path | None = None) -> Backend:
    """A backend over the models in ``models`` (the bundled ones if None).

    ``auto`` takes the fastest that works here. ``threads`` limits the CPU threads of one graph.

    Raises:
        BackendError: unknown name, or that backend cannot run here.
    """
    if name not in BACKEND_NAMES:
        raise BackendError(f"unknown backend {name!r}; choose one of {', '.join(BACKEND_NAMES)}")
    if name == "tensorrt":
        raise BackendError("TensorRT is not available in this version; use --backend onnxruntime")
    from engine.backends.onnxruntime import OnnxRuntimeBackend

    return OnnxRuntimeBackend(open_models(models), threads)
