import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import track_blocks
from engine.track_log import ROW, LogEvent, TrackLog, transition
from engine.track_rows import no_rows
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


def test_a_frame_has_one_row_a_target():
    log = filled([I, T, T])
    for frame in (2, 1):
        with pytest.raises(ValueError, match="truncate"):
            log.record(frame, 0.0, [target()])
    log.record(9, 0.36, [target(frame=9)])  # holes are allowed: live sources have them
    assert log.last_frame(1) == 9
    log.record(5, 0.2, [target(frame=5)])  # and can be filled
    assert log.rows(1)["frame"].tolist() == [0, 1, 2, 5, 9]
    assert [log.missing_from(1, frame) for frame in (0, 2, 5, 6, 9, 20)] == [3, 3, 6, 6, 10, 20]


def test_truncate_touches_one_target_and_counts_as_a_change():
    log = filled([I, T, T, T], 2, filled([I, T, T, T], 1))
    before = log.changes
    taken = log.truncate(1, 2)
    assert taken["frame"].tolist() == [2, 3]
    assert log.last_frame(1) == 1
    assert log.last_frame(2) == 3
    assert log.changes == before + 1
    log.truncate(1, 50)
    assert log.changes == before + 1  # nothing changed


def test_truncating_everything_leaves_no_target():
    log = filled([I, T])
    log.truncate(1, 0)
    assert log.targets == ()
    assert log.span is None
    assert log.last_frame(1) is None


def test_what_was_replaced_goes_back_in_exactly():
    log = filled([I, T, L, T, T])
    before = log.rows(1)
    one = filled([I, M]).rows(1, 1)
    taken = log.splice(1, 1, 4, one)
    assert log.rows(1)["frame"].tolist() == [0, 1, 4]
    assert log.splice(1, 1, 4, taken).tobytes() == one.tobytes()
    assert log.rows(1).tobytes() == before.tobytes()


def test_rows_do_not_change_with_the_log():
    log = filled([I, T, T])
    rows = log.rows(1)
    log.truncate(1, 1)
    log.record(1, 0.5, [target(frame=500)])
    assert rows["box"][1][0] == 1.25


def test_rows_that_do_not_rise_or_lie_outside_are_refused():
    log = filled([I, T, T])
    before = log.rows(1).tobytes()
    with pytest.raises(ValueError, match="rise"):
        log.splice(1, 0, None, np.zeros(2, dtype=ROW))
    with pytest.raises(ValueError, match="between 1 and 2"):
        log.splice(1, 1, 2, log.rows(1, 2))
    assert log.rows(1).tobytes() == before


def test_a_cursor_tells_what_changed_since_it_was_asked():
    log = filled([I, T, T])
    cursor = log.cursor()
    (patch,) = cursor.take()
    assert (patch.target, patch.start, patch.stop, len(patch.rows)) == (1, 0, None, 3)
    assert cursor.take() == []
    log.record(3, 0.1, [target(frame=3)])
    log.record(4, 0.2, [target(frame=4), target(2, 4)])
    first, second = cursor.take()
    assert (first.start, first.stop, first.rows["frame"].tolist()) == (3, 5, [3, 4])
    assert (second.target, second.start, second.stop) == (2, 4, 5)
    log.splice(1, 1, 2, no_rows())
    log.clear()
    assert [(p.target, p.start, p.stop, len(p.rows)) for p in cursor.take()] == [(1, 0, None, 0), (2, 0, None, 0)]


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


def test_what_is_told_of_a_track_of_many_blocks(monkeypatch):
    monkeypatch.setattr(track_blocks, "BLOCK", 2)
    log = filled([I, T, L, L, L, L, L, T, M, T, T, L, L, L, L, L])
    assert [(e.kind, e.frame) for e in log.events()] == [("lost", 2), ("reacquired", 7), ("manual", 8), ("lost", 11)]
    assert log.last_seen(1) == (10, target(frame=10))
    assert log.last_seen(1, before=7) == (1, target(frame=1))
    assert log.last_seen(1, before=0) is None


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [(None, I, None), (None, L, "lost"), (T, L, "lost"), (L, L, None), (L, U, "reacquired"), (A, T, "reacquired"),
     (T, U, None), (L, M, "manual"), (T, A, None)],
)  # fmt: skip
def test_transitions(before, after, kind):
    assert transition(before, after) == kind


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


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12), st.lists(st.integers(0, 11), max_size=6)), max_size=25)
)
def test_splices_and_their_patches_are_those_of_a_plain_list(steps):
    """Any splices: the log, a reader that follows its patches, and a plain dict agree; undone, nothing remains."""
    log, plain, copy, undo = TrackLog(), {}, {}, []
    cursor = log.cursor()
    for number, (start, length, offsets) in enumerate(steps):
        stop = start + length
        rows = np.zeros(len({o for o in offsets if o < length}), dtype=ROW)
        rows["frame"] = sorted({start + o for o in offsets if o < length})
        rows["confidence"] = number
        undo.append((start, stop, log.splice(1, start, stop, rows)))
        plain = {f: c for f, c in plain.items() if not start <= f < stop}
        plain.update((int(row["frame"]), float(row["confidence"])) for row in rows)
        for patch in cursor.take():
            end = patch.stop if patch.stop is not None else 1 << 40
            copy = {f: c for f, c in copy.items() if not patch.start <= f < end}
            copy.update((int(row["frame"]), float(row["confidence"])) for row in patch.rows)
        held = {int(row["frame"]): float(row["confidence"]) for row in log.rows(1)}
        assert held == plain == copy
        assert list(held) == sorted(held)
        for frame in range(0, 45, 7):
            missing = log.missing_from(1, frame)
            low = max(frame, min(held) + 1) if held else 0
            assert missing == (next(f for f in range(low, 99) if f not in held) if held else None)
    for start, stop, taken in reversed(undo):
        log.splice(1, start, stop, taken)
    assert log.targets == ()
