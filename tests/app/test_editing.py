"""Correcting by mouse and keyboard: adjust, mark, track again, keyframes, and undo of each."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.testing import FakeTracker, moving_box
from engine.types import Box, Origin, TrackState
from tests.app.conftest import SIZE, at, drag, drag_box, key, open_clip, truth

SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
K = Qt.Key


def settle(qtbot, program, condition):
    qtbot.waitUntil(condition, timeout=60000)


def rows(program, target=1):
    program.controller.tracks.refresh()
    return program.controller.tracks.rows(target)


def contents(program):
    log = program.controller.log
    return {target: log.rows(target).tobytes() for target in log.targets}


def go(qtbot, program, frame):
    program.controller.seek(frame)
    settle(qtbot, program, lambda: program.controller.frame == frame)


def play_on(qtbot, program, frame):
    key(program, K.Key_Space)
    settle(qtbot, program, lambda: program.controller.frame >= frame)
    key(program, K.Key_Space)
    settle(qtbot, program, lambda: not program.controller.playing)


def undone_and_redone(qtbot, program, before):
    """Ctrl+Z and Ctrl+Shift+Z, twice: exactly what was, exactly what is."""
    after = contents(program)
    assert after != before
    for _ in range(2):
        key(program, K.Key_Z, CTRL)
        settle(qtbot, program, lambda: contents(program) == before)
        key(program, K.Key_Z, CTRL | SHIFT)
        settle(qtbot, program, lambda: contents(program) == after)


@pytest.fixture
def tracked(opened, qtbot):
    """The clip's target tracked over frames 0 to 40 or so, paused on frame 20."""
    drag_box(opened, moving_box(0, *SIZE))
    settle(qtbot, opened, lambda: opened.controller.active == [1])
    opened.controller.set_speed(0)
    play_on(qtbot, opened, 40)
    go(qtbot, opened, 20)
    return opened


def test_enter_arrows_enter_moves_and_resizes_as_one_step(tracked, qtbot):
    before, box = contents(tracked), tracked.controller.target.box
    key(tracked, K.Key_Return)
    assert "Arrows move" in tracked.window.banner.text
    for keys in ((K.Key_Right,), (K.Key_Right, SHIFT), (K.Key_Up,), (K.Key_Right, ALT), (K.Key_Down, ALT | SHIFT)):
        key(tracked, *keys)
    assert tracked.controller.frame == 20, "the arrows are for the box"
    assert contents(tracked) == before, "and nothing changes before Enter"
    key(tracked, K.Key_Return)
    settle(qtbot, tracked, lambda: tracked.controller.target.state is TrackState.MANUAL)
    new = tracked.controller.target.box
    assert (new.x, new.y, new.w, new.h) == pytest.approx((box.x + 11, box.y - 1, box.w + 1, box.h + 10))
    assert tracked.controller.target.origin is Origin.MANUAL
    assert rows(tracked)["frame"][-1] == 20, "what follows is to be tracked anew"
    assert "Arrows" not in tracked.window.banner.text
    undone_and_redone(qtbot, tracked, before)
    key(tracked, K.Key_Right)
    settle(qtbot, tracked, lambda: tracked.controller.frame == 21)
    assert tracked.controller.target.state is TrackState.TRACKED


def test_escape_gives_the_box_up(tracked, qtbot):
    before = contents(tracked)
    key(tracked, K.Key_E)
    key(tracked, K.Key_Left, SHIFT)
    key(tracked, K.Key_Escape)
    assert not tracked.window.canvas.adjust.active
    key(tracked, K.Key_Left)
    settle(qtbot, tracked, lambda: tracked.controller.frame == 19)
    assert contents(tracked) == before and tracked.controller.edits.history.steps == 1


def test_undo_while_adjusting_gives_the_box_up(tracked):
    before = contents(tracked)
    key(tracked, K.Key_E)
    key(tracked, K.Key_Left, SHIFT)
    key(tracked, K.Key_Z, CTRL)
    assert not tracked.window.canvas.adjust.active and contents(tracked) == before


@pytest.mark.parametrize("leave", ["play", "seek", "select", "focus"])
def test_a_box_left_while_it_is_adjusted_is_taken(tracked, qtbot, leave):
    x = tracked.controller.target.box.x
    key(tracked, K.Key_E)
    key(tracked, K.Key_Right, SHIFT)
    if leave == "play":
        key(tracked, K.Key_Space)
    elif leave == "seek":
        tracked.controller.seek(3)
    elif leave == "select":
        tracked.controller.select(None)
    else:
        tracked.window.timeline.setFocus(Qt.FocusReason.TabFocusReason)
    settle(qtbot, tracked, lambda: len(tracked.controller.tracks.marks(1)) == 2)
    assert tracked.controller.log.get(1, 20).box.x == pytest.approx(x + 10)


