"""Corrections and other changes of the track: what they do, and that each can be taken back exactly."""

import numpy as np
import pytest

from engine import events
from engine.editor import overlap
from engine.edits import Edit
from engine.errors import FormatError
from engine.testing import moving_box
from engine.types import Box, Origin, TrackState
from tests.engine.test_player import Stage

WRONG = Box(40.0, 60.0, 40.0, 40.0)


@pytest.fixture
def stage():
    """A target tracked over frames 0 to 30, the last one shown."""
    made = Stage()
    made.player.show(0)
    made.player.start(1, moving_box(0), 0)
    made.advance(30)
    return made


class Taken:
    """Checks that a change can be taken back and made again, from the moment that it was asked for."""

    def __init__(self, stage):
        self._stage, self._before = stage, contents(stage)

    def check(self, edit):
        after = contents(self._stage)
        assert after != self._before
        for state in (self._before, after, self._before, after):
            self._stage.player.editor.swap(edit)
            assert contents(self._stage) == state


def contents(stage):
    return {target: stage.log.rows(target).tobytes() for target in stage.log.targets}


def correct(stage, frame, box=WRONG, keep=False):
    edit = Edit()
    stage.player.show(frame)
    stage.player.start(1, box, frame, edit, keep)
    return edit


def origins(stage, target=1):
    return [t.origin.value for f in stage.log.frames(fill=False) for t in f.targets if t.id == target]


def test_a_correction_leaves_what_comes_after_the_next_one(stage):
    correct(stage, 20)
    stage.advance(10)
    later = stage.log.rows(1, 20).tobytes()
    edit = correct(stage, 10)
    assert stage.frames() == [*range(11), *range(20, 31)]
    assert stage.log.rows(1, 20).tobytes() == later
    stage.advance(20)
    assert stage.frames() == list(range(31)), "playing fills the hole"
    assert stage.log.rows(1, 20).tobytes() == later, "and tracks nothing else"
    assert stage.tracker.updates[-9:] == [(frame, (1,)) for frame in range(11, 20)]
    stage.player.editor.swap(edit)
    assert stage.states()[10] == "tracked" and stage.states()[20] == "manual"


def test_only_what_was_replaced_is_kept(stage):
    assert correct(stage, 25).held == 6
    assert correct(stage, 25).held == 1, "a nudge keeps one row"
    assert correct(stage, 3).held == 22, "up to the next keyframe"


def test_a_correction_may_keep_what_follows(stage):
    taken = Taken(stage)
    edit = correct(stage, 10, keep=True)
    assert stage.frames() == list(range(31)) and edit.held == 1
    assert stage.states()[9:12] == ["tracked", "manual", "tracked"]
    taken.check(edit)


def test_the_tracker_is_taught_what_was_drawn_before(stage):
    correct(stage, 20, moving_box(20))
    assert stage.tracker.taught == {1: [0]}
    correct(stage, 10, moving_box(10))
    assert stage.tracker.taught == {1: [0, 20]}
    stage.player.show(20)
    stage.advance(11)
    assert stage.tracker.inits[-1] == (20, (1,), False), "from 20 on it goes from the box drawn there"
    assert sorted(stage.tracker.taught[1]) == [0, 10, 20]


def test_a_box_drawn_again_where_the_target_began_is_its_beginning(stage):
    correct(stage, 0)
    assert stage.states() == ["init"] and origins(stage) == ["init"]


def test_before_the_first_box_a_target_can_begin_earlier(stage):
    stage.player.show(40)
    stage.player.start(2, moving_box(40), 40)
    stage.player.show(35)
    stage.player.start(2, moving_box(35), 35)
    assert stage.states(2) == ["manual", "init"]
    stage.player.show(40)
    stage.player.log.truncate(1, 0)
    stage.advance(6)
    assert stage.frames(2) == list(range(35, 42))


def test_a_hole_left_behind_is_filled_before_playing_goes_on(stage):
    correct(stage, 20)
    stage.advance(10)
    correct(stage, 10)
    stage.player.show(28)
    assert stage.player.behind
    shown = [stage.player.advance().frame.index for _ in range(10)]
    assert shown == [*range(11, 20), 28], "what is tracked already is not shown on the way"
    assert not stage.player.catching_up and not stage.player.behind


def test_absent_up_to_the_next_keyframe(stage):
    correct(stage, 20)
    stage.advance(10)
    taken = Taken(stage)
    edit = Edit()
    stage.player.editor.mark_absent(edit, 1, 12)
    states = stage.states()
    assert states[11:21] == ["tracked"] + ["absent"] * 8 + ["manual"]
    assert origins(stage)[12] == "manual" and stage.log.get(1, 12).box is None
    assert len(stage.frames()) == 31
    taken.check(edit)


def test_out_of_sight_past_the_end_of_the_rows(stage):
    stage.player.show(31)
    stage.player.editor.mark_absent(Edit(), 1, 31)
    assert stage.frames()[-1] == 31
    stage.advance(3)
    assert stage.states()[30:] == ["tracked"] + ["absent"] * 4
    with pytest.raises(FormatError, match="no track before"):
        stage.player.editor.mark_absent(Edit(), 2, 5)


def test_visible_again_is_looked_for_from_where_it_was_seen(stage):
    stage.player.editor.mark_absent(Edit(), 1, 12)
    taken = Taken(stage)
    edit = Edit()
    result = stage.player.show(20)
    stage.player.editor.mark_visible(edit, 1, result.frame)
    assert stage.tracker.inits[-1] == (11, (1,), False)
    row = stage.log.get(1, 20)
    assert (row.state, row.origin) == (TrackState.TRACKED, Origin.MANUAL)
    assert row.box.as_array() == pytest.approx(moving_box(20).as_array())
    stage.advance(5)
    assert stage.states()[19:] == ["absent"] + ["tracked"] * 6
    taken.check(edit)


