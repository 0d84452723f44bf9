"""A copy of the track log for the GUI thread, kept up to date in small steps, and shaped for drawing."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from engine.track_log import ORIGINS, ROW, STATES, LogEvent, Rows, TrackLog
from engine.types import Float64Array, Origin, TrackState

# where several frames share a pixel the state that matters most is shown
_RANK = np.array(
    [
        {TrackState.TRACKED: 0, TrackState.INIT: 1, TrackState.UNCERTAIN: 2, TrackState.ABSENT: 3}.get(
            state, 4 if state is TrackState.LOST else 5
        )
        for state in STATES
    ],
    dtype=np.uint8,
)
_STATE_OF_RANK = np.argsort(_RANK).astype(np.uint8)
_DRAWN = [ORIGINS.index(Origin.INIT), ORIGINS.index(Origin.MANUAL)]


class Tracks:
    """Rows of every target, refreshed from the log; only new rows are copied unless some were taken back."""

    def __init__(self, log: TrackLog) -> None:
        self._log = log
        self._revision = -1
        self._rows: dict[int, Rows] = {}  # buffers that grow by doubling
        self._sizes: dict[int, int] = {}
        self._events: list[LogEvent] = []
        self._events_stale = True

    @property
    def targets(self) -> tuple[int, ...]:
        """Ids of all targets that have rows, rising."""
        return tuple(sorted(t for t, size in self._sizes.items() if size))

    def rows(self, target: int) -> Rows:
        """The target's rows, frames rising; a view that the next refresh may outdate."""
        return self._rows[target][: self._sizes[target]] if target in self._rows else np.zeros(0, dtype=ROW)

    def refresh(self) -> bool:
        """Take what is new in the log; whether anything was."""
        changed = False
        if self._log.revision != self._revision:
            self._revision = self._log.revision
            self._rows.clear()
            self._sizes.clear()
            changed = True
        for target in self._log.targets:
            have = self.rows(target)
            fresh = self._log.rows(target, start=int(have["frame"][-1]) + 1 if len(have) else 0)
            if len(fresh):
                self._append(target, fresh)
                changed = True
        self._events_stale |= changed
        return changed

    def events(self) -> list[LogEvent]:
        """Moments worth a visit, by frame."""
        if self._events_stale:
            self._events = self._log.events()
            self._events_stale = False
        return self._events

    def keyframes(self, target: int) -> list[int]:
        """Frames on which the user drew the target's box, rising."""
        rows = self.rows(target)
        drawn = np.isin(rows["origin"], _DRAWN) & ~np.isnan(rows["box"][:, 0])
        return [int(frame) for frame in rows["frame"][drawn]]

    def trail(self, target: int, frame: int, length: int) -> Float64Array:
        """Centres ``(N, 2) float64`` of the last ``length`` frames up to ``frame``, NaN where there was no box."""
        rows = self.rows(target)
        first, last = np.searchsorted(rows["frame"], (frame - length + 1, frame + 1))
        box = rows["box"][first:last]
        return box[:, :2] + box[:, 2:] / 2

    def columns(
        self, target: int, first: int, last: int, width: int
    ) -> tuple[NDArray[np.intp], Float64Array, NDArray[np.uint8]]:
        """The rows of frames ``first..last`` squeezed into ``width`` columns.

        Returns the columns that hold rows, and for each its lowest confidence and the index into ``STATES`` of the
        state that matters most.
        """
        rows = self.rows(target)
        low, high = np.searchsorted(rows["frame"], (first, last + 1))
        rows = rows[low:high]
        if not len(rows) or width < 1:
            return np.zeros(0, np.intp), np.zeros(0), np.zeros(0, np.uint8)
        where = ((rows["frame"] - first) * width // max(last - first + 1, 1)).astype(np.intp)
        starts = np.flatnonzero(np.r_[True, where[1:] != where[:-1]])
        confidence = np.minimum.reduceat(rows["confidence"], starts)
        rank = np.maximum.reduceat(_RANK[rows["state"]], starts)
        return where[starts], confidence, _STATE_OF_RANK[rank]

    def _append(self, target: int, fresh: Rows) -> None:
        size = self._sizes.get(target, 0)
        buffer = self._rows.get(target)
        if buffer is None or size + len(fresh) > len(buffer):
            grown = np.zeros(max(256, 2 * (size + len(fresh))), dtype=ROW)
            if buffer is not None:
                grown[:size] = buffer[:size]
            self._rows[target] = buffer = grown
        buffer[size : size + len(fresh)] = fresh
        self._sizes[target] = size + len(fresh)


def next_event(events: Iterable[LogEvent], frame: int) -> LogEvent | None:
    """The first event after a frame, or None."""
    return next((event for event in events if event.frame > frame), None)


def previous_event(events: Iterable[LogEvent], frame: int) -> LogEvent | None:
    """The last event before a frame, or None."""
    return next((event for event in reversed(list(events)) if event.frame < frame), None)


def clock(time_s: float, tenths: bool = True) -> str:
    """A time as m:ss.t, or h:mm:ss.t from an hour on."""
    total = max(time_s, 0.0)
    hours, rest = divmod(total, 3600.0)
    minutes, seconds = divmod(rest, 60.0)
    shown = f"{int(seconds * 10) / 10:04.1f}" if tenths else f"{int(seconds):02d}"
    return f"{int(hours)}:{int(minutes):02d}:{shown}" if hours >= 1 else f"{int(minutes)}:{shown}"
