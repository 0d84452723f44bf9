"""What is known of every target on every frame: the only truth about results."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from engine.track_blocks import TrackRows
from engine.track_rows import (
    ORIGINS,
    ROW,
    STATE_CODE,
    STATES,
    Rows,
    no_rows,
    target_of,
    widened,
)
from engine.types import Target, TrackState

__all__ = ["ORIGINS", "ROW", "SEEN", "STATES", "LogCursor", "LogEvent", "LogFrame", "Patch", "Rows", "TrackLog"]

SEEN = (TrackState.INIT, TrackState.TRACKED, TrackState.UNCERTAIN, TrackState.MANUAL)
"""States in which the target has a box."""
_END = 1 << 62


@dataclass(frozen=True, slots=True)
class LogFrame:
    """All that the log holds of one frame."""

    index: int
    time_s: float
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class LogEvent:
    """A moment worth a visit: ``kind`` is lost, reacquired or manual."""

    kind: str
    target: int
    frame: int
    time_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """These rows are all that the target now has on frames ``start <= frame < stop`` (None: to the end)."""

    target: int
    start: int
    stop: int | None
    rows: Rows


class LogCursor:
    """One reader's place in a log: tells what changed since it last asked. Made by :meth:`TrackLog.cursor`."""

    def __init__(self, log: TrackLog) -> None:
        self._log = log
        self._dirty: dict[int, tuple[int, int]] = {}

    def mark(self, target: int, start: int, stop: int) -> None:
        """Note that rows of frames ``start <= frame < stop`` changed; for the log."""
        low, high = self._dirty.get(target, (start, stop))
        self._dirty[target] = min(low, start), max(high, stop)

    def take(self) -> list[Patch]:
        """What changed since the last call (at first: everything), as one patch a target."""
        with self._log.lock:
            dirty, self._dirty = self._dirty, {}
            return [
                Patch(target, start, None if stop >= _END else stop, self._log.rows(target, start, stop))
                for target, (start, stop) in dirty.items()
            ]


