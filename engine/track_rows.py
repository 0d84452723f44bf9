"""The rows of one target: how they are kept, and how they are put in and taken out anywhere at little cost."""

from __future__ import annotations

from bisect import bisect_left

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

STATE_CODE = {state: code for code, state in enumerate(STATES)}
ORIGIN_CODE = {origin: code for code, origin in enumerate(ORIGINS)}
_NOWHERE = (np.nan, np.nan, np.nan, np.nan)
_FEW = 64


def no_rows() -> Rows:
    """An empty ``(0,)`` of :data:`ROW`."""
    return np.zeros(0, dtype=ROW)


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


def rows_of(frame: int, time_s: float, target: Target) -> Rows:
    """One row ``(1,)`` of :data:`ROW` for a target on a frame."""
    row = np.zeros(1, dtype=ROW)
    row[0] = _values(frame, time_s, target)
    return row


def _values(frame: int, time_s: float, target: Target) -> tuple[object, ...]:
    box, search = target.box, target.search
    return (
        frame,
        time_s,
        _NOWHERE if box is None else (box.x, box.y, box.w, box.h),
        target.confidence,
        STATE_CODE[target.state],
        ORIGIN_CODE[target.origin],
        _NOWHERE if search is None else (search.x, search.y, search.w, search.h),
    )


class TrackRows:
    """Rows of one target, frames rising, in one buffer with a gap where rows are being put in.

    Putting a row beside the last change costs nothing, whether frames rise or fall; a change elsewhere first moves
    the rows between the two places. Not thread-safe.
    """

    def __init__(self, rows: Rows | None = None) -> None:
        self._take(np.zeros(_FEW, dtype=ROW))
        self._low, self._high = 0, _FEW  # the gap: rows stand before and behind it
        if rows is not None:
            self.splice(0, None, rows)

    @property
    def size(self) -> int:
        """How many rows there are."""
        return self._low + len(self._buffer) - self._high

    @property
    def nbytes(self) -> int:
        """Bytes held, the gap included."""
        return self._buffer.nbytes

    @property
    def first_frame(self) -> int | None:
        """The frame of the first row, or None if there is none."""
        return int(self.at(0)["frame"]) if self.size else None

    @property
    def last_frame(self) -> int | None:
        """The frame of the last row, or None if there is none."""
        return int(self.at(self.size - 1)["frame"]) if self.size else None

    def at(self, place: int) -> np.void:
        """The row at a place ``0 <= place < size``; a view that the next change outdates."""
        row: np.void = self._buffer[place if place < self._low else place + self._high - self._low]
        return row

    def place(self, frame: int | None) -> int:
        """How many rows have a frame below this one; None: all."""
        if frame is None:
            return self.size
        frames = self._buffer["frame"]  # a view: bisect touches a few numbers, searchsorted would copy them all
        place = bisect_left(frames, frame, 0, self._low)
        if place < self._low:
            return place
        return bisect_left(frames, frame, self._high, len(self._buffer)) - self._high + self._low

    def find(self, frame: int) -> np.void | None:
        """The row of this frame, or None."""
        place = self.place(frame)
        if place == self.size or self.at(place)["frame"] != frame:
            return None
        return self.at(place)

    def before(self, frame: int | None) -> np.void | None:
        """The last row of a frame below this one (None: of all), or None."""
        place = self.place(frame)
        return self.at(place - 1) if place else None

    def copy(self, start: int = 0, stop: int | None = None) -> Rows:
        """A copy of the rows of frames ``start <= frame < stop``."""
        first, last = self.place(start), self.place(stop)
        shift = self._high - self._low
        copied = np.empty((last - first, ROW.itemsize), dtype=np.uint8)
        middle = min(max(self._low - first, 0), last - first)
        copied[:middle] = self._bytes[first : first + middle]
        copied[middle:] = self._bytes[first + middle + shift : last + shift]
        return copied.view(ROW)[:, 0]

    def missing_from(self, frame: int) -> int | None:
        """The first frame from this one on, after the first row, that has no row; None for an empty track."""
        first, last = self.first_frame, self.last_frame
        if first is None or last is None:
            return None
        frame = max(frame, first + 1)
        place = self.place(frame)
        if frame > last or place == self.size or self.at(place)["frame"] != frame:
            return frame
        # frames rise, so a row's frame less its place grows at holes and nowhere else
        lead = frame - place
        whole = bisect_left(range(place, self.size), True, key=lambda at: int(self.at(at)["frame"]) - at > lead)
        return int(self.at(place + whole - 1)["frame"]) + 1

    def put(self, frame: int, time_s: float, target: Target) -> None:
        """Add a row. Raises ValueError if the frame has one."""
        place = self.place(frame)
        if place < self.size and self.at(place)["frame"] == frame:
            raise ValueError(f"target {target.id} already has a row on frame {frame}: truncate or replace it first")
        self._open(place, 1)
        self._buffer[self._low] = _values(frame, time_s, target)
        self._low += 1

    def splice(self, start: int, stop: int | None, rows: Rows) -> Rows:
        """Put these rows in the place of those of frames ``start <= frame < stop``; a copy of what was there.

        Raises ValueError if their frames do not rise or lie outside.
        """
        frames = rows["frame"]
        if len(rows) > 1 and not (np.diff(frames) > 0).all():
            raise ValueError("the frames of a target's rows must rise")
        if len(rows) and (frames[0] < start or (stop is not None and frames[-1] >= stop)):
            raise ValueError(f"rows of frames {frames[0]} to {frames[-1]} do not belong between {start} and {stop}")
        first, last = self.place(start), self.place(stop)
        self._open(first, 0)
        taken = self._bytes[self._high : self._high + last - first].copy().view(ROW)[:, 0]
        self._high += last - first
        self._open(first, len(rows))
        new = np.ascontiguousarray(rows, dtype=ROW).view(np.uint8).reshape(-1, ROW.itemsize)
        self._bytes[self._low : self._low + len(rows)] = new
        self._low += len(rows)
        return taken

    def _open(self, place: int, room: int) -> None:
        """Move the gap to a place and make it so wide."""
        if self._high - self._low < room:
            old, behind = self._bytes, len(self._buffer) - self._high
            self._take(np.zeros(max(_FEW, 2 * (self.size + room)), dtype=ROW))
            self._bytes[: self._low] = old[: self._low]
            self._high, high = len(self._buffer) - behind, self._high
            self._bytes[self._high :] = old[high:]
        moved = abs(place - self._low)
        if place < self._low:
            self._bytes[self._high - moved : self._high] = self._bytes[place : self._low]
            self._low, self._high = place, self._high - moved
        elif place > self._low:
            self._bytes[self._low : place] = self._bytes[self._high : self._high + moved]
            self._low, self._high = place, self._high + moved

    def _take(self, buffer: Rows) -> None:
        """Use this buffer; its bytes ``(N, 74)`` are copied ten times as fast as its rows."""
        self._buffer = buffer
        self._bytes = buffer.view(np.uint8).reshape(-1, ROW.itemsize)
