"""One target on one frame as a row: as rows travel, and as they are kept in fewer bytes."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.types import Box, Origin, Target, TrackState, UInt8Array

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
"""One target on one frame, as rows go in and out. Boxes that are not there are NaN."""

NARROW = np.dtype(
    [
        ("frame", np.int32),
        ("confidence", np.float32),
        ("time_s", np.float64),
        ("box", np.float32, (4,)),
        ("state", np.uint8),
        ("origin", np.uint8),
        ("search", np.float32, (3,)),
    ]
)
"""As rows of the tracker are kept, in 46 bytes: an hour at 60 frames/s is 10 MB.

Its boxes are told in steps of 1/1024 pixel, which float32 has up to 16,384 pixels, its confidences are those of a
float32 network, and its search regions are squares: x, y, side.
"""

_ALIKE = (
    (slice(8, 16), slice(8, 16)),  # time
    (slice(56, 70), slice(32, 46)),  # state, origin, and x, y and side of the search region
    (slice(70, 74), slice(42, 46)),  # its side again
)
"""Bytes of a row of :data:`ROW` that are bytes of :data:`NARROW`."""

Rows = NDArray[np.void]
"""``(N,)`` of :data:`ROW`, frames rising."""

STATE_CODE = {state: code for code, state in enumerate(STATES)}
ORIGIN_CODE = {origin: code for code, origin in enumerate(ORIGINS)}
_NOWHERE = (np.nan, np.nan, np.nan, np.nan)
_FLOATS = struct.Struct("5f")
_MOST = float(np.finfo(np.float32).max)


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
    row[0] = values_of(frame, time_s, target, narrow=False)
    return row


def values_of(frame: int, time_s: float, target: Target, narrow: bool) -> tuple[object, ...]:
    """What to assign to one row of :data:`NARROW` or of :data:`ROW`."""
    box, search = target.box, target.search
    region = _NOWHERE if search is None else (search.x, search.y, search.w, search.h)
    confidence, state, origin = target.confidence, STATE_CODE[target.state], ORIGIN_CODE[target.origin]
    place = _NOWHERE if box is None else (box.x, box.y, box.w, box.h)
    if narrow:
        return frame, confidence, time_s, place, state, origin, region[:3]
    return frame, time_s, place, confidence, state, origin, region


def is_narrow(frame: int, target: Target) -> bool:
    """Whether this row comes back from :data:`NARROW` as it was."""
    search, box = target.search, target.box
    told = (target.confidence, *((box.x, box.y, box.w, box.h) if box else (0.0,) * 4))
    return (
        abs(frame) < 1 << 31
        and 0.0 <= told[0] <= 1.0
        and max(map(abs, told)) <= _MOST
        and _FLOATS.unpack(_FLOATS.pack(*told)) == told
        and (search is None or search.w == search.h)
    )


def narrowed(rows: Rows) -> Rows | None:
    """The rows as :data:`NARROW`, or None if they would not come back from it bit by bit."""
    narrow = np.empty(len(rows), dtype=NARROW)
    with np.errstate(over="ignore", invalid="ignore"):
        for name in NARROW.names or ():
            narrow[name] = rows[name][:, :3] if name == "search" else rows[name]
    return narrow if bytes_of(widened(narrow)).tobytes() == bytes_of(rows).tobytes() else None


def widened(rows: Rows) -> Rows:
    """A copy of rows of either kind as :data:`ROW`."""
    return joined([rows])


def joined(parts: Sequence[Rows]) -> Rows:
    """A copy of rows of either kind, one part behind the other, as :data:`ROW`."""
    wide = np.empty(sum(map(len, parts)), dtype=ROW)
    to, start = bytes_of(wide), 0
    for rows in parts:
        stop = start + len(rows)
        part, given = to[start:stop], bytes_of(rows)
        if rows.dtype == ROW:
            part[:] = given
        else:
            for name in ("frame", "confidence", "box"):
                wide[name][start:stop] = rows[name]
            for there, here in _ALIKE:  # copied as bytes: ten times as fast as fields are
                part[:, there] = given[:, here]
        start = stop
    return wide


def bytes_of(rows: Rows) -> UInt8Array:
    """The rows as ``(N, bytes)``: a view if they lie one behind the other."""
    return np.ascontiguousarray(rows).view(np.uint8).reshape(-1, rows.dtype.itemsize)
