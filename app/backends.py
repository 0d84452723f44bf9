"""What can run the networks, as the user chooses it: by name and precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from app.backend_probe import COMPILED, PRECISIONS
from app.settings import Settings
from engine.backends.select import BACKEND_NAMES

_T = cast("Callable[[str, str], str]", QT_TRANSLATE_NOOP)  # the stubs say object
_NAMES: Mapping[str, str] = {
    "auto": _T("backends", "Automatic: the fastest that is ready"),
    "onnxruntime": _T("backends", "ONNX Runtime on the processor"),
    "onnxruntime-mixed": _T("backends", "ONNX Runtime on the processor, 8 bits where they are harmless"),
    "onnxruntime-int8": _T("backends", "ONNX Runtime on the processor, 8 bits"),
    "openvino": _T("backends", "OpenVINO on the processor"),
    "tensorrt": _T("backends", "TensorRT on an NVIDIA GPU"),
    "onnxruntime-cuda": _T("backends", "ONNX Runtime on an NVIDIA GPU"),
    "onnxruntime-tensorrt": _T("backends", "ONNX Runtime with TensorRT"),
}
_PRECISION_NAMES: Mapping[str, str] = {
    "fp16": _T("backends", "half precision"),
    "fp32": _T("backends", "full precision"),
}


@dataclass(frozen=True, slots=True)
class BackendChoice:
    """A backend by its name and, where it comes in several, its precision."""

    name: str = "auto"
    precision: str = PRECISIONS[0]

    @property
    def compiled(self) -> bool:
        """Whether plans are compiled for it beforehand."""
        return self.name == COMPILED

    @property
    def text(self) -> str:
        """How the user reads it."""
        text = _translated(_NAMES.get(self.name, self.name))
        return f"{text}, {_translated(_PRECISION_NAMES[self.precision])}" if self.compiled else text


def choices() -> list[BackendChoice]:
    """Everything that can be chosen, the usual first."""
    return [
        BackendChoice(name, precision)
        for name in BACKEND_NAMES
        for precision in (PRECISIONS if name == COMPILED else PRECISIONS[:1])
    ]


def remembered(settings: Settings) -> BackendChoice:
    """What was chosen the last time."""
    choice = BackendChoice(settings.text("backend", "auto"), settings.text("precision", PRECISIONS[0]))
    return choice if choice in choices() else BackendChoice()


def remember(settings: Settings, choice: BackendChoice) -> None:
    """Keep a choice for the next time."""
    settings.set_text("backend", choice.name)
    settings.set_text("precision", choice.precision)


def _translated(text: str) -> str:
    return QCoreApplication.translate("backends", text)
