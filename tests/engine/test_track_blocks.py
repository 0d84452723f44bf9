"""Rows of one target in blocks: all that is told of them is what a plain dict would tell."""

import sys
from unittest import mock

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import track_blocks
from engine.geometry import snap_box
from engine.track_blocks import BLOCK, TrackRows
from engine.track_rows import NARROW, ROW, joined, narrowed, no_rows, rows_of, target_of
from engine.tracking.tracker import BOX_STEPS
from engine.types import Box, Origin, Target, TrackState


def tracked(frame, confidence=0.75, search=None, box=None):
    region = search or Box(frame - 20.5, 1.25, 96.5, 96.5)
    box = box or snap_box(Box(frame + 0.1, 2.2, 30.3, 40.4), BOX_STEPS)
    return Target(1, box, confidence, TrackState.TRACKED, Origin.TRACK, region)


def filled(frames, **changes):
    track = TrackRows()
    for frame in frames:
        track.put(frame, frame / 30, tracked(frame, **changes))
    return track


def kinds(track):
    return [rows.dtype for rows in track.parts()]


lone = {
    "confidence of more bits": (5, tracked(5, confidence=0.1)),
    "confidence beyond float32": (5, tracked(5, confidence=1e300)),
    "box between the steps in which it is told": (5, tracked(5, box=Box(5.1, 2.2, 30.3, 40.4))),
    "box beyond float32": (5, tracked(5, box=Box(1e300, 2.0, 30.0, 40.0))),
    "box of a frame too wide for the steps": (5, tracked(5, box=Box(40_000 + 1 / 1024, 2.0, 30.0, 40.0))),
    "search region that is no square": (5, tracked(5, search=Box(0, 0, 50, 50.5))),
    "frame beyond int32": (1 << 31, tracked(5)),
}


@pytest.mark.parametrize(("frame", "target"), lone.values(), ids=lone)
def test_a_row_that_would_lose_bits_is_kept_in_full(frame, target):
    track = filled(range(4))
    assert kinds(track) == [NARROW]
    track.put(frame, 0.3, target)
    assert kinds(track) == [ROW]
    found = target_of(1, track.find(frame))
    assert (found.confidence, found.box) == (target.confidence, target.box)
    expected = joined([*(rows_of(at, at / 30, tracked(at)) for at in range(4)), rows_of(frame, 0.3, target)])
    assert track.copy().tobytes() == expected.tobytes()
    assert narrowed(expected) is None
    again = TrackRows()
    again.splice(0, None, expected)
    assert again.copy().tobytes() == expected.tobytes()


def test_rows_that_lose_nothing_are_kept_narrow():
    track = filled(range(3))
    track.put(3, 0.1, Target(1, None, 0.0, TrackState.ABSENT))  # no box, no search region
    again = TrackRows()
    again.splice(0, None, track.copy())
    assert kinds(track) == kinds(again) == [NARROW]
    assert again.copy().tobytes() == track.copy().tobytes()
    assert target_of(1, again.find(2)) == tracked(2)
    assert target_of(1, again.find(3)) == Target(1, None, 0.0, TrackState.ABSENT)


def test_a_row_in_full_does_not_make_the_other_blocks_larger():
    track = filled(range(3 * BLOCK))
    track.splice(BLOCK + 7, BLOCK + 8, rows_of(BLOCK + 7, 1.5, tracked(BLOCK + 7, confidence=0.1)))
    assert kinds(track) == [NARROW, ROW, NARROW]


def test_a_track_never_holds_more_than_its_rows_and_room_for_one_block():
    """Arrays of the length of the track, copied as it grows, leave room behind that is not given back."""
    track, held = TrackRows(), 0
    for frame in range(20 * BLOCK):
        track.put(frame, frame / 30, tracked(frame))
        if frame % 500 == 0:
            assert track.nbytes <= (frame + 1 + BLOCK) * NARROW.itemsize
            assert all(sys.getsizeof(rows.base) <= BLOCK * NARROW.itemsize + 200 for rows in track.parts())
            assert track.nbytes >= held
            held = track.nbytes
    assert track.size == 20 * BLOCK


@pytest.mark.parametrize("step", [1, -1])
def test_rows_put_in_from_either_side_fill_their_blocks(step):
    track = filled(range(5 * BLOCK)[::step])
    assert track.copy()["frame"].tolist() == list(range(5 * BLOCK))
    assert track.nbytes <= 2.1 * track.size * NARROW.itemsize


@pytest.mark.parametrize(("start", "stop"), [(5, 3), (5, 5), (30, None), (12, 20)])
def test_taking_back_nothing_changes_nothing(start, stop):
    track = filled(range(10))
    before = track.copy().tobytes()
    assert len(track.splice(start, stop, no_rows())) == 0
    assert track.copy().tobytes() == before


narrow_or_not = st.builds(
    tracked,
    st.integers(0, 99),
    st.floats(0, 1, width=32) | st.floats(0, 1),
    st.none() | st.just(Box(1.0, 2.0, 3.0, 4.0)),
    st.none() | st.just(Box(0.1, 0.2, 0.3, 0.4)),
)
change = st.tuples(
    st.sampled_from(["put", "put", "put", "splice"]), st.integers(0, 40), st.integers(0, 12), narrow_or_not
)


@settings(max_examples=150, deadline=None)
@given(st.lists(change, max_size=60))
@example([("put", frame, 0, tracked(frame)) for frame in range(12)] + [("splice", 3, 6, tracked(1))])
def test_small_blocks_tell_what_a_dict_would(changes):
    with mock.patch.object(track_blocks, "BLOCK", 4):
        track, plain = TrackRows(), {}
        for number, (kind, start, length, target) in enumerate(changes):
            if kind == "put" and start in plain:
                with pytest.raises(ValueError, match="truncate"):
                    track.put(start, 0.0, target)
            elif kind == "put":
                track.put(start, float(number), target)
                plain[start] = (float(number), target)
            else:
                frames = range(start, start + length, 2)
                new = joined([rows_of(frame, float(number), target) for frame in frames])
                taken = track.splice(start, start + length, new)
                gone = {frame: row for frame, row in plain.items() if start <= frame < start + length}
                assert taken["frame"].tolist() == sorted(gone)
                plain = {frame: row for frame, row in plain.items() if frame not in gone}
                plain.update((frame, (float(number), target)) for frame in frames)
            told(track, dict(sorted(plain.items())))


def told(track, plain):
    frames = list(plain)
    rows = track.copy()
    assert [(row["time_s"], target_of(1, row)) for row in rows] == list(plain.values())
    assert rows["frame"].tolist() == track.column("frame").tolist() == frames
    assert (track.size, track.first_frame, track.last_frame) == (
        len(frames),
        *((frames[0], frames[-1]) if frames else (None,) * 2),
    )
    assert all(0 < len(part) <= 4 for part in track.parts())
    for frame in range(0, 56, 5):
        below = [at for at in frames if at < frame]
        before, found = track.before(frame), track.find(frame)
        assert (None if before is None else int(before["frame"])) == (below[-1] if below else None)
        assert (None if found is None else target_of(1, found)) == (plain[frame][1] if frame in plain else None)
        cut = track.copy(frame, frame + 9)["frame"]
        assert cut.tolist() == [at for at in frames if frame <= at < frame + 9]
        low = max(frame, frames[0] + 1) if frames else 0
        assert track.missing_from(frame) == (next(at for at in range(low, 99) if at not in plain) if frames else None)
    last = track.before(None)
    assert (None if last is None else int(last["frame"])) == (frames[-1] if frames else None)
    assert np.array_equal(track.column("state"), rows["state"])
