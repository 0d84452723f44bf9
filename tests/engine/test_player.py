import numpy as np
import pytest

from engine import events
from engine.edits import Edit
from engine.errors import BackendError, FormatError, SourceError
from engine.player import Player
from engine.testing import FakeSource, FakeTracker, moving_box
from engine.track_log import TrackLog
from engine.types import Box, Origin, TrackState


class Stage:
    """A player on a fake source, what it tells, and its tracker."""

    def __init__(self, frames=60, tracker=None, **source):
        self.told = []
        self.source = FakeSource(frames, **source)
        self.tracker = tracker or FakeTracker(lambda target, index: moving_box(index))
        self.log = TrackLog()
        self.player = Player(self.log, self.told.append)
        self.player.set_tracker(self.tracker)
        self.player.open(self.source)

    def advance(self, count):
        result = None
        for _ in range(count):
            result = self.player.advance()
        return result

    def states(self, target=1):
        return [t.state.value for f in self.log.frames(fill=False) for t in f.targets if t.id == target]

    def frames(self, target=1):
        return self.log.rows(target)["frame"].tolist()

    def again(self, rows=None):
        """Put the rows in anew, as a project does: the tracker has no state that belongs to them."""
        self.player.editor.load({1: self.log.rows(1) if rows is None else rows}, {1})

    def of(self, kind):
        return [event for event in self.told if isinstance(event, kind)]


@pytest.fixture
def stage():
    return Stage()


def number(result):
    """The frame number that the fake source paints into the picture."""
    return int(result.frame.image[0, 0, 0])


def test_a_target_is_tracked_on_every_frame_to_the_end(stage):
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    assert stage.advance(59).frame.index == 59
    assert stage.player.advance() is None
    assert stage.frames() == list(range(60))
    assert stage.states() == ["init"] + ["tracked"] * 59


def test_nothing_is_tracked_before_there_is_a_target(stage):
    result = stage.advance(5)
    assert result.targets == ()
    assert result.frame.index == 4
    assert stage.tracker.updates == []


def test_reviewing_never_tracks_again(stage):
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.advance(30)
    tracked = len(stage.tracker.updates)
    shown = stage.player.show(10)
    assert number(shown) == 10
    assert shown.targets == stage.log.at(10)
    assert shown.attention is not None, "the overlays of frames tracked lately are shown again"
    stage.advance(20)
    assert len(stage.tracker.updates) == tracked
    stage.advance(1)
    assert stage.tracker.updates[-1] == (31, (1,))
    assert len(stage.tracker.updates) == tracked + 1


def test_a_box_drawn_on_an_earlier_frame_replaces_the_rows_from_there(stage):
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.advance(30)
    stage.player.show(12)
    result = stage.player.start(1, Box(50, 50, 40, 40), 12)
    assert result.targets[0].state is TrackState.MANUAL
    assert result.targets[0].origin is Origin.MANUAL
    assert stage.frames() == list(range(13))
    assert stage.advance(1).frame.index == 13
    assert stage.of(events.TargetStarted)[-1] == events.TargetStarted(1, 12, 12, True)


def test_a_second_target_added_earlier_is_caught_up_alone(stage):
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.advance(20)
    first = stage.log.rows(1).tobytes()
    stage.player.start(2, Box(60, 60, 30, 30), 8)
    assert stage.player.position == 8
    stage.advance(12)
    assert stage.log.rows(1).tobytes() == first, "the first target keeps its rows"
    assert stage.frames(2) == list(range(8, 21))
    assert all(ids == (2,) for frame, ids in stage.tracker.updates[20:])
    stage.advance(1)
    assert stage.tracker.updates[-1] == (21, (1, 2))


def test_after_a_jump_forward_playing_tracks_what_was_skipped(stage):
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.player.show(40)
    assert stage.player.behind
    assert stage.advance(1).frame.index == 1
    assert stage.player.catching_up
    stage.advance(39)
    assert not stage.player.catching_up
    assert stage.frames() == list(range(41))
    progress = stage.of(events.Progress)
    assert (progress[0].done, progress[0].total) == (1, 40)
    assert (progress[-1].done, progress[-1].total) == (40, 40)


