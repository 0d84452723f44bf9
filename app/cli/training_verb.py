"""The verbs train and data: `training` does the work, and needs torch."""

from __future__ import annotations

import importlib
import importlib.util

from engine.errors import AttnTrackError


def run_training(verb: str, arguments: list[str]) -> int:
    """Hand the arguments on as they are, --help too; the exit status.

    Raises:
        AttnTrackError: the packages of the extra [train] are not installed.
    """
    if any(importlib.util.find_spec(module) is None for module in ("torch", "onnx")):
        raise AttnTrackError(f"{verb} needs torch and onnx: install them with  pip install 'attntrack[train]'")
    return int(importlib.import_module("training.commands").main(verb, arguments))
