"""Tracking a stretch anew: backwards from a box, and forwards up to the next keyframe."""

import pytest

from engine import events
from engine.edits import Edit
from engine.errors import FormatError, SourceError
from engine.testing import moving_box
from engine.types import Box, Origin
from tests.engine.test_player import Stage

WRONG = Box(40.0, 60.0, 40.0, 40.0)


def run(stage, most=1000):
    shown = []
    for _ in range(most):
        result = stage.player.fill()
        if result is None:
            break
        shown.append(result.frame.index)
        assert result.targets == stage.log.at(result.frame.index)
    return shown


def test_backwards_to_the_first_frame():
    stage = Stage(200)
    stage.player.show(150)
    stage.player.start(1, moving_box(150), 150)
    edit = Edit()
    stage.player.begin_fill(edit, 1, backwards=True)
    assert run(stage) == list(range(149, -1, -1))
    assert not stage.player.filling
    assert stage.frames() == list(range(151))
    assert stage.states() == ["tracked"] * 150 + ["init"]
    assert {t.origin for f in stage.log.frames(0, 150) for t in f.targets} == {Origin.TRACK}
    assert stage.source.reads.count(0) == 1 and len(stage.source.reads) < 160, "pictures are read once, in chunks"
    progress = stage.of(events.Progress)
    assert (progress[-1].what, progress[-1].done, progress[-1].total) == ("Tracking backwards", 150, 150)
    stage.player.editor.swap(edit)
    assert stage.frames() == [150]
    stage.player.editor.swap(edit)
    assert stage.frames() == list(range(151))


def test_backwards_to_the_keyframe_before():
    stage = Stage()
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.advance(10)
    stage.player.start(1, WRONG, 10)
    stage.advance(10)
    stage.player.start(1, moving_box(20), 20)
    before = stage.log.rows(1)
    stage.player.begin_fill(edit := Edit(), 1, backwards=True)
    assert run(stage) == list(range(19, 10, -1))
    assert edit.held == 9, "what was there is kept"
    stage.player.editor.swap(edit)
    assert stage.log.rows(1).tobytes() == before.tobytes()


def test_it_may_be_left_anywhere():
    stage = Stage()
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.advance(30)
    stage.player.start(1, moving_box(30), 30)
    before = stage.log.rows(1)
    stage.player.begin_fill(edit := Edit(), 1, backwards=True)
    run(stage, most=7)
    stage.player.end_fill()
    assert stage.player.fill() is None
    assert edit.held == 7 and stage.frames() == list(range(31))
    stage.player.editor.swap(edit)
    assert stage.log.rows(1).tobytes() == before.tobytes()


def test_forwards_only_up_to_the_next_keyframe():
    stage = Stage()
    stage.player.show(0)
    stage.player.start(1, WRONG, 0)
    stage.advance(30)
    stage.player.start(1, moving_box(20), 20)
    stage.advance(10)
    later = stage.log.rows(1, 20).tobytes()
    stage.player.show(5)
    stage.tracker.updates.clear()
    stage.player.begin_fill(Edit(), 1, backwards=False)
    assert run(stage) == list(range(6, 20))
    assert stage.log.rows(1, 20).tobytes() == later
    assert stage.tracker.updates == [(frame, (1,)) for frame in range(6, 20)]
    assert sorted(stage.tracker.taught[1]) == [0, 20]


def test_after_it_playing_goes_on_from_the_rows():
    stage = Stage()
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.advance(10)
    stage.player.show(5)
    stage.player.begin_fill(Edit(), 1, backwards=False)
    assert run(stage) == [6, 7, 8, 9, 10]
    stage.tracker.inits.clear()
    stage.advance(1)
    assert stage.tracker.inits == [(10, (1,), False)]
    assert stage.frames() == list(range(12))


def test_a_target_that_was_stopped_stays_stopped():
    stage = Stage()
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.advance(10)
    stage.player.editor.remove(Edit(), 1, 8)
    stage.player.show(4)
    stage.player.begin_fill(Edit(), 1, backwards=False)
    assert run(stage) == [5, 6, 7]
    assert stage.advance(4).targets == ()


def test_where_there_is_nothing_to_track_it_is_said():
    stage = Stage()
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    for backwards in (True, False):
        with pytest.raises(FormatError, match="no frame to track"):
            stage.player.begin_fill(Edit(), 1, backwards)
    stage.player.show(3)
    with pytest.raises(FormatError, match="no box on this frame"):
        stage.player.begin_fill(Edit(), 1, backwards=True)
    assert not stage.player.filling and stage.frames() == [0]


def test_live_pictures_are_gone():
    stage = Stage(live=True)
    stage.advance(5)
    stage.player.start(1, moving_box(4), 4)
    with pytest.raises(SourceError, match="open a file"):
        stage.player.begin_fill(Edit(), 1, backwards=True)