def test_a_click_on_the_box_adjusts_it_and_the_mouse_helps(tracked, qtbot):
    canvas, box = tracked.window.canvas, tracked.controller.target.box
    middle = at(tracked, *box.center)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=middle)
    assert canvas.adjust.active
    drag(tracked, box.center, (box.center[0] + 20, box.center[1]))
    assert canvas.adjust.active and canvas.adjust.box.x == pytest.approx(box.x + 20, abs=1)
    key(tracked, K.Key_Down)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=at(tracked, 5, 5))
    assert not canvas.adjust.active
    settle(qtbot, tracked, lambda: tracked.controller.target.state is TrackState.MANUAL)
    assert tracked.controller.target.box.y == pytest.approx(box.y + 1)


def test_without_a_box_there_is_nothing_to_adjust(opened):
    key(opened, K.Key_Return)
    assert not opened.window.canvas.adjust.active
    assert not opened.window.actions_["adjust"].isEnabled()


def test_a_correction_may_keep_what_follows(tracked, qtbot):
    last = rows(tracked)["frame"][-1]
    tracked.window.actions_["keep_rest"].trigger()
    key(tracked, K.Key_E)
    key(tracked, K.Key_Right, SHIFT)
    key(tracked, K.Key_Return)
    settle(qtbot, tracked, lambda: len(tracked.controller.tracks.marks(1)) == 2)
    assert rows(tracked)["frame"][-1] == last


def test_only_up_to_the_next_keyframe_is_tracked_anew(tracked, qtbot):
    drag_box(tracked, Box(60, 60, 50, 50))
    settle(qtbot, tracked, lambda: len(tracked.controller.tracks.marks(1)) == 2)
    play_on(qtbot, tracked, 40)
    later = tracked.controller.log.rows(1, 20).tobytes()
    go(qtbot, tracked, 10)
    key(tracked, K.Key_E)
    key(tracked, K.Key_Right, SHIFT)
    key(tracked, K.Key_Return)
    settle(qtbot, tracked, lambda: len(tracked.controller.tracks.marks(1)) == 3)
    play_on(qtbot, tracked, 25)
    assert rows(tracked)["frame"].tolist()[:41] == list(range(41)), "the hole is filled"
    assert tracked.controller.log.rows(1, 20, 41).tobytes() == later[: len(later)][: 21 * 74]


def test_track_backwards_fills_the_frames_before(opened, qtbot):
    go(qtbot, opened, 60)
    drag_box(opened, moving_box(60, *SIZE))
    settle(qtbot, opened, lambda: opened.controller.active == [1])
    before = contents(opened)
    key(opened, K.Key_Left, CTRL)
    settle(qtbot, opened, lambda: opened.controller.frame == 0 and not opened.controller.playing)
    found = rows(opened)
    assert found["frame"].tolist() == list(range(61))
    expected = np.array([moving_box(i, *SIZE).as_array() for i in range(60)])
    np.testing.assert_allclose(found["box"][:60], expected, atol=1e-6)
    undone_and_redone(qtbot, opened, before)


def test_track_again_replaces_up_to_the_next_keyframe_and_can_be_stopped(make_program, clip, qtbot):
    trackers = []
    program = make_program(lambda: trackers.append(FakeTracker(truth)) or trackers[0])
    open_clip(qtbot, program, clip)
    drag_box(program, moving_box(0, *SIZE))
    settle(qtbot, program, lambda: program.controller.active == [1])
    program.controller.set_speed(0)
    play_on(qtbot, program, 60)
    drag_box(program, Box(60, 60, 50, 50))
    settle(qtbot, program, lambda: len(program.controller.tracks.marks(1)) == 2)
    mark = program.controller.tracks.marks(1)[1].frame
    go(qtbot, program, 30)
    trackers[0].updates.clear()
    before = contents(program)
    key(program, K.Key_Right, CTRL)
    settle(qtbot, program, lambda: program.controller.frame == mark - 1 and not program.controller.playing)
    assert [frame for frame, _ in trackers[0].updates] == list(range(31, mark))
    assert contents(program) == before, "this tracker finds the same again"
    assert "track Target 1 again" in program.window.actions_["undo"].text()


