"""Which of several ways to run the networks on this processor is fastest: measured once, then remembered."""

from __future__ import annotations

import json
import logging
import os
import platform
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.backends.base import Backend
from engine.errors import BackendError
from engine.models import BOXES

_LOG = logging.getLogger(__name__)

ROUNDS, WARM_UP = 9, 2
KEPT = 8
"""Calibrations that are remembered: of several model folders, and of what was installed before."""
WORTH = 0.93
"""Share of the first candidate's time that another has to get down to: the first is the most exact one."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The name of the fastest, and the median milliseconds of a look at a frame and around a target by name."""

    fastest: str
    milliseconds: Mapping[str, float]


def calibrate(
    candidates: Sequence[str],
    open_candidate: Callable[[str], Backend],
    clock: Callable[[], float] = time.perf_counter,
) -> Calibration:
    """Measures the candidates by turns, so that a busy machine slows all alike; takes about a second.

    One that cannot be opened or fails is left out, but not the first.

    Raises:
        BackendError: the first candidate does not work.
    """
    opened: dict[str, Backend] = {}
    times: dict[str, list[float]] = {}
    try:
        for name in candidates:
            try:
                opened[name] = open_candidate(name)
                for _ in range(WARM_UP):
                    _look(opened[name])
                times[name] = []
            except BackendError as error:
                if name == candidates[0]:
                    raise
                _LOG.info("%s is not compared: %s", name, error)
        for _ in range(ROUNDS):
            for name, measured in times.items():
                began = clock()
                _look(opened[name])
                measured.append(clock() - began)
    finally:
        for backend in opened.values():
            backend.close()
    medians = {name: float(np.median(measured)) * 1e3 for name, measured in times.items()}
    best = min(medians, key=lambda name: medians[name])
    first = candidates[0]
    return Calibration(best if medians[best] <= WORTH * medians[first] else first, medians)


def _look(backend: Backend) -> None:
    """Both trunks, which take most of a frame's time and are what differs most, and what judges candidates."""
    backend.run("encode_classic", {"image": np.full((1, 3, 192, 256), 128.0, np.float32)})
    maps = backend.run("features", {"image": np.full((1, 3, 256, 256), 128.0, np.float32)})
    boxes = np.tile(np.array([64.0, 64.0, 96.0, 96.0], np.float32), (BOXES, 1))
    backend.run("score", {**maps, "boxes": boxes, **backend.head()})


def calibration_file() -> Path:
    """Where calibrations are remembered: ``attntrack/cpu.json`` in the user's cache folder."""
    from engine.backends.cache import cache_folder

    return cache_folder().parent / "cpu.json"


def processor() -> str:
    """The processor's name, as far as it is known, and its cores."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    except OSError:
        pass  # not Linux
    return f"{name}, {os.cpu_count()} cores"


def _entries(file: Path) -> dict[str, Any]:
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, dict) else {}


def remembered(key: str) -> Calibration | None:
    """The calibration that was made for this key, None if there is none that can be read."""
    try:
        entry = _entries(calibration_file())[key]
        return Calibration(str(entry["fastest"]), {str(k): float(v) for k, v in entry["milliseconds"].items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def remember(key: str, calibration: Calibration) -> None:
    """Keeps a calibration beside the last few others; where nothing can be written the next start measures again."""
    file = calibration_file()
    kept = {name: entry for name, entry in _entries(file).items() if name != key}
    entries = {**dict(list(kept.items())[1 - KEPT :]), key: asdict(calibration)}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=file.parent, suffix=".part", delete=False, encoding="utf-8") as part:
            json.dump(entries, part, indent=2)
        os.replace(part.name, file)
    except OSError as error:
        _LOG.info("the calibration is not kept: %s", error)
