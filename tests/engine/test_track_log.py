import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.track_log import ROW, LogEvent, TrackLog, transition
from engine.types import Box, Origin, Target, TrackState

T, U, L, M, A, I = (  # noqa: E741
    TrackState.TRACKED,
    TrackState.UNCERTAIN,
    TrackState.LOST,
    TrackState.MANUAL,
    TrackState.ABSENT,
    TrackState.INIT,
)


def target(identity=1, frame=0, state=T, search=None):
    box = None if state in (L, A) else Box(frame + 0.25, 2.0, 30.0, 40.5)
    return Target(identity, box, 0.5, state, Origin.TRACK, search)


def filled(states, identity=1, log=None):
    log = log or TrackLog()
    for frame, state in enumerate(states):
        log.record(frame, frame / 25, [target(identity, frame, state)])
    return log


def test_what_is_recorded_is_found_by_frame():
    log = TrackLog()
    row = Target(3, Box(1.5, 2.25, 10, 20), 0.75, U, Origin.MANUAL, Box(0, 0, 64, 64))
    log.record(7, 0.28, [row])
    assert log.get(3, 7) == row
    assert log.get(3, 6) is None
    assert log.get(4, 7) is None
    assert log.at(7) == (row,)
    assert log.targets == (3,)
    assert log.span == (7, 7)


def test_rows_only_rise():
    log = filled([I, T, T])
    for frame in (2, 1):
        with pytest.raises(ValueError, match="truncate"):
            log.record(frame, 0.0, [target()])
    log.record(9, 0.36, [target(frame=9)])  # gaps are allowed: live sources have them
    assert log.last_frame(1) == 9


def test_truncate_touches_one_target_and_raises_the_revision():
    log = filled([I, T, T, T], 2, filled([I, T, T, T], 1))
    before = log.revision
    log.truncate(1, 2)
    assert log.last_frame(1) == 1
    assert log.last_frame(2) == 3
    assert log.revision == before + 1
    log.truncate(1, 50)
    assert log.revision == before + 1  # nothing changed


def test_truncating_everything_leaves_no_target():
    log = filled([I, T])
    log.truncate(1, 0)
    assert log.targets == ()
    assert log.span is None
    assert log.last_frame(1) is None


def test_restore_undoes_exactly():
    log = filled([I, T, L, T])
    before = log.snapshot(1)
    log.truncate(1, 1)
    log.record(1, 1 / 25, [target(frame=9, state=M)])
    log.restore(1, before)
    assert (log.rows(1).tobytes()) == before.tobytes()


def test_a_snapshot_does_not_change_with_the_log():
    log = filled([I, T, T])
    rows = log.snapshot(1)
    log.truncate(1, 1)
    log.record(1, 0.5, [target(frame=500)])
    assert rows["box"][1][0] == 1.25


def test_restore_refuses_rows_that_do_not_rise():
    rows = np.zeros(2, dtype=ROW)
    with pytest.raises(ValueError, match="rise"):
        TrackLog().restore(1, rows)


def test_last_seen_is_the_last_box():
    log = filled([I, T, U, L, L])
    assert log.last_seen(1) == (2, target(frame=2, state=U))
    assert log.last_seen(1, before=2) == (1, target(frame=1))
    assert filled([L, L]).last_seen(1) is None
    assert TrackLog().last_seen(8) is None


def test_frames_fill_targets_that_have_no_row_as_absent():
    log = filled([I, T, T])
    log.record(2, 2 / 25, [target(2, 2, I)])
    log.record(5, 5 / 25, [target(2, 5)])
    frames = list(log.frames())
    assert [frame.index for frame in frames] == [0, 1, 2, 5]
    assert [[t.state for t in frame.targets] for frame in frames] == [[I, A], [T, A], [T, I], [A, T]]
    assert all(t.box is None for frame in frames for t in frame.targets if t.state is A)
    assert [frame.time_s for frame in frames] == [0.0, 0.04, 0.08, 0.2]
    assert [len(frame.targets) for frame in log.frames(fill=False)] == [1, 1, 2, 1]
    assert [frame.index for frame in log.frames(1, 3)] == [1, 2]


def test_events_are_what_the_states_say():
    log = filled([I, T, L, L, U, T, M, M, L, M])
    kinds = [(event.kind, event.frame) for event in log.events()]
    assert kinds == [("lost", 2), ("reacquired", 4), ("manual", 6), ("manual", 7), ("lost", 8), ("manual", 9)]
    assert log.events()[0] == LogEvent("lost", 1, 2, 2 / 25)


def test_events_of_all_targets_come_by_frame():
    log = filled([I, T, T, L], 1)
    filled([I, L, T, T], 2, log)
    assert [(e.frame, e.target) for e in log.events()] == [(1, 2), (2, 2), (3, 1)]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [(None, I, None), (None, L, "lost"), (T, L, "lost"), (L, L, None), (L, U, "reacquired"), (A, T, "reacquired"),
     (T, U, None), (L, M, "manual"), (T, A, None)],
)  # fmt: skip
def test_transitions(before, after, kind):
    assert transition(before, after) == kind


def test_an_hour_is_cheap():
    log = TrackLog()
    row = target()
    for frame in range(0, 20000):
        log.record(frame, frame / 60, [row])
    held = log._tracks[1]._buffer.nbytes
    assert held / 20000 * 216000 < 40e6
    assert sys.getsizeof(log._tracks[1].rows) < 1000  # a view, not a copy


def test_readers_see_whole_rows_while_rows_are_added():
    log = TrackLog()
    stop = threading.Event()
    wrong: list[int] = []

    def read():
        while not stop.is_set():
            rows = log.rows(1)
            wrong.extend(np.flatnonzero(rows["box"][:, 0] != rows["frame"] + 0.25).tolist())

    reader = threading.Thread(target=read)
    reader.start()
    for frame in range(5000):
        log.record(frame, frame / 60, [target(frame=frame)])
    stop.set()
    reader.join(20)
    assert wrong == []
    assert len(log.rows(1)) == 5000


finite = st.floats(-1e6, 1e6)
boxes = st.builds(Box, finite, finite, st.floats(0.01, 1e5), st.floats(0.01, 1e5))
targets = st.builds(
    Target,
    st.integers(1, 3),
    st.none() | boxes,
    st.floats(0, 1),
    st.sampled_from(TrackState),
    st.sampled_from(Origin),
    st.none() | boxes.map(lambda b: Box(*(float(np.float32(v)) for v in b.as_array()))),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), targets), max_size=40), st.integers(0, 100))
def test_the_log_is_a_faithful_store(steps, cut):
    log, truth, frame = TrackLog(), {}, 0
    for step, row in steps:
        frame += step
        log.record(frame, frame * 0.1, [row])
        truth[row.id, frame] = row
    for (identity, at), row in truth.items():
        assert log.get(identity, at) == row
    log.truncate(1, cut)
    kept = {key for key in truth if key[0] != 1 or key[1] < cut}
    assert {(t.id, f.index) for f in log.frames(fill=False) for t in f.targets} == kept
