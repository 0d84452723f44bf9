"""The rows of one target: how they are kept, and how they are put in and taken out anywhere at little cost."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.track_rows import (
    NARROW,
    ROW,
    Rows,
    bytes_of,
    is_narrow,
    joined,
    narrowed,
    no_rows,
    rows_of,
    values_of,
    widened,
)
from engine.types import Target

BLOCK = 1024
"""The most rows in one block."""
_FEW = 64


class Block:
    """Some rows that follow each other, with room for more behind them."""

    __slots__ = ("_bytes", "_frames", "_kept", "_narrow", "size")

    def __init__(self, rows: Rows, room: int, narrow: bool) -> None:
        self.size = len(rows)
        self._keep(rows, room, narrow)

    @staticmethod
    def of(rows: Rows) -> Block:
        """A block of these rows of :data:`ROW`, kept narrow if they can be."""
        narrow = narrowed(rows)
        return Block(rows if narrow is None else narrow, len(rows), narrow is not None)

    @property
    def rows(self) -> Rows:
        """The rows as they are kept, of :data:`NARROW` or :data:`ROW`; a view that the next change outdates."""
        return self._kept[: self.size]

    @property
    def nbytes(self) -> int:
        """Bytes held, the room included."""
        return self._kept.nbytes

    @property
    def first(self) -> int:
        """The frame of the first row."""
        return int(self._frames[0])

    @property
    def last(self) -> int:
        """The frame of the last row."""
        return int(self._frames[self.size - 1])

    def place(self, frame: int) -> int:
        """How many rows have a frame below this one."""
        return bisect_left(self._frames, frame, 0, self.size)  # searchsorted would copy all frames

    def at(self, place: int) -> np.void:
        """A copy of one row, as one of :data:`ROW`."""
        row: np.void = widened(self._kept[place : place + 1])[0]
        return row

    def insert(self, place: int, frame: int, time_s: float, target: Target) -> None:
        """Put a row before the one at this place; not into a full block."""
        if self._narrow and not is_narrow(frame, target):
            self._keep(joined([self.rows]), len(self._kept), narrow=False)
        if self.size == len(self._kept):
            self._keep(self._kept, min(max(_FEW, 2 * self.size), BLOCK), self._narrow)
        if place < self.size:
            self._bytes[place + 1 : self.size + 1] = self._bytes[place : self.size]
        self._kept[place] = values_of(frame, time_s, target, self._narrow)
        self.size += 1

    def _keep(self, rows: Rows, room: int, narrow: bool) -> None:
        """Keep a copy of these rows, with room for so many in all."""
        self._kept = np.empty(room, dtype=NARROW if narrow else ROW)
        self._frames, self._bytes, self._narrow = self._kept["frame"], bytes_of(self._kept), narrow
        self._bytes[: self.size] = bytes_of(rows)[: self.size]


class TrackRows:
    """Rows of one target, frames rising, in blocks of which none is large.

    A row is put in or taken out anywhere by moving those behind it in its block. Nothing of the length of the track
    is ever moved or copied, so that an hour leaves no room behind that was needed once. Not thread-safe.
    """

    def __init__(self) -> None:
        self._blocks: list[Block] = []  # none is empty
        self._firsts: list[int] = []  # the first frame of each

    @property
    def size(self) -> int:
        """How many rows there are."""
        return sum(block.size for block in self._blocks)

    @property
    def nbytes(self) -> int:
        """Bytes held, room for more rows included."""
        return sum(block.nbytes for block in self._blocks)

    @property
    def first_frame(self) -> int | None:
        """The frame of the first row, or None if there is none."""
        return self._firsts[0] if self._firsts else None

    @property
    def last_frame(self) -> int | None:
        """The frame of the last row, or None if there is none."""
        return self._blocks[-1].last if self._blocks else None

    def find(self, frame: int) -> np.void | None:
        """The row of this frame, or None."""
        number, place = self._locate(frame)
        return self._blocks[number].at(place) if self._is_at(number, place, frame) else None

    def before(self, frame: int | None) -> np.void | None:
        """The last row of a frame below this one (None: of all), or None."""
        number, place = self._locate(frame)
        if not place:
            number -= 1
            place = self._blocks[number].size if number >= 0 else 0
        return self._blocks[number].at(place - 1) if place else None

    def copy(self, start: int = 0, stop: int | None = None) -> Rows:
        """A copy of the rows of frames ``start <= frame < stop``."""
        return joined(list(self.parts(start, stop)))

    def parts(self, start: int = 0, stop: int | None = None) -> Iterator[Rows]:
        """The rows of frames ``start <= frame < stop`` as they are kept, block by block.

        They are views, of :data:`NARROW` or :data:`ROW`, that the next change outdates.
        """
        (low, first), (high, last) = self._locate(start), self._locate(stop)
        for number in range(low, min(high + 1, len(self._blocks))):
            rows = self._blocks[number].rows
            yield rows[first if number == low else 0 : last if number == high else len(rows)]

    def column(self, name: str) -> NDArray[np.generic]:
        """One column of all rows, in the type in which it is kept."""
        return np.concatenate([rows[name] for rows in self.parts()] or [no_rows()[name]])

    def missing_from(self, frame: int) -> int | None:
        """The first frame from this one on, after the first row, that has no row; None for an empty track."""
        if not self._blocks:
            return None
        frame = max(frame, self._firsts[0] + 1)
        number, place = self._locate(frame)
        while self._is_at(number, place, frame):
            block = self._blocks[number]
            # frames rise, so a row's frame less its place grows at holes and nowhere else
            lead, frames = frame - place, block.rows["frame"]
            if block.last - block.size + 1 > lead:
                return bisect_left(range(block.size), True, place, key=lambda at: int(frames[at]) - at > lead) + lead
            number, place, frame = number + 1, 0, block.last + 1
        return frame

    def put(self, frame: int, time_s: float, target: Target) -> None:
        """Add a row. Raises ValueError if the frame has one."""
        last = self.last_frame
        number, place = self._locate(None if last is None or frame > last else frame)
        if self._is_at(number, place, frame):
            raise ValueError(f"target {target.id} already has a row on frame {frame}: truncate or replace it first")
        if not self._blocks or self._blocks[number].size == BLOCK:
            self._replace((number, place), (number, place), rows_of(frame, time_s, target))
        else:
            self._blocks[number].insert(place, frame, time_s, target)
            self._firsts[number] = min(frame, self._firsts[number])

    def splice(self, start: int, stop: int | None, rows: Rows) -> Rows:
        """Put these rows in the place of those of frames ``start <= frame < stop``; a copy of what was there.

        Raises ValueError if their frames do not rise or lie outside.
        """
        frames = rows["frame"]
        if len(rows) > 1 and not (np.diff(frames) > 0).all():
            raise ValueError("the frames of a target's rows must rise")
        if len(rows) and (frames[0] < start or (stop is not None and frames[-1] >= stop)):
            raise ValueError(f"rows of frames {frames[0]} to {frames[-1]} do not belong between {start} and {stop}")
        if stop is not None:
            stop = max(start, stop)
        taken = self.copy(start, stop)
        self._replace(self._locate(start), self._locate(stop), rows)
        return taken

    def _locate(self, frame: int | None) -> tuple[int, int]:
        """Block, and place in it, of the first row that is not below this frame (None: the end).

        That may be the place behind the last row of a block; 0, 0 in an empty track.
        """
        if not self._blocks:
            return 0, 0
        if frame is None:
            return len(self._blocks) - 1, self._blocks[-1].size
        number = max(bisect_right(self._firsts, frame) - 1, 0)
        return number, self._blocks[number].place(frame)

    def _is_at(self, number: int, place: int, frame: int) -> bool:
        """Whether the row of this frame is here."""
        if number >= len(self._blocks) or place >= self._blocks[number].size:
            return False
        return bool(self._blocks[number].rows["frame"][place] == frame)

    def _replace(self, begin: tuple[int, int], end: tuple[int, int], rows: Rows) -> None:
        """Put rows of :data:`ROW` in the place of those from one place up to another."""
        (low, first), (high, last) = begin, end
        if self._blocks and first == BLOCK and high == low == len(self._blocks) - 1:
            low, first = low + 1, 0  # a full block at the end stays as it is
            high, last = low, 0
        before = [block.rows[:first] for block in self._blocks[low : low + 1]]
        behind = [block.rows[last:] for block in self._blocks[high : high + 1]]
        merged = joined([*before, np.ascontiguousarray(rows, dtype=ROW), *behind])
        parts = -(-len(merged) // BLOCK)
        cuts = [len(merged) * part // parts for part in range(parts + 1)] if parts else [0]
        blocks = [Block.of(merged[start:stop]) for start, stop in pairwise(cuts)]
        self._blocks[low : high + 1] = blocks
        self._firsts[low : high + 1] = [block.first for block in blocks]
