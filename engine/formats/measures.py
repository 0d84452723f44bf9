"""The columns that stand behind those of a CSV where they are asked for: centre, size and speed in the user's units."""

from __future__ import annotations

import numpy as np

from engine.calibration import Calibration
from engine.motion import motion
from engine.track_log import TrackLog
from engine.types import Box, Float64Array


class Measures:
    """The measured values of every row of a log.

    ``cx`` and ``cy`` are the box's centre in the calibration's coordinates, ``w`` and ``h`` its sides, ``speed`` is
    smoothed as :mod:`engine.motion` says. The unit is part of each name, so that no file has to be explained.
    """

    def __init__(self, log: TrackLog, calibration: Calibration) -> None:
        self._calibration = calibration
        unit = calibration.unit
        self.names = (*(f"{name}_{unit}" for name in ("cx", "cy", "w", "h")), f"speed_{unit}_s")
        self._speeds: dict[int, dict[int, float]] = {}
        for target in log.targets:
            m = motion(log.rows(target))
            speeds = calibration.lengths(m.speed)
            self._speeds[target] = dict(zip(m.frames.tolist(), speeds.tolist(), strict=True))

    def cells(self, frame: int, target: int, box: Box | None) -> list[str]:
        """The values of a row as text, empty where nothing is known."""
        if box is None:
            return [""] * len(self.names)
        center: Float64Array = self._calibration.points(np.array(box.center))
        sides = self._calibration.lengths(np.array([box.w, box.h]))
        speed = self._speeds.get(target, {}).get(frame, float("nan"))
        return [short(v) for v in (*center.tolist(), *sides.tolist(), speed)]


def short(value: float, digits: int = 6) -> str:
    """The number with so many significant digits, empty for NaN, never as minus zero."""
    return "" if np.isnan(value) else f"{value + 0.0:.{digits}g}"
