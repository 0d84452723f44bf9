"""What a track says of motion: smoothed positions, speeds, path and presence. Gaps stay gaps.

A *run* is a stretch of rows with a box, without a row in between that has none and without a pause of more than
:data:`PAUSE` usual time steps. Everything is computed within runs and nothing across a gap.

Positions are the boxes' centres. A smoothed position and a velocity are the value and the slope at the row's time of
the straight line that fits the centres of the rows within half of ``window_s`` on each side best (least squares, real
times), with at least one row on each side where the run has one. Times are seconds, lengths pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.calibration import PIXELS, Calibration
from engine.track_log import STATES, Rows
from engine.types import Float64Array, TrackState

WINDOW_S = 0.2
"""Time over which speeds are smoothed."""
PAUSE = 3.5
"""A step longer than this many usual ones ends a run."""
_LOST = STATES.index(TrackState.LOST)
_ABSENT = STATES.index(TrackState.ABSENT)


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """One track, a value a row; NaN where there is no box.

    ``frames`` ``(N,) int64``, ``time_s`` ``(N,)``; ``center``, ``smooth`` ``(N, 2)`` pixels; ``velocity`` ``(N, 2)``
    and ``speed`` ``(N,)`` pixels a second, NaN also where a run has only one row; ``run`` ``(N,)`` is the number of
    the row's run, -1 for a gap.
    """

    frames: NDArray[np.int64]
    time_s: Float64Array
    center: Float64Array
    smooth: Float64Array
    velocity: Float64Array
    speed: Float64Array
    run: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Summary:
    """One track in figures. Lengths are in the unit of the calibration, speeds in units a second, NaN if unknown.

    ``path`` is the length of the smoothed way, ``net`` the straight distance from its first to its last point;
    ``mean_speed`` is path by the time of the runs. ``visible_s`` is the time with a box; ``lost`` the share of rows
    that are lost, of those that are not marked absent.
    """

    target: int
    rows: int
    first_frame: int
    last_frame: int
    visible_s: float
    lost: float
    path: float
    net: float
    mean_speed: float
    max_speed: float
    confidence: float


def motion(rows: Rows, window_s: float = WINDOW_S) -> Motion:
    """The motion of a track, of its rows ``(N,)`` :data:`engine.track_log.ROW`."""
    time_s = rows["time_s"].astype(np.float64)
    box = rows["box"].astype(np.float64)
    center = box[:, :2] + box[:, 2:] / 2
    run = _runs(time_s, ~np.isnan(center[:, 0]))
    smooth, velocity = _local_lines(time_s, center, run, _half(time_s, window_s))
    return Motion(rows["frame"].astype(np.int64), time_s, center, smooth, velocity, _norm(velocity), run)


def summary(target: int, rows: Rows, calibration: Calibration = PIXELS, window_s: float = WINDOW_S) -> Summary:
    """The figures of a track. Raises ValueError without rows."""
    if not len(rows):
        raise ValueError(f"target {target} has no rows")
    m = motion(rows, window_s)
    seen = m.run >= 0
    joined = seen[1:] & (m.run[1:] == m.run[:-1])
    steps = _norm(np.diff(m.smooth, axis=0))[joined]
    spent = np.diff(m.time_s)[joined].sum()
    path = float(steps.sum()) if seen.any() else np.nan
    ends = m.smooth[seen]
    expected = rows["state"] != _ABSENT
    lost = (rows["state"] == _LOST).sum() / expected.sum() if expected.any() else 0.0
    scale = calibration.units_per_px
    return Summary(
        target=target,
        rows=len(rows),
        first_frame=int(m.frames[0]),
        last_frame=int(m.frames[-1]),
        visible_s=float(durations(m.time_s)[seen].sum()),
        lost=float(lost),
        path=path * scale,
        net=float(_norm(ends[-1] - ends[0])) * scale if len(ends) else np.nan,
        mean_speed=path / float(spent) * scale if spent > 0 else np.nan,
        max_speed=float(np.nanmax(m.speed)) * scale if np.isfinite(m.speed).any() else np.nan,
        confidence=float(rows["confidence"][seen].mean()) if seen.any() else np.nan,
    )


def smoothed(time_s: Float64Array, values: Float64Array, window_s: float) -> Float64Array:
    """Values ``(N, k)`` smoothed within runs as positions are; rows whose first value is NaN are gaps."""
    run = _runs(time_s, ~np.isnan(values[:, 0]))
    return _local_lines(time_s, values, run, _half(time_s, window_s))[0]


def durations(time_s: Float64Array) -> Float64Array:
    """``(N,)`` seconds that each row stands for: up to the next row, the usual step for the last and for pauses."""
    if len(time_s) < 2:
        return np.zeros(len(time_s))
    usual = _usual_step(time_s)
    steps = np.append(np.diff(time_s), usual)
    return np.where(steps > PAUSE * usual, usual, steps)


def presence(rows: Rows, width: int, height: int, columns: int = 64) -> Float64Array:
    """``(h, columns) float64`` seconds that the box's centre spent in each square cell of a picture of this size."""
    side = width / columns
    shape = (max(1, int(np.ceil(height / side))), columns)
    time_s = rows["time_s"].astype(np.float64)
    box = rows["box"].astype(np.float64)
    seen = ~np.isnan(box[:, 0])
    center = (box[:, :2] + box[:, 2:] / 2)[seen]
    column = np.clip((center[:, 0] / side).astype(np.int64), 0, shape[1] - 1)
    row = np.clip((center[:, 1] / side).astype(np.int64), 0, shape[0] - 1)
    out = np.zeros(shape)
    np.add.at(out, (row, column), durations(time_s)[seen])
    return out


