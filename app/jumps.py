"""Where to look next: the places where a target was lost, and where its confidence is low."""

from __future__ import annotations

import numpy as np

from app.tracks import Tracks, flickers
from engine.config import StateConfig
from engine.track_log import STATES
from engine.types import TrackState

SUCCESS = StateConfig().success
"""Confidence from which a frame counts as tracked."""
_JOINED = 5  # low frames that are nearer to each other than this are one place
_UNSURE = STATES.index(TrackState.UNCERTAIN)
_SURE = [STATES.index(s) for s in (TrackState.LOST, TrackState.ABSENT)]  # nothing to doubt: there is no box


def lost_places(tracks: Tracks) -> list[tuple[int, int]]:
    """(frame, target) where targets were lost, by frame."""
    return [(event.frame, event.target) for event in tracks.events() if event.kind == "lost"]


def low_places(tracks: Tracks) -> list[tuple[int, int]]:
    """(frame, target) where a spell of low confidence begins, by frame; lost and absent are another matter.

    So is a target that is lost but for a moment.
    """
    places = []
    for target in tracks.targets:
        rows = tracks.rows(target)
        unsure = (rows["state"] == _UNSURE) | (rows["confidence"] < SUCCESS)
        low = rows["frame"][unsure & ~np.isin(rows["state"], _SURE) & ~flickers(rows)]
        begins = low[np.diff(low, prepend=low[:1] - _JOINED - 1) > _JOINED]
        places += [(int(frame), target) for frame in begins]
    return sorted(places)


def neighbour(places: list[tuple[int, int]], frame: int, forward: bool) -> tuple[int, int] | None:
    """The first place after a frame, or the last one before it; None if there is none."""
    if forward:
        return next((place for place in places if place[0] > frame), None)
    return next((place for place in reversed(places) if place[0] < frame), None)
