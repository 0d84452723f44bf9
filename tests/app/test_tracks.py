import numpy as np
import pytest

from app.tracks import Tracks, clock, next_event, previous_event
from engine.track_log import STATES, LogEvent, TrackLog
from engine.types import Box, Target, TrackState


def filled(frames, target=1, lost=()):
    log = TrackLog()
    for frame in range(frames):
        gone = frame in lost
        state = TrackState.LOST if gone else TrackState.TRACKED
        box = None if gone else Box(frame, 2 * frame, 10, 20)
        log.record(frame, frame / 30, [Target(target, box, 0.1 if gone else 0.9, state)])
    return log


def test_refresh_takes_only_what_is_new():
    log = filled(1000)
    tracks = Tracks(log)
    assert tracks.refresh() and not tracks.refresh()
    log.record(1000, 1000 / 30, [Target(1, None, 0.2, TrackState.LOST)])
    assert tracks.refresh()
    assert np.array_equal(tracks.rows(1)["frame"], np.arange(1001))


def test_rows_taken_back_go_here_too():
    log = filled(100)
    tracks = Tracks(log)
    tracks.refresh()
    log.truncate(1, 40)
    assert tracks.refresh()
    assert len(tracks.rows(1)) == 40
    log.clear()
    tracks.refresh()
    assert tracks.targets == () and len(tracks.rows(1)) == 0


def test_a_trail_has_gaps_where_the_target_was_lost():
    tracks = Tracks(filled(20, lost=(10, 11)))
    tracks.refresh()
    trail = tracks.trail(1, 14, 6)
    assert trail.shape == (6, 2)
    assert np.isnan(trail[1]).all() and np.isnan(trail[2]).all()
    assert trail[-1] == pytest.approx([14 + 5, 28 + 10])


def test_a_column_shows_the_worst_of_its_frames():
    tracks = Tracks(filled(1000, lost=(500,)))
    tracks.refresh()
    where, confidence, state = tracks.columns(1, 0, 999, 100)
    assert where.tolist() == list(range(100))
    lost = [at for at in range(100) if STATES[state[at]] is TrackState.LOST]
    assert lost == [50] and confidence[50] == pytest.approx(0.1) and confidence[49] == pytest.approx(0.9)


def test_columns_of_nothing_are_empty():
    tracks = Tracks(TrackLog())
    tracks.refresh()
    assert all(len(a) == 0 for a in tracks.columns(1, 0, 99, 50))


def test_events_are_found_on_both_sides():
    tracks = Tracks(filled(60, lost=range(20, 30)))
    tracks.refresh()
    kinds = [(e.kind, e.frame) for e in tracks.events()]
    assert kinds == [("lost", 20), ("reacquired", 30)]
    assert next_event(tracks.events(), 20) == LogEvent("reacquired", 1, 30, 1.0)
    assert previous_event(tracks.events(), 20) is None
    assert next_event(tracks.events(), 30) is None


@pytest.mark.parametrize(
    ("time_s", "text"), [(0, "0:00.0"), (9.96, "0:09.9"), (65.25, "1:05.2"), (3725.5, "1:02:05.5"), (-1, "0:00.0")]
)
def test_clock(time_s, text):
    assert clock(time_s) == text


def test_frames_behind_a_correction_are_counted_up_to_where_it_was_tracked():
    log = filled(100)
    log.record(40, 1.3, [Target(2, Box(0, 0, 10, 20), 1.0, TrackState.INIT)])
    tracks = Tracks(log)
    tracks.refresh()
    assert tracks.untracked([1], 0, 200) == 0 and tracks.untracked([1, 2], 0, 200) == 59
    log.truncate(1, 81)
    log.splice(1, 10, 20, log.rows(1)[:0])
    tracks.refresh()
    assert tracks.untracked([1], 0, 200) == 10 + 19
    assert tracks.untracked([1], 15, 85) == 5 + 5
    assert tracks.untracked([1, 2], 0, 200) == 10 + 59 and tracks.untracked([], 0, 200) == 0
    assert tracks.untracked([1], 150, 200) == 0
    log.clear()
    tracks.refresh()
    assert tracks.reach == -1