def test_not_visible_and_visible_again(tracked, qtbot):
    before = contents(tracked)
    key(tracked, K.Key_V)
    settle(qtbot, tracked, lambda: tracked.controller.target.state is TrackState.ABSENT)
    assert (rows(tracked)["state"][20:] == rows(tracked)["state"][20]).all()
    assert not tracked.window.actions_["mark_absent"].isEnabled()
    assert [mark.kind for mark in tracked.controller.tracks.marks(1)] == ["start", "gone"]
    undone_and_redone(qtbot, tracked, before)
    before = contents(tracked)
    go(qtbot, tracked, 30)
    key(tracked, K.Key_V, SHIFT)
    settle(qtbot, tracked, lambda: tracked.controller.target.state is TrackState.TRACKED)
    assert tracked.controller.target.origin is Origin.MANUAL
    assert tracked.controller.log.get(1, 29).state is TrackState.ABSENT
    undone_and_redone(qtbot, tracked, before)


def test_keyframes_are_listed_reached_and_deleted(tracked, qtbot):
    panel = tracked.window.keyframes
    drag_box(tracked, Box(60, 60, 50, 50))
    settle(qtbot, tracked, lambda: panel.list.count() == 2)
    assert "frame 20" in panel.list.item(1).text() and "Drawn" in panel.list.item(1).text()
    play_on(qtbot, tracked, 30)
    key(tracked, K.Key_K, SHIFT)
    settle(qtbot, tracked, lambda: tracked.controller.frame == 20)
    assert panel.list.currentRow() == 1
    key(tracked, K.Key_K, SHIFT)
    settle(qtbot, tracked, lambda: tracked.controller.frame == 0)
    key(tracked, K.Key_K, SHIFT)
    assert "No keyframe before" in tracked.window.banner.text
    panel.list.setFocus()
    QTest.mouseClick(
        panel.list.viewport(), Qt.MouseButton.LeftButton, pos=panel.list.visualItemRect(panel.list.item(1)).center()
    )
    settle(qtbot, tracked, lambda: tracked.controller.frame == 20)
    before = contents(tracked)
    QTest.keyClick(panel.list, K.Key_Delete)
    settle(qtbot, tracked, lambda: panel.list.count() == 1)
    assert tracked.controller.active == [1], "Del took the keyframe back, not the target"
    assert rows(tracked)["frame"][-1] == 19
    tracked.window.canvas.setFocus()
    undone_and_redone(qtbot, tracked, before)


def test_straight_lines_between_two_boxes(tracked, qtbot):
    drag_box(tracked, Box(100, 100, 40, 40))
    settle(qtbot, tracked, lambda: len(tracked.controller.tracks.marks(1)) == 2)
    go(qtbot, tracked, 10)
    before = contents(tracked)
    key(tracked, K.Key_I, CTRL)
    settle(qtbot, tracked, lambda: tracked.controller.target.origin is Origin.INTERPOLATED)
    first, last = tracked.controller.log.get(1, 0).box, tracked.controller.log.get(1, 20).box
    middle = tracked.controller.target.box.as_array()
    np.testing.assert_allclose(middle, (first.as_array() + last.as_array()) / 2)
    undone_and_redone(qtbot, tracked, before)


def test_undo_shows_the_frame_it_was_on(tracked, qtbot):
    key(tracked, K.Key_V)
    settle(qtbot, tracked, lambda: tracked.controller.target.state is TrackState.ABSENT)
    go(qtbot, tracked, 3)
    key(tracked, K.Key_Z, CTRL)
    settle(qtbot, tracked, lambda: tracked.controller.frame == 20)
    assert tracked.controller.target.state is TrackState.TRACKED


def test_a_box_of_no_use_leaves_no_step(make_program, clip, qtbot):
    class Picky(FakeTracker):
        def init(self, frame, boxes, manual=False, drawn={}):  # noqa: B006
            from engine.errors import FormatError

            if manual:
                raise FormatError("The box is of no use: draw it again.")
            return super().init(frame, boxes, manual, drawn)

    program = make_program(lambda: Picky(truth))
    open_clip(qtbot, program, clip)
    drag_box(program, moving_box(0, *SIZE))
    settle(qtbot, program, lambda: program.controller.active == [1])
    go(qtbot, program, 5)
    settle(qtbot, program, lambda: not program.controller.playing)
    drag_box(program, Box(60, 60, 50, 50))
    from tests.app.conftest import error_dialog

    error_dialog(qtbot, program).close()
    assert program.controller.edits.history.steps == 1
