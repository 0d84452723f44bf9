"""The JSON beside a CSV: where a track comes from and with what it was made."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np

import engine
from engine.backends.base import BackendInfo
from engine.calibration import PIXELS, Calibration
from engine.errors import FormatError
from engine.formats.base import read_lines
from engine.identity import identify
from engine.sources.base import SourceInfo
from engine.target_info import TargetInfo
from engine.track_log import LogFrame
from engine.types import TrackState

SCHEMA = 1
_STARTS = (TrackState.INIT, TrackState.MANUAL)


@dataclass(frozen=True, slots=True)
class TrackMeta:
    """What is known of a run before its first frame.

    Attributes:
        source: What was opened: a path, a camera or an address.
        info: What the source says of itself.
        backend: What ran the networks.
        models: sha256 of each graph by name.
        seed: Seed of the tracker.
        calibration: What a pixel is worth, where the user said so.
        dropped: Live frames lost so far; results that are written may raise it.
        targets: Names and colours of the targets, where the user gave them.
    """

    source: str
    info: SourceInfo
    backend: BackendInfo | None = None
    models: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    seed: int | None = None
    calibration: Calibration = PIXELS
    dropped: int = 0
    targets: tuple[TargetInfo, ...] = ()


class SidecarContent:
    """Collects what only the run itself shows: the boxes that started each target, the frames, the drops."""

    def __init__(self, meta: TrackMeta) -> None:
        self._meta = meta
        self._boxes: list[dict[str, Any]] = []
        self._frames = 0
        self._dropped = meta.dropped

    def add(self, frame: LogFrame, dropped: int = 0) -> None:
        """Take note of one frame."""
        self._frames += 1
        self._dropped = max(self._dropped, dropped)
        for target in frame.targets:
            if target.state in _STARTS and target.box is not None:
                box = [round(float(v), 2) for v in target.box.as_array()]
                self._boxes.append({"target": target.id, "frame": frame.index, "box": box, "state": target.state.value})

    def text(self) -> str:
        """The JSON text, ending with a line feed."""
        meta, info = self._meta, self._meta.info
        content = {
            "schema": SCHEMA,
            "versions": _versions(),
            "source": _source(meta.source),
            "width": info.width,
            "height": info.height,
            "fps": info.fps,
            "live": info.live,
            "time_source": info.time_source,
            "backend": None if meta.backend is None else asdict(meta.backend),
            "models": dict(meta.models),
            "seed": meta.seed,
            "targets": [{"id": t.id, "name": t.name, "color": t.color_number} for t in meta.targets],
            "initial_boxes": self._boxes,
            "scale": meta.calibration.units_per_px if meta.calibration.scaled else None,
            "calibration": None if meta.calibration == PIXELS else meta.calibration.as_dict(),
            "frames": self._frames,
            "dropped": self._dropped,
        }
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def sidecar_path(path: Path) -> Path:
    """``NAME.csv`` -> ``NAME.csv.json``."""
    return path.with_name(path.name + ".json")


def read_sidecar(path: Path) -> dict[str, Any]:
    """What stands in the sidecar of this CSV file. Raises FormatError if there is none or it is damaged."""
    side = sidecar_path(path)
    try:
        content = json.loads("\n".join(read_lines(side)))
    except ValueError as error:
        raise FormatError(f"{side} is damaged ({error}): export the track again.") from error
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise FormatError(f"{side} is not of this version: export the track again.")
    return content


def _source(source: str) -> dict[str, Any]:
    size, digest = identify(source)
    return {"path": source, "size": size, "sha256_first_mb": digest}


def _versions() -> dict[str, str]:
    versions = {
        "attntrack": engine.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "opencv": cv2.__version__,
    }
    try:
        versions["onnxruntime"] = importlib.metadata.version("onnxruntime")
    except importlib.metadata.PackageNotFoundError:
        pass  # another runtime is in use
    return versions
