"""What is known of every target on every frame: the only truth about results."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.types import Box, Origin, Target, TrackState

STATES: tuple[TrackState, ...] = tuple(TrackState)
"""``state`` of a row is an index into this tuple."""
ORIGINS: tuple[Origin, ...] = tuple(Origin)
"""``origin`` of a row is an index into this tuple."""

ROW = np.dtype(
    [
        ("frame", np.int64),
        ("time_s", np.float64),
        ("box", np.float64, (4,)),
        ("confidence", np.float64),
        ("state", np.uint8),
        ("origin", np.uint8),
        ("search", np.float32, (4,)),
    ]
)
"""One target on one frame in 74 bytes: an hour at 60 frames/s is 16 MB. Boxes that are not there are NaN."""

Rows = NDArray[np.void]
"""``(N,)`` of :data:`ROW`, frames rising."""

SEEN = (TrackState.INIT, TrackState.TRACKED, TrackState.UNCERTAIN, TrackState.MANUAL)
"""States in which the target has a box."""


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


class TrackLog:
    """Rows of every target, frames rising. Thread-safe: one thread writes, any thread reads copies.

    Rows are appended; the only ways to take some back are :meth:`truncate` (a box drawn anew) and
    :meth:`restore` (undo).
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._tracks: dict[int, _Track] = {}
        self._revision = 0

    @property
    def revision(self) -> int:
        """A number that grows whenever rows are taken back or put back, not when they are appended."""
        return self._revision

    @property
    def targets(self) -> tuple[int, ...]:
        """Ids of all targets that have rows, rising."""
        with self._lock:
            return tuple(sorted(t for t, track in self._tracks.items() if track.size))

    @property
    def span(self) -> tuple[int, int] | None:
        """First and last frame of any row, or None for an empty log."""
        with self._lock:
            rows = [track.rows for track in self._tracks.values() if track.size]
            if not rows:
                return None
            return min(int(r["frame"][0]) for r in rows), max(int(r["frame"][-1]) for r in rows)

    def record(self, frame: int, time_s: float, targets: Iterable[Target]) -> None:
        """Append one row a target. Raises ValueError if a target already has rows from this frame on."""
        with self._lock:
            for target in targets:
                self._tracks.setdefault(target.id, _Track()).append(frame, time_s, target)

    def truncate(self, target: int, from_frame: int) -> None:
        """Take back the target's rows from ``from_frame`` on."""
        with self._lock:
            track = self._tracks.get(target)
            if track is not None and track.cut(from_frame):
                self._revision += 1

    def snapshot(self, target: int) -> Rows:
        """A copy of all rows of the target ``(N,)`` :data:`ROW`, to be handed to :meth:`restore`."""
        return self.rows(target)

    def restore(self, target: int, rows: Rows) -> None:
        """Put exactly these rows in the place of all rows of the target."""
        with self._lock:
            self._tracks[target] = _Track(rows)
            self._revision += 1

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._tracks.clear()
            self._revision += 1

    def rows(self, target: int, start: int = 0, stop: int | None = None) -> Rows:
        """A copy of the target's rows of frames ``start <= frame < stop``, as ``(N,)`` :data:`ROW`."""
        with self._lock:
            track = self._tracks.get(target)
            if track is None:
                return np.zeros(0, dtype=ROW)
            rows = track.rows
            first = int(np.searchsorted(rows["frame"], start))
            last = len(rows) if stop is None else int(np.searchsorted(rows["frame"], stop))
            return rows[first:last].copy()

    def get(self, target: int, frame: int) -> Target | None:
        """The target on this frame, or None if there is no row."""
        with self._lock:
            track = self._tracks.get(target)
            at = None if track is None else track.find(frame)
            return None if track is None or at is None else target_of(target, track.rows[at])

    def last_frame(self, target: int) -> int | None:
        """The frame of the target's last row, or None if it has none."""
        with self._lock:
            track = self._tracks.get(target)
            return int(track.rows["frame"][-1]) if track is not None and track.size else None

    def last_seen(self, target: int, before: int | None = None) -> tuple[int, Target] | None:
        """Frame and row of the target's last box (on a frame below ``before``), or None."""
        rows = self.rows(target, stop=before)
        seen = np.flatnonzero(~np.isnan(rows["box"][:, 0]))
        return (int(rows["frame"][seen[-1]]), target_of(target, rows[seen[-1]])) if len(seen) else None

    def at(self, frame: int) -> tuple[Target, ...]:
        """All targets that have a row on this frame, ids rising."""
        with self._lock:
            found = (self.get(target, frame) for target in sorted(self._tracks))
            return tuple(target for target in found if target is not None)

    def frames(self, start: int = 0, stop: int | None = None, fill: bool = True) -> Iterator[LogFrame]:
        """Every frame ``start <= frame < stop`` that has a row, rising, for writers.

        With ``fill``, each target of the log is on each frame: where it has no row it is absent, without a box.
        """
        with self._lock:
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
        for target in self.targets:
            rows = self.rows(target)
            states = rows["state"]
            changed = np.flatnonzero(np.r_[True, states[1:] != states[:-1]] | (states == _CODE[TrackState.MANUAL]))
            for at in changed.tolist():
                previous = STATES[states[at - 1]] if at else None
                kind = transition(previous, STATES[states[at]])
                if kind:
                    found.append(LogEvent(kind, target, int(rows["frame"][at]), float(rows["time_s"][at])))
        return sorted(found, key=lambda event: (event.frame, event.target))