class TrackLog:
    """Rows of every target, frames rising. Thread-safe: one thread writes, any thread reads copies.

    :meth:`record` adds rows on frames that have none; :meth:`splice` is the only way to take rows back or to put
    others in their place.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._tracks: dict[int, TrackRows] = {}
        self._cursors: weakref.WeakSet[LogCursor] = weakref.WeakSet()
        self._changes = 0

    @property
    def changes(self) -> int:
        """A number that grows with every change."""
        return self._changes

    @property
    def targets(self) -> tuple[int, ...]:
        """Ids of all targets that have rows, rising."""
        with self.lock:
            return tuple(sorted(t for t, track in self._tracks.items() if track.size))

    @property
    def span(self) -> tuple[int, int] | None:
        """First and last frame of any row, or None for an empty log."""
        with self.lock:
            tracks = self._tracks.values()
            first = [track.first_frame for track in tracks if track.first_frame is not None]
            last = [track.last_frame for track in tracks if track.last_frame is not None]
            return (min(first), max(last)) if first else None

    def cursor(self) -> LogCursor:
        """A new reader's place: its first patches are everything there is."""
        with self.lock:
            cursor = LogCursor(self)
            self._cursors.add(cursor)
            for target in self._tracks:
                cursor.mark(target, 0, _END)
            return cursor

    def record(self, frame: int, time_s: float, targets: Iterable[Target]) -> None:
        """Add one row a target. Raises ValueError if a target already has a row on this frame."""
        with self.lock:
            for target in targets:
                self._tracks.setdefault(target.id, TrackRows()).put(frame, time_s, target)
                self._mark(target.id, frame, frame + 1)

    def splice(self, target: int, start: int, stop: int | None, rows: Rows) -> Rows:
        """Put these rows in the place of the target's rows of frames ``start <= frame < stop`` (None: to the end).

        Returns what was there. Raises ValueError if the frames of ``rows`` do not rise or lie outside.
        """
        with self.lock:
            track = self._tracks.setdefault(target, TrackRows())
            taken = track.splice(start, stop, rows)
            if len(taken) or len(rows):
                self._mark(target, start, _END if stop is None else stop)
            return taken

    def truncate(self, target: int, from_frame: int) -> Rows:
        """Take back the target's rows from ``from_frame`` on; returns them."""
        return self.splice(target, from_frame, None, no_rows())

    def clear(self) -> None:
        """Forget everything."""
        with self.lock:
            for target in self._tracks:
                self._mark(target, 0, _END)
            self._tracks.clear()

    def rows(self, target: int, start: int = 0, stop: int | None = None) -> Rows:
        """A copy of the target's rows of frames ``start <= frame < stop``, as ``(N,)`` :data:`ROW`."""
        with self.lock:
            track = self._tracks.get(target)
            return no_rows() if track is None else track.copy(start, stop)

    def get(self, target: int, frame: int) -> Target | None:
        """The target on this frame, or None if there is no row."""
        with self.lock:
            track = self._tracks.get(target)
            row = None if track is None else track.find(frame)
            return None if row is None else target_of(target, row)

    def has(self, target: int, frame: int) -> bool:
        """Whether the target has a row on this frame."""
        with self.lock:
            track = self._tracks.get(target)
            return track is not None and track.find(frame) is not None

    def before(self, target: int, frame: int | None = None) -> tuple[int, Target] | None:
        """Frame and row of the target's last row below a frame (None: its last row), or None."""
        with self.lock:
            track = self._tracks.get(target)
            row = None if track is None else track.before(frame)
            return None if row is None else (int(row["frame"]), target_of(target, row))

    def first_frame(self, target: int) -> int | None:
        """The frame of the target's first row, or None if it has none."""
        with self.lock:
            track = self._tracks.get(target)
            return None if track is None else track.first_frame

    def last_frame(self, target: int) -> int | None:
        """The frame of the target's last row, or None if it has none."""
        with self.lock:
            track = self._tracks.get(target)
            return None if track is None else track.last_frame

    def missing_from(self, target: int, frame: int) -> int | None:
        """The first frame from this one on, and after its first row, where the target has no row; None without rows."""
        with self.lock:
            track = self._tracks.get(target)
            return None if track is None else track.missing_from(frame)

    def last_seen(self, target: int, before: int | None = None) -> tuple[int, Target] | None:
        """Frame and row of the target's last box (on a frame below ``before``), or None."""
        with self.lock:
            track = self._tracks.get(target)
            for rows in () if track is None else reversed(list(track.parts(stop=before))):
                seen = np.flatnonzero(~np.isnan(rows["box"][:, 0]))
                if len(seen):
                    last = widened(rows[seen[-1] : seen[-1] + 1])[0]
                    return int(last["frame"]), target_of(target, last)
            return None

    def at(self, frame: int) -> tuple[Target, ...]:
        """All targets that have a row on this frame, ids rising."""
        with self.lock:
            found = (self.get(target, frame) for target in sorted(self._tracks))
            return tuple(target for target in found if target is not None)

    def frames(self, start: int = 0, stop: int | None = None, fill: bool = True) -> Iterator[LogFrame]:
        """Every frame ``start <= frame < stop`` that has a row, rising, for writers.

        With ``fill``, each target of the log is on each frame: where it has no row it is absent, without a box.
        """
        with self.lock:
            tracks = {target: self.rows(target, start, stop) for target in self.targets}
        indices = np.unique(np.concatenate([rows["frame"] for rows in tracks.values()] or [np.zeros(0, np.int64)]))
        cursors = dict.fromkeys(tracks, 0)
        for index in indices.tolist():
            time_s, targets = 0.0, []
            for target, rows in tracks.items():
                at = cursors[target]
                if at < len(rows) and rows["frame"][at] == index:
                    cursors[target] += 1
                    time_s = float(rows["time_s"][at])
                    targets.append(target_of(target, rows[at]))
                elif fill:
                    targets.append(Target(target, None, 0.0, TrackState.ABSENT))
            yield LogFrame(index, time_s, tuple(targets))

    def events(self) -> list[LogEvent]:
        """Moments worth a visit (lost, reacquired, manual box) of all targets, by frame."""
        found: list[LogEvent] = []
        with self.lock:
            tracks = {
                target: (track.column("frame"), track.column("time_s"), track.column("state"))
                for target, track in self._tracks.items()
                if track.size
            }
        for target, (frames, times, states) in tracks.items():
            changed = np.flatnonzero(np.r_[True, states[1:] != states[:-1]] | (states == STATE_CODE[TrackState.MANUAL]))
            for at in changed.tolist():
                previous = STATES[states[at - 1]] if at else None
                kind = transition(previous, STATES[states[at]])
                if kind:
                    found.append(LogEvent(kind, target, int(frames[at]), float(times[at])))
        return sorted(found, key=lambda event: (event.frame, event.target))

    def _mark(self, target: int, start: int, stop: int) -> None:
        self._changes += 1
        for cursor in self._cursors:
            cursor.mark(target, start, stop)


def transition(previous: TrackState | None, current: TrackState) -> str | None:
    """The kind of event it is when a target's state goes from ``previous`` to ``current``; None for no event."""
    if current is TrackState.MANUAL:
        return "manual"
    if current is TrackState.LOST and previous is not TrackState.LOST:
        return "lost"
    if previous in (TrackState.LOST, TrackState.ABSENT) and current in SEEN:
        return "reacquired"
    return None
