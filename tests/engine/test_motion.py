import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calibration import Calibration
from engine.motion import durations, motion, presence, summary
from engine.track_log import ROW, STATES
from engine.types import TrackState

NAN = float("nan")


def rows_of(centers, times=None, states=None, fps=30.0, size=(10.0, 8.0), confidence=0.9):
    """Rows with boxes of one size around centres ``(N, 2)``; NaN is a row without a box."""
    centers = np.asarray(centers, dtype=float).reshape(-1, 2)
    rows = np.zeros(len(centers), dtype=ROW)
    rows["frame"] = np.arange(len(centers))
    rows["time_s"] = rows["frame"] / fps if times is None else times
    rows["box"] = np.column_stack([centers - np.array(size) / 2, np.broadcast_to(size, centers.shape)])
    rows["box"][np.isnan(centers[:, 0])] = NAN
    rows["confidence"] = confidence
    rows["state"] = STATES.index(TrackState.TRACKED)
    rows["state"][np.isnan(centers[:, 0])] = STATES.index(TrackState.LOST)
    if states is not None:
        rows["state"] = [STATES.index(s) for s in states]
    return rows


coordinate = st.floats(-500, 500)
ways = st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=40).map(np.array)
gappy = st.lists(st.one_of(st.none(), st.tuples(coordinate, coordinate)), min_size=1, max_size=40).map(
    lambda points: np.array([(NAN, NAN) if p is None else p for p in points])
)
steps = st.lists(st.floats(0.02, 0.05), min_size=2, max_size=40)


@given(steps, coordinate, coordinate, coordinate, coordinate)
def test_steady_motion_is_found_exactly_at_any_frame_times(intervals, x, y, vx, vy):
    times = np.cumsum(intervals)
    m = motion(rows_of(np.array([x, y]) + times[:, None] * np.array([vx, vy]), times))
    assert m.velocity == pytest.approx(np.tile([vx, vy], (len(times), 1)), abs=1e-6)
    assert m.smooth == pytest.approx(m.center, abs=1e-6)
    assert m.speed == pytest.approx(np.full(len(times), np.hypot(vx, vy)), abs=1e-6)


@given(ways, coordinate, coordinate)
def test_speed_does_not_depend_on_where_the_track_is(way, dx, dy):
    assert motion(rows_of(way + np.array([dx, dy]))).speed == pytest.approx(motion(rows_of(way)).speed, abs=1e-6)


@given(ways)
def test_the_way_back_is_as_fast(way):
    assert motion(rows_of(way[::-1])).speed[::-1] == pytest.approx(motion(rows_of(way)).speed, abs=1e-6)


@given(gappy)
def test_a_gap_stays_a_gap_and_nothing_reaches_across_it(way):
    m = motion(rows_of(way))
    gap = np.isnan(way[:, 0])
    assert (np.isnan(m.smooth[:, 0]) == gap).all() and (m.run[gap] == -1).all() and (m.run[~gap] >= 0).all()
    assert np.isnan(m.speed[gap]).all()
    for run in set(m.run[~gap].tolist()):
        mine = np.flatnonzero(m.run == run)
        assert (np.diff(mine) == 1).all()
        alone = motion(rows_of(way[mine], times=mine / 30))
        if len(mine) > 1:
            assert m.speed[mine] == pytest.approx(alone.speed, abs=1e-6)
        else:
            assert np.isnan(m.speed[mine]).all()


@given(ways, st.floats(1e-3, 1e3))
def test_units_scale_lengths_and_speeds_and_nothing_else(way, scale):
    rows = rows_of(way)
    px, units = summary(1, rows), summary(1, rows, Calibration(scale, "mm", (5, 5), y_up=True))
    for name in ("path", "net", "mean_speed", "max_speed"):
        assert getattr(units, name) == pytest.approx(scale * getattr(px, name))
    assert (units.visible_s, units.lost, units.rows) == (px.visible_s, px.lost, px.rows)