def test_a_target_never_seen_can_not_be_looked_for(stage):
    with pytest.raises(FormatError, match="draw its box"):
        stage.player.editor.mark_visible(Edit(), 1, stage.player.show(0).frame)
    assert stage.states()[0] == "init"


def test_a_deleted_keyframe_is_tracked_over_from_the_one_before(stage):
    correct(stage, 10)
    correct(stage, 20)
    stage.player.show(10)
    stage.advance(20)
    taken = Taken(stage)
    edit = Edit()
    stage.player.editor.delete_keyframe(edit, 1, 10)
    assert stage.frames() == [*range(10), *range(20, 31)]
    stage.player.show(9)
    stage.advance(11)
    assert stage.states()[8:22] == ["tracked"] * 12 + ["manual", "tracked"]
    taken.check(edit)


def test_without_its_only_keyframe_there_is_no_target(stage):
    edit = Edit()
    stage.player.editor.delete_keyframe(edit, 1, 0)
    assert stage.log.targets == () and stage.advance(2).targets == ()
    assert stage.of(events.TargetChanged)[-1] == events.TargetChanged(1, followed=False)
    stage.player.editor.swap(edit)
    assert stage.of(events.TargetChanged)[-1] == events.TargetChanged(1, followed=True)


def test_a_straight_line_between_two_drawn_boxes(stage):
    correct(stage, 20, Box(100, 50, 30, 30))
    correct(stage, 10, Box(60, 40, 20, 40))
    taken = Taken(stage)
    edit = Edit()
    stage.player.editor.interpolate(edit, 1, 14)
    row = stage.log.get(1, 15)
    assert row.box == Box(80, 45, 25, 35)
    assert (row.state, row.origin, row.search) == (TrackState.TRACKED, Origin.INTERPOLATED, None)
    rows = stage.log.rows(1)
    np.testing.assert_allclose(np.diff(rows["time_s"]), 1 / 30, atol=1e-9)
    assert stage.frames() == [*range(21)]
    taken.check(edit)


def test_a_line_follows_the_box_it_hangs_on(stage):
    correct(stage, 20, Box(100, 50, 30, 30))
    correct(stage, 10, Box(60, 40, 20, 40))
    stage.player.editor.interpolate(Edit(), 1, 14)
    correct(stage, 15, Box(70, 70, 20, 20))
    assert stage.log.get(1, 14).box.x == pytest.approx(68)
    assert stage.log.get(1, 16).box.x == pytest.approx(76)
    assert set(origins(stage)[11:15] + origins(stage)[16:20]) == {"interpolated"}
    stage.player.editor.delete_keyframe(Edit(), 1, 15)
    assert stage.frames() == [*range(11), 20], "the lines that led there go with it"


@pytest.mark.parametrize("frame", [5, 25])
def test_a_line_needs_a_box_on_both_sides(stage, frame):
    if frame == 5:
        stage.player.editor.mark_absent(Edit(), 1, 10)
    with pytest.raises(FormatError, match="both sides"):
        stage.player.editor.interpolate(Edit(), 1, frame)


def test_a_line_needs_room(stage):
    correct(stage, 10)
    correct(stage, 11)
    with pytest.raises(FormatError, match="no frame between"):
        stage.player.editor.interpolate(Edit(), 1, 10)


def test_two_tracks_become_one(stage):
    stage.player.editor.mark_absent(Edit(), 1, 12)
    stage.player.show(18)
    stage.player.start(2, moving_box(18), 18)
    stage.advance(12)
    assert len(overlap(stage.log.rows(1), stage.log.rows(2))) == 0
    edit = Edit()
    stage.player.editor.merge(edit, 1, 2)
    assert stage.log.targets == (1,)
    assert stage.states() == ["init"] + ["tracked"] * 11 + ["absent"] * 6 + ["init"] + ["tracked"] * 12
    stage.advance(1)
    assert stage.tracker.updates[-1] == (31, (1,))
    stage.player.editor.remove(Edit(), 1, 31)
    stage.player.editor.swap(edit)
    assert stage.log.targets == (1, 2)


@pytest.mark.parametrize("prefer_other", [False, True])
def test_where_both_have_a_box_one_is_chosen(stage, prefer_other):
    stage.player.show(10)
    stage.player.start(2, WRONG, 10)
    stage.advance(20)
    assert overlap(stage.log.rows(1), stage.log.rows(2))["frame"].tolist() == list(range(10, 31))
    stage.player.editor.merge(Edit(), 1, 2, prefer_other)
    assert stage.frames() == list(range(31))
    expected = WRONG if prefer_other else moving_box(10)
    assert stage.log.get(1, 10).box.as_array() == pytest.approx(expected.as_array())


def test_a_track_is_split_in_two(stage):
    taken = Taken(stage)
    edit = Edit()
    stage.player.editor.split(edit, 1, 14, 2)
    assert stage.frames(1) == list(range(14)) and stage.frames(2) == list(range(14, 31))
    taken.check(edit)
    stage.player.show(30)
    assert [t.id for t in stage.advance(1).targets] == [2], "only the later part is carried on"
    with pytest.raises(FormatError, match="inside the track"):
        stage.player.editor.split(Edit(), 1, 0, 3)


def test_whole_tracks_come_from_elsewhere(stage):
    rows = stage.log.rows(1)
    stage.player.editor.load({4: rows, 5: rows}, {4})
    assert stage.frames(4) == stage.frames(5) == list(range(31))
    stage.player.show(30)
    assert [t.id for t in stage.advance(1).targets] == [1, 4]