def test_a_useless_box_leaves_the_track_as_it_was(stage):
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.advance(10)
    before = stage.log.rows(1).tobytes()
    with pytest.raises(FormatError):
        stage.player.start(1, Box(5000, 5000, 10, 10), 5)
    assert stage.log.rows(1).tobytes() == before


def test_lost_and_reacquired_are_told_once_each():
    tracker = FakeTracker(lambda t, i: moving_box(i), lost={1: [range(5, 9)]})
    stage = Stage(tracker=tracker)
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.advance(15)
    assert [e.frame_index for e in stage.of(events.TargetLost)] == [5]
    assert [e.frame_index for e in stage.of(events.TargetReacquired)] == [9]
    assert stage.log.get(1, 6).box is None


def test_absent_holds_until_a_box_is_drawn(stage):
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.advance(10)
    stage.player.show(6)
    stage.player.editor.mark_absent(Edit(), 1, 6)
    stage.advance(6)
    assert stage.states() == ["init"] + ["tracked"] * 5 + ["absent"] * 7
    assert len(stage.tracker.updates) == 10, "what is out of sight is not looked for"
    stage.player.start(1, moving_box(12), 12)
    stage.advance(1)
    assert stage.states()[-2:] == ["manual", "tracked"]
    assert stage.frames() == list(range(14))


def test_removing_from_a_frame_keeps_what_was_before(stage):
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.advance(10)
    stage.player.editor.remove(Edit(), 1, 6)
    stage.advance(5)
    assert stage.frames() == list(range(6))
    stage.player.editor.remove(Edit(), 1)
    assert stage.log.targets == ()


def test_undo_brings_the_rows_back_and_the_tracker_to_their_end(stage):
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.advance(20)
    before, edit = stage.log.rows(1), Edit()
    stage.player.start(1, Box(10, 10, 30, 30), 5, edit)
    stage.advance(3)
    stage.player.editor.swap(edit)
    assert stage.log.rows(1).tobytes() == before.tobytes()
    stage.player.show(20)
    stage.advance(1)
    assert stage.tracker.inits[-1] == (20, (1,), False), "started again on the last row's frame"
    assert stage.frames() == list(range(22))
    assert stage.states()[21] == "tracked"


def test_resuming_from_a_lost_end_runs_the_frames_in_between_again():
    tracker = FakeTracker(lambda t, i: moving_box(i), lost={1: [range(15, 40)]})
    stage = Stage(tracker=tracker)
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.advance(20)
    stage.again()
    tracker.updates.clear()
    stage.advance(1)
    assert tracker.inits[-1][0] == 14
    assert [frame for frame, _ in tracker.updates] == [15, 16, 17, 18, 19, 20, 21]
    assert stage.frames() == list(range(22))


def test_taking_a_new_target_back_removes_it(stage):
    stage.player.show(0)
    edit = Edit()
    stage.player.start(1, moving_box(0), 0, edit)
    stage.player.editor.swap(edit)
    assert stage.advance(3).targets == ()
    assert stage.of(events.TargetChanged) == [events.TargetChanged(1, followed=False)]
    stage.player.editor.swap(edit)
    assert stage.frames() == [0]
    assert stage.advance(1).targets[0].state is TrackState.TRACKED


def test_other_networks_go_on_from_the_last_box(stage):
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.advance(10)
    other = FakeTracker(lambda target, index: moving_box(index))
    stage.player.set_tracker(other)
    stage.advance(5)
    assert other.inits == [(10, (1,), False)]
    assert stage.frames() == list(range(16))


def test_a_failing_tracker_writes_no_row_and_can_go_on():
    stage = Stage(tracker=FakeTracker(lambda t, i: moving_box(i), fail_at=7))
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.advance(6)
    with pytest.raises(BackendError):
        stage.player.advance()
    assert stage.frames() == list(range(7))
    stage.tracker._fail_at = None
    assert stage.advance(1).frame.index == 7
    assert stage.frames() == list(range(8))


def test_without_networks_a_box_is_refused_and_showing_works(stage):
    stage.player.set_tracker(None)
    assert stage.player.show(3).frame.index == 3
    with pytest.raises(BackendError, match="not loaded"):
        stage.player.start(1, moving_box(3), 3)