@given(ways)
def test_the_path_is_no_shorter_than_the_straight_line(way):
    s = summary(1, rows_of(way))
    assert s.net - 1e-6 <= s.path
    assert s.mean_speed == pytest.approx(s.path / ((len(way) - 1) / 30))


def test_smoothing_takes_most_of_the_jitter():
    random = np.random.default_rng(1)
    time_s = np.arange(300) / 30
    way = np.column_stack([100 * time_s, 50 + 0 * time_s]) + random.normal(0, 1.0, (300, 2))
    speed = motion(rows_of(way)).speed
    raw = np.hypot(*np.diff(way, axis=0).T) * 30
    assert np.abs(speed - 100).mean() < 0.25 * np.abs(raw - 100).mean()
    assert summary(1, rows_of(way)).path == pytest.approx(100 * time_s[-1], rel=0.02)


def test_a_pause_between_rows_ends_a_run():
    times = np.array([0, 1, 2, 3, 40, 41, 42]) / 30
    m = motion(rows_of([(i, 0) for i in range(7)], times))
    assert m.run.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert summary(1, rows_of([(0, 0)] * 4 + [(900, 0)] * 3, times)).path == 0
    assert durations(times).sum() == pytest.approx(7 / 30)


def test_few_dropped_frames_do_not_end_a_run():
    m = motion(rows_of([(3.0 * t, 0) for t in (0, 1, 2, 5, 6, 7)], np.array([0, 1, 2, 5, 6, 7]) / 30))
    assert set(m.run.tolist()) == {0}
    assert m.speed == pytest.approx(np.full(6, 90.0))


def test_the_summary_of_a_track_that_was_lost_and_away():
    s = TrackState
    states = [s.INIT, s.TRACKED, s.LOST, s.LOST, s.TRACKED, s.TRACKED, s.ABSENT, s.ABSENT]
    way = [(0, 0), (1, 0), (NAN, NAN), (NAN, NAN), (7, 0), (8, 0), (NAN, NAN), (NAN, NAN)]
    found = summary(3, rows_of(way, states=states, fps=10))
    assert (found.target, found.rows, found.first_frame, found.last_frame) == (3, 8, 0, 7)
    assert found.visible_s == pytest.approx(0.4)
    assert found.lost == pytest.approx(2 / 6)
    assert (found.path, found.net) == (pytest.approx(2), pytest.approx(8))
    assert found.mean_speed == pytest.approx(10) and found.max_speed == pytest.approx(10)


def test_a_track_that_was_never_seen_has_no_way():
    found = summary(1, rows_of([(NAN, NAN)] * 3))
    assert np.isnan([found.path, found.net, found.mean_speed, found.max_speed, found.confidence]).all()
    assert (found.visible_s, found.lost) == (0.0, 1.0)
    one = summary(1, rows_of([(4, 4)]))
    assert one.path == 0 and np.isnan(one.mean_speed)


@pytest.mark.parametrize("count", [0, 1])
def test_next_to_no_rows_make_no_trouble(count):
    m = motion(rows_of(np.full((count, 2), 5.0)))
    assert m.speed.shape == (count,) and m.smooth.shape == (count, 2)


def test_a_summary_needs_rows():
    with pytest.raises(ValueError, match="no rows"):
        summary(1, rows_of([]))


@given(gappy)
def test_presence_holds_all_the_time_that_the_target_was_seen(way):
    rows = rows_of(way)
    seconds = presence(rows, 640, 480, columns=32)
    assert seconds.shape == (24, 32)
    seen = ~np.isnan(rows["box"][:, 0])
    assert seconds.sum() == pytest.approx(durations(rows["time_s"])[seen].sum())


def test_presence_is_where_the_target_was():
    seconds = presence(rows_of([(100, 50)] * 30), 640, 480, columns=64)
    assert seconds[5, 10] == pytest.approx(1.0) and seconds.sum() == pytest.approx(1.0)
