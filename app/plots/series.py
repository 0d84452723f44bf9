"""What the plots draw of each target, kept up with the tracks in small steps, without Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.tracks import Tracks
from engine.motion import motion
from engine.track_log import Rows
from engine.types import Float64Array

_TAIL = 240
"""Rows computed once more when rows are added: their smoothing may reach into the new ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """One target, a value a row in pixels and seconds, NaN where it was not seen; ``center``, ``size`` ``(N, 2)``."""

    frames: Float64Array
    center: Float64Array
    size: Float64Array
    speed: Float64Array
    confidence: Float64Array


class Series:
    """The values of every target of the tracks; only what is new is computed unless rows were taken back."""

    def __init__(self, tracks: Tracks) -> None:
        self._tracks = tracks
        self._revision = -1
        self._kept: dict[int, Values] = {}

    def of(self, target: int) -> Values:
        """All values of a target."""
        if self._tracks.revision != self._revision:
            self._revision = self._tracks.revision
            self._kept.clear()
        rows = self._tracks.rows(target)
        kept = self._kept.get(target)
        if kept is None or len(kept.frames) > len(rows):
            kept = _values(rows)
        elif len(kept.frames) < len(rows):
            have = len(kept.frames)
            again = max(have - _TAIL // 2, 0)
            fresh = _values(rows[max(again - _TAIL // 2, 0) :])
            skip = again - max(again - _TAIL // 2, 0)
            kept = Values(
                *(
                    np.concatenate([getattr(kept, name)[:again], getattr(fresh, name)[skip:]])
                    for name in Values.__slots__
                )
            )
        self._kept[target] = kept
        return kept


def _values(rows: Rows) -> Values:
    m = motion(rows)
    return Values(m.frames.astype(float), m.center, rows["box"][:, 2:].copy(), m.speed, rows["confidence"].copy())


def with_gaps(frames: Float64Array, values: Float64Array) -> tuple[Float64Array, Float64Array]:
    """The same with NaN between rows that are farther apart than usual, so that no line joins them."""
    if len(frames) < 2:
        return frames, values
    steps = np.diff(frames)
    gaps = np.flatnonzero(steps > 1.5 * max(1.0, float(np.median(steps)))) + 1
    return np.insert(frames, gaps, np.nan), np.insert(values, gaps, np.nan)


def thinned(frames: Float64Array, values: Float64Array, most: int) -> tuple[Float64Array, Float64Array]:
    """At most about ``most`` points: of each stretch of frames its lowest and its highest value."""
    if len(frames) <= most:
        return frames, values
    stretch = -(-2 * len(frames) // most)
    whole = len(frames) // stretch * stretch
    x = frames[:whole].reshape(-1, stretch)
    y = values[:whole].reshape(-1, stretch)
    empty = np.isnan(y).all(axis=1)
    filled = np.where(empty[:, None], 0.0, y)
    low, high = np.nanmin(filled, axis=1), np.nanmax(filled, axis=1)
    low[empty] = high[empty] = np.nan
    return np.repeat(x[:, 0], 2), np.stack([low, high], axis=1).ravel()