def test_stepping_back_reads_ahead_of_the_step(stage):
    stage.player.show(50)
    stage.player.show(49)
    read = len(stage.source.reads)
    for index in range(48, 38, -1):
        assert number(stage.player.show(index)) == index
    assert len(stage.source.reads) == read, "steps back come from the frames at hand"


def test_going_to_a_frame_that_is_not_there(stage):
    for index in (-1, 60):
        with pytest.raises(SourceError, match="not there"):
            stage.player.show(index)


def test_results_carry_the_generation_and_read_only_pictures(stage):
    stage.player.generation = 7
    result = stage.player.show(0)
    assert result.generation == 7
    with pytest.raises(ValueError, match="read-only"):
        result.frame.image[0, 0, 0] = 1


def test_closing_forgets_everything(stage):
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.player.close()
    assert stage.source.closed
    assert stage.log.targets == ()
    assert stage.tracker.targets == ()
    assert stage.player.again() is None
    with pytest.raises(SourceError, match="Nothing is open"):
        stage.player.show(0)


def test_a_live_box_is_started_on_the_frame_it_was_drawn_on_and_caught_up():
    stage = Stage(live=True)
    stage.advance(20)
    stage.player.start(1, moving_box(12), 12)
    assert stage.of(events.TargetStarted) == [events.TargetStarted(1, 12, 12, False)]
    assert stage.frames() == list(range(12, 20))
    assert stage.player.position == 19
    stage.advance(1)
    assert stage.frames() == list(range(12, 21))


def test_a_live_box_on_a_frame_no_longer_held_is_started_on_the_newest():
    stage = Stage(live=True, frames=200)
    stage.advance(150)
    stage.player.start(1, moving_box(149), 3)
    assert stage.of(events.TargetStarted) == [events.TargetStarted(1, 149, 3, False)]


def test_live_sources_cannot_be_rewound():
    stage = Stage(live=True)
    stage.advance(3)
    with pytest.raises(SourceError, match="rewound"):
        stage.player.show(1)


def test_a_live_target_goes_on_after_undo():
    stage = Stage(live=True)
    stage.advance(5)
    stage.player.start(1, moving_box(4), 4)
    stage.advance(5)
    stage.again()
    stage.advance(2)
    assert stage.frames() == list(range(4, 12))


def test_focus_chooses_whose_attention_is_published(stage):
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.player.start(2, Box(20, 20, 30, 30), 0)
    assert stage.tracker.focus == 1
    stage.player.set_focus(2)
    assert stage.tracker.focus == 2
    stage.player.editor.remove(Edit(), 2)
    assert stage.tracker.focus == 1


def test_the_box_shown_is_the_truth_of_the_fake(stage):
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    result = stage.advance(9)
    np.testing.assert_allclose(result.targets[0].box.as_array(), moving_box(9).as_array(), atol=1e-9)


def test_the_end_is_the_end_however_it_is_reached(stage):
    for index in (59, 40, 59):
        stage.player.show(index)
    for _ in range(3):
        assert stage.player.advance() is None
    assert stage.player.position == 59


def test_a_tracker_that_refuses_the_last_box_leaves_the_target_absent(stage):
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.advance(3)
    rows = stage.log.rows(1)
    rows["box"][-1] = (9000, 9000, 5, 5)
    stage.again(rows)
    stage.advance(2)
    assert stage.states() == ["init", "tracked", "tracked", "tracked", "absent", "absent"]


def test_rows_without_any_box_cannot_be_carried_on(stage):
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.advance(3)
    rows = stage.log.rows(1)
    rows["box"] = np.nan
    stage.again(rows)
    stage.advance(1)
    assert stage.states()[-1] == "absent"


def test_the_first_box_of_a_live_source_may_come_before_its_first_frame():
    stage = Stage(live=True)
    stage.player.start(1, moving_box(0), 0)
    assert stage.frames() == [0]


def test_a_box_without_a_frame_is_refused():
    stage = Stage(frames=0, live=True)
    with pytest.raises(SourceError, match="is shown"):
        stage.player.start(1, moving_box(0), 0)