def transition(previous: TrackState | None, current: TrackState) -> str | None:
    """The kind of event it is when a target's state goes from ``previous`` to ``current``; None for no event."""
    if current is TrackState.MANUAL:
        return "manual"
    if current is TrackState.LOST and previous is not TrackState.LOST:
        return "lost"
    if previous in (TrackState.LOST, TrackState.ABSENT) and current in SEEN:
        return "reacquired"
    return None


def target_of(target: int, row: np.void) -> Target:
    """The :class:`Target` that one row of :data:`ROW` stands for."""
    box, search = row["box"], row["search"]
    return Target(
        target,
        None if np.isnan(box[0]) else Box.from_array(box),
        float(row["confidence"]),
        STATES[row["state"]],
        ORIGINS[row["origin"]],
        None if np.isnan(search[0]) else Box.from_array(search),
    )


_CODE = {state: code for code, state in enumerate(STATES)}
_ORIGIN_CODE = {origin: code for code, origin in enumerate(ORIGINS)}
_NOWHERE = (np.nan, np.nan, np.nan, np.nan)


class _Track:
    """The rows of one target in an array that grows by doubling."""

    def __init__(self, rows: Rows | None = None) -> None:
        self._buffer = np.zeros(64, dtype=ROW) if rows is None else rows.astype(ROW, copy=True)
        self.size = 0 if rows is None else len(rows)
        if self.size > 1 and not (np.diff(self.rows["frame"]) > 0).all():
            raise ValueError("the frames of a target's rows must rise")

    @property
    def rows(self) -> Rows:
        return self._buffer[: self.size]

    def append(self, frame: int, time_s: float, target: Target) -> None:
        if self.size and frame <= self.rows["frame"][-1]:
            raise ValueError(f"target {target.id} already has rows from frame {frame} on: truncate it first")
        if self.size == len(self._buffer):
            grown = np.zeros(max(64, 2 * self.size), dtype=ROW)
            grown[: self.size] = self._buffer
            self._buffer = grown
        box, search = target.box, target.search
        self._buffer[self.size] = (
            frame,
            time_s,
            _NOWHERE if box is None else (box.x, box.y, box.w, box.h),
            target.confidence,
            _CODE[target.state],
            _ORIGIN_CODE[target.origin],
            _NOWHERE if search is None else (search.x, search.y, search.w, search.h),
        )
        self.size += 1

    def cut(self, from_frame: int) -> bool:
        size = int(np.searchsorted(self.rows["frame"], from_frame))
        changed, self.size = size < self.size, size
        return changed

    def find(self, frame: int) -> int | None:
        at = int(np.searchsorted(self.rows["frame"], frame))
        return at if at < self.size and self.rows["frame"][at] == frame else None
