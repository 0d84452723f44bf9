"""A copy of the track log for the GUI thread, kept up to date in small steps, and shaped for drawing."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from engine.keyframes import Keyframe, keyframe_places, keyframes
from engine.track_log import ROW, STATES, LogEvent, Patch, Rows, TrackLog
from engine.track_rows import no_rows
from engine.types import Float64Array, TrackState

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
_LOST, _UNSURE = STATES.index(TrackState.LOST), STATES.index(TrackState.UNCERTAIN)
_FLICKER = 15
"""Rows of an unsure spell between two lost ones up to which all of it counts as lost once."""


class Tracks:
    """Rows of every target, refreshed from the log: only what changed is copied."""

    def __init__(self, log: TrackLog, color_number: Callable[[int], int] = int) -> None:
        self._log = log
        self.color_number = color_number
        """The number of a target's colour."""
        self._cursor = log.cursor()
        self._rows: dict[int, Rows] = {}  # buffers that grow by doubling
        self._sizes: dict[int, int] = {}
        self._marks: dict[int, list[Keyframe]] = {}
        self._events: list[LogEvent] = []
        self._events_stale = True
        self.revision = 0
        """A number that grows whenever rows change other than by new ones at the end."""
        self.reach = -1
        """The last frame of any row there ever was of this source: so far it was tracked before corrections."""

    @property
    def targets(self) -> tuple[int, ...]:
        """Ids of all targets that have rows, rising."""
        return tuple(sorted(t for t, size in self._sizes.items() if size))

    def rows(self, target: int) -> Rows:
        """The target's rows, frames rising; a view that the next refresh may outdate."""
        return self._rows[target][: self._sizes[target]] if target in self._rows else no_rows()

    def refresh(self) -> bool:
        """Take what is new in the log; whether anything was."""
        patches = self._cursor.take()
        for patch in patches:
            self._put(patch)
        if patches and not self.targets:
            self.reach = -1
        self._events_stale |= bool(patches)
        return bool(patches)

    def events(self) -> list[LogEvent]:
        """Moments worth a visit, by frame; a lost target that is thought to be seen for a moment was lost once."""
        if self._events_stale:
            self._events = self._without_flicker(self._log.events())
            self._events_stale = False
        return self._events

    def _without_flicker(self, events: list[LogEvent]) -> list[LogEvent]:
        dropped: set[tuple[int, str, int]] = set()
        for target in {event.target for event in events if event.kind == "lost"}:
            rows = self.rows(target)
            brief = flickers(rows)
            dropped |= {(target, "reacquired", frame) for frame in rows["frame"][brief].tolist()}
            dropped |= {(target, "lost", frame) for frame in rows["frame"][1:][brief[:-1]].tolist()}
        return [event for event in events if (event.target, event.kind, event.frame) not in dropped]

    def keyframes(self, target: int) -> list[int]:
        """Frames on which the user drew the target's box or said that it is gone or back, rising."""
        return [mark.frame for mark in self.marks(target)]

    def marks(self, target: int) -> list[Keyframe]:
        """The keyframes with what was decided on each."""
        if target not in self._marks:
            self._marks[target] = keyframes(target, self.rows(target))
        return self._marks[target]

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

    def _put(self, patch: Patch) -> None:
        rows, fresh = self.rows(patch.target), patch.rows
        if not (len(rows) and patch.start > rows["frame"][-1]) or len(keyframe_places(fresh)):
            self._marks.pop(patch.target, None)  # most often rows are only added at the end
        frames = rows["frame"]
        first = bisect_left(frames, patch.start)
        last = len(rows) if patch.stop is None else bisect_left(frames, patch.stop)
        self.revision += first < len(rows)
        size = len(rows) - (last - first) + len(fresh)
        buffer = self._rows.get(patch.target)
        if buffer is None or size > len(buffer):
            buffer = np.zeros(max(256, 2 * size), dtype=ROW)
            buffer[:first] = rows[:first]
        if last - first != len(fresh) or buffer is not self._rows.get(patch.target):
            behind = rows[last:].copy()
            buffer[size - len(behind) : size] = behind
        buffer[first : first + len(fresh)] = fresh
        self._rows[patch.target], self._sizes[patch.target] = buffer, size
        if len(fresh):
            self.reach = max(self.reach, int(fresh["frame"][-1]))

    def untracked(self, targets: Iterable[int], first: int, last: int) -> int:
        """On how many frames ``first..last``, as far as was tracked, any of these targets has no row after its first.

        Such frames are left by a correction: what follows it is to be tracked anew.
        """
        last = min(last, self.reach)
        missing = np.zeros(max(last - first + 1, 0), dtype=bool)
        for target in targets:
            frames = self.rows(target)["frame"]
            if first <= last and len(frames) and frames[0] <= last:
                begin = max(int(frames[0]), first)
                lacks = np.ones(last - begin + 1, dtype=bool)
                lacks[frames[(frames >= begin) & (frames <= last)] - begin] = False
                missing[begin - first :] |= lacks
        return int(missing.sum())


def flickers(rows: Rows) -> NDArray[np.bool_]:
    """Which rows are a short unsure spell between two on which the target is lost."""
    state = rows["state"]
    if not (state == _LOST).any():
        return np.zeros(len(rows), dtype=bool)
    starts = np.flatnonzero(np.r_[True, state[1:] != state[:-1]])
    lengths, code = np.diff(starts, append=len(state)), state[starts]
    brief = np.zeros(len(starts), dtype=bool)
    brief[1:-1] = (code[1:-1] == _UNSURE) & (lengths[1:-1] <= _FLICKER) & (code[:-2] == _LOST) & (code[2:] == _LOST)
    return np.repeat(brief, lengths)


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
