"""Which TensorRT is installed: TensorRT, or TensorRT for RTX, which share one Python interface."""

from __future__ import annotations

import functools
import importlib
import logging
from dataclasses import dataclass
from typing import Any

from engine.errors import BackendError

_LOG = logging.getLogger(__name__)

FLAVOURS = ("tensorrt", "tensorrt_rtx")
"""Import names, the first that can be imported is taken."""

INSTALL = "pip install 'attntrack[gpu]'"


@dataclass(frozen=True, slots=True, eq=False)
class Flavour:
    """An importable TensorRT."""

    name: str
    version: str
    module: Any
    logger: Any
    """Kept here because every TensorRT object refers to it for as long as it lives."""

    @property
    def rtx(self) -> bool:
        """Whether this is TensorRT for RTX: it compiles without a GPU, for any compute capability it lists."""
        return hasattr(self.module, "ComputeCapability")

    @property
    def targets(self) -> tuple[str, ...]:
        """Compute capabilities it can compile for without such a GPU, as ``sm86``; none for the full TensorRT."""
        if not self.rtx:
            return ()
        return tuple(name.lower() for name in self.module.ComputeCapability.__members__ if name.startswith("SM"))


def load_flavour(name: str | None = None) -> Flavour:
    """The TensorRT of this import name, or the first one that is installed.

    Raises:
        BackendError: it is not installed, or cannot be imported.
    """
    why: list[str] = []
    for candidate in (name,) if name else FLAVOURS:
        try:
            return _import(candidate)
        # without its libraries the package raises whatever its own loader raises
        except (ImportError, OSError, RuntimeError) as error:
            _LOG.debug("no %s: %s", candidate, error)
            if not isinstance(error, ModuleNotFoundError) or error.name != candidate:
                why.append(f"{candidate} cannot be imported: {error}")
    raise BackendError("; ".join(why) or f"TensorRT is not installed; install it with: {INSTALL}")


@functools.cache
def _import(name: str) -> Flavour:
    module = importlib.import_module(name)
    return Flavour(name, str(module.__version__), module, _logger(module))


def _logger(module: Any) -> Any:
    """TensorRT's messages as records of Python's logging."""
    levels = {
        module.ILogger.Severity.INTERNAL_ERROR: logging.ERROR,
        module.ILogger.Severity.ERROR: logging.ERROR,
        module.ILogger.Severity.WARNING: logging.WARNING,
        module.ILogger.Severity.INFO: logging.DEBUG,
        module.ILogger.Severity.VERBOSE: logging.DEBUG,
    }

    class Logger(module.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            module.ILogger.__init__(self)
            self.last_error = ""

        def log(self, severity: Any, message: str) -> None:
            level = levels[severity]
            if level >= logging.ERROR:
                self.last_error = message
                level = logging.DEBUG  # said once, in the exception that it leads to
            _LOG.log(level, "%s", message)

    return Logger()
