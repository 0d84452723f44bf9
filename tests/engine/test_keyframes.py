import numpy as np
import pytest

from engine.keyframes import keyframe_after, keyframe_before, keyframes
from engine.track_log import TrackLog
from engine.track_rows import no_rows
from engine.types import Box, Origin, Target, TrackState

BOX = Box(1, 2, 30, 40)
ROWS = (
    (TrackState.INIT, Origin.INIT),
    (TrackState.TRACKED, Origin.TRACK),
    (TrackState.MANUAL, Origin.MANUAL),
    (TrackState.TRACKED, Origin.INTERPOLATED),
    (TrackState.MANUAL, Origin.MANUAL),
    (TrackState.ABSENT, Origin.MANUAL),
    (TrackState.ABSENT, Origin.MANUAL),
    (TrackState.TRACKED, Origin.MANUAL),
    (TrackState.LOST, Origin.TRACK),
    (TrackState.ABSENT, Origin.TRACK),
)


@pytest.fixture
def rows():
    log = TrackLog()
    for frame, (state, origin) in enumerate(ROWS):
        box = None if state in (TrackState.LOST, TrackState.ABSENT) else BOX
        log.record(frame, frame / 25, [Target(1, box, 0.5, state, origin)])
    return log.rows(1)


def test_what_the_user_decided_is_a_keyframe(rows):
    found = [(mark.frame, mark.kind, mark.box) for mark in keyframes(1, rows)]
    assert found == [(0, "start", BOX), (2, "drawn", BOX), (4, "drawn", BOX), (5, "gone", None), (7, "back", BOX)]
    assert keyframes(1, rows)[1].time_s == pytest.approx(0.08)


def test_neighbours(rows):
    assert [keyframe_before(rows, frame) for frame in (0, 1, 2, 3, 7, 99)] == [None, 0, 0, 2, 5, 7]
    assert [keyframe_after(rows, frame) for frame in (-1, 0, 4, 5, 6, 7)] == [0, 2, 5, 7, 7, None]


def test_no_rows_have_no_keyframes():
    assert keyframes(1, no_rows()) == []
    assert keyframe_before(no_rows(), 5) is None
    assert keyframe_after(np.zeros(0, no_rows().dtype), 5) is None