def _half(time_s: Float64Array, window_s: float) -> int:
    """Rows on each side that make up half of the window."""
    return max(1, round(window_s / 2 / _usual_step(time_s))) if len(time_s) > 1 else 1


def _usual_step(time_s: Float64Array) -> float:
    """The median step in seconds, never 0."""
    return max(float(np.median(np.diff(time_s))), 1e-9)


def _runs(time_s: Float64Array, seen: NDArray[np.bool_]) -> NDArray[np.int64]:
    if not len(time_s):
        return np.zeros(0, dtype=np.int64)
    if len(time_s) == 1:
        return np.where(seen, 0, -1).astype(np.int64)
    pause = np.append(False, np.diff(time_s) > PAUSE * _usual_step(time_s))
    begins = seen & (pause | ~np.append(False, seen[:-1]))
    return np.where(seen, np.cumsum(begins) - 1, -1).astype(np.int64)


def _local_lines(
    time_s: Float64Array, center: Float64Array, run: NDArray[np.int64], half: int
) -> tuple[Float64Array, Float64Array]:
    """Value and slope ``(N, k)`` at each row of the line through the ``half`` rows on each side within its run."""
    n = len(time_s)
    offsets = np.arange(-half, half + 1)
    at = np.arange(n)[:, None] + offsets
    inside = (at >= 0) & (at < n)
    at = np.clip(at, 0, max(n - 1, 0))
    use = inside & (run[at] == run[:, None]) & (run[:, None] >= 0) if n else np.zeros((0, len(offsets)), bool)
    t = np.where(use, time_s[at] - time_s[:, None], 0.0)  # around the row itself: no large numbers cancel
    count = np.maximum(use.sum(axis=1), 1)[:, None]
    mean_t = t.sum(axis=1, keepdims=True) / count
    p = np.where(use[..., None], center[at] - center[:, None, :], 0.0)
    mean_p = p.sum(axis=1) / count
    dt = np.where(use, t - mean_t, 0.0)
    spread = (dt**2).sum(axis=1)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = (dt[..., None] * p).sum(axis=1) / np.where(spread > 0, spread, np.nan)
    value = center + mean_p - np.where(np.isnan(slope), 0.0, slope) * mean_t
    gap = (run < 0)[:, None]
    return np.where(gap, np.nan, value), np.where(gap, np.nan, slope)


def _norm(vectors: Float64Array) -> Float64Array:
    """``(...,)`` lengths of vectors ``(..., 2)``."""
    return np.asarray(np.hypot(vectors[..., 0], vectors[..., 1]))
