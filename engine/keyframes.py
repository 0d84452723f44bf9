"""The frames on which the user decided: where a target was started, drawn, or said to be out of sight or back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.track_rows import ORIGIN_CODE, STATE_CODE, STATES, Rows
from engine.types import Box, Origin, TrackState

START, DRAWN, GONE, BACK = "start", "drawn", "gone", "back"


@dataclass(frozen=True, slots=True)
class Keyframe:
    """One decision. ``kind`` is start, drawn, gone (out of sight from here on) or back (looked for again)."""

    target: int
    frame: int
    time_s: float
    kind: str
    box: Box | None


def keyframe_places(rows: Rows) -> NDArray[np.intp]:
    """Places in ``(N,)`` rows that are keyframes, rising. Of a spell out of sight it is the first row."""
    state, manual = rows["state"], rows["origin"] == ORIGIN_CODE[Origin.MANUAL]
    gone = manual & (state == STATE_CODE[TrackState.ABSENT])
    goes_on = gone & np.r_[False, gone[:-1]]
    drawn = (state == STATE_CODE[TrackState.INIT]) | (state == STATE_CODE[TrackState.MANUAL])
    return np.flatnonzero(drawn | (manual & ~goes_on))


def keyframes(target: int, rows: Rows) -> list[Keyframe]:
    """The target's keyframes, frames rising."""
    return [_keyframe(target, rows[place]) for place in keyframe_places(rows).tolist()]


def keyframe_before(rows: Rows, frame: int) -> int | None:
    """The last keyframe on a frame below this one, or None."""
    frames = rows["frame"][keyframe_places(rows)]
    earlier = frames[frames < frame]
    return int(earlier[-1]) if len(earlier) else None


def keyframe_after(rows: Rows, frame: int) -> int | None:
    """The first keyframe on a frame above this one, or None."""
    frames = rows["frame"][keyframe_places(rows)]
    later = frames[frames > frame]
    return int(later[0]) if len(later) else None


def _keyframe(target: int, row: np.void) -> Keyframe:
    state, box = STATES[row["state"]], row["box"]
    kind = {TrackState.INIT: START, TrackState.MANUAL: DRAWN, TrackState.ABSENT: GONE}.get(state, BACK)
    shown = None if np.isnan(box[0]) else Box.from_array(box)
    return Keyframe(target, int(row["frame"]), float(row["time_s"]), kind, shown)
