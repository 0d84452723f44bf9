"""Several targets by mouse and keyboard: name, colour, hide, merge, split, remove; and undo of each."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyle, QStyleOptionFrame

from app.dialogs.merge import MergeDialog
from app.panels.target_row import NameEdit
from engine.testing import moving_box
from engine.types import Box, TrackState
from tests.app.conftest import SIZE, drag, drag_box
from tests.app.test_editing import CTRL, SHIFT, K, contents, go, key, play_on, rows, settle, undone_and_redone


@pytest.fixture
def two(opened, qtbot):
    """Two targets tracked over some 40 frames, the second from frame 10 on, paused on frame 20."""
    drag_box(opened, moving_box(0, *SIZE))
    settle(qtbot, opened, lambda: opened.controller.active == [1])
    opened.controller.set_speed(0)
    go(qtbot, opened, 10)
    drag(opened, (200, 150), (250, 200), SHIFT)
    settle(qtbot, opened, lambda: opened.controller.active == [1, 2])
    play_on(qtbot, opened, 40)
    go(qtbot, opened, 20)
    key(opened, K.Key_1)
    return opened


def row(program, target):
    return program.window.targets._rows[target]


def type_name(program, target, name):
    edit = row(program, target).findChild(NameEdit)
    edit.selectAll()
    QTest.keyClicks(edit, name)
    QTest.keyClick(edit, K.Key_Return)


def pick(qtbot, program, dialog):
    """Press Enter in a dialog, and wait for the window to have the keys again."""
    with qtbot.waitActive(program.window, timeout=60000):
        QTest.keyClick(dialog, K.Key_Return)
        program.window.activateWindow()


def test_a_target_gets_a_name_in_place(two, qtbot):
    key(two, K.Key_F2)
    type_name(two, 1, "left mouse")
    assert row(two, 1).accessibleName().startswith("left mouse: Tracking")
    assert two.window.canvas.scene.names[1] == "left mouse"
    assert two.window.keyframes is not None and two.controller.book.name(2) == "Target 2"
    two.window.canvas.setFocus()
    key(two, K.Key_Z, CTRL)
    assert two.controller.book.name(1) == "Target 1"
    key(two, K.Key_Y, CTRL)
    assert two.controller.book.name(1) == "left mouse"


def test_escape_keeps_the_name_and_the_window_as_it_is(two, qtbot):
    QTest.mouseDClick(row(two, 2), Qt.MouseButton.LeftButton, pos=row(two, 2).rect().center())
    edit = row(two, 2).findChild(NameEdit)
    QTest.keyClicks(edit, "nonsense")
    QTest.keyClick(edit, K.Key_Escape)
    assert two.controller.book.name(2) == "Target 2" and two.controller.edits.history.steps == 2
    qtbot.waitUntil(lambda: row(two, 2).findChild(NameEdit) is None, timeout=60000)


def test_a_name_is_not_clipped_while_it_is_written(two):
    key(two, K.Key_F2)
    edit = row(two, two.controller.selected).findChild(NameEdit)
    option = QStyleOptionFrame()
    edit.initStyleOption(option)
    room = edit.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, edit)
    assert room.height() >= edit.fontMetrics().height()


def test_a_colour_is_picked_from_the_chip(two, qtbot):
    before = two.window.canvas.scene.colors[2]
    chip = row(two, 2)._chip().center().toPoint()
    QTest.mouseClick(row(two, 2), Qt.MouseButton.LeftButton, pos=chip)
    menu = two.window.color_menu
    qtbot.waitUntil(menu.isVisible, timeout=60000)
    assert two.controller.selected == 2 and menu.actions()[1].isChecked()
    menu.actions()[5].trigger()
    menu.close()
    assert before == 2 and two.window.canvas.scene.colors[2] == 6
    key(two, K.Key_Z, CTRL)
    assert two.controller.book.color_number(2) == 2


def test_a_hidden_target_is_not_drawn_but_tracked_on(two, qtbot):
    eye = row(two, 2)._eye
    QTest.mouseClick(eye, Qt.MouseButton.LeftButton)
    assert [t.id for t in two.window.canvas.scene.targets] == [1] and set(two.window.canvas.scene.trails) == {1}
    assert eye.accessibleName() == "Show Target 2"
    last = int(rows(two, 2)["frame"][-1])
    go(qtbot, two, last)
    play_on(qtbot, two, last + 5)
    assert int(rows(two, 2)["frame"][-1]) >= last + 5
    key(two, K.Key_2)
    key(two, K.Key_H, CTRL)
    assert [t.id for t in two.window.canvas.scene.targets] == [1, 2]
    assert two.controller.edits.history.steps == 2, "showing is no change of the data"


def test_two_tracks_are_merged_where_they_do_not_meet(two, qtbot):
    go(qtbot, two, 10)
    key(two, K.Key_V)
    settle(qtbot, two, lambda: two.controller.target.state is TrackState.ABSENT)
    before = contents(two)
    key(two, K.Key_M, CTRL)
    dialog = two.window.findChild(MergeDialog)
    assert "no frame on which both" in dialog.question.text() and not dialog.mine.isVisible()
    pick(qtbot, two, dialog)
    settle(qtbot, two, lambda: two.controller.target.box is not None and two.controller.active == [1])
    assert two.controller.tracks.targets == (1,)
    undone_and_redone(qtbot, two, before)


def test_where_both_have_a_box_it_is_asked(two, qtbot):
    other = two.controller.log.get(2, 20).box
    before = contents(two)
    key(two, K.Key_M, CTRL)
    dialog = two.window.findChild(MergeDialog)
    assert "Both have a box on" in dialog.question.text() and dialog.mine.isChecked()
    QTest.mouseClick(dialog.theirs, Qt.MouseButton.LeftButton)
    pick(qtbot, two, dialog)
    settle(qtbot, two, lambda: two.controller.tracks.targets == (1,))
    assert two.controller.log.get(1, 20).box == other
    undone_and_redone(qtbot, two, before)


def test_a_track_is_split_at_the_frame_shown(two, qtbot):
    before = contents(two)
    key(two, K.Key_M, CTRL | SHIFT)
    settle(qtbot, two, lambda: two.controller.tracks.targets == (1, 2, 3))
    assert rows(two, 1)["frame"].tolist() == list(range(20))
    assert rows(two, 3)["frame"][0] == 20
    settle(qtbot, two, lambda: two.controller.active == [2, 3])
    undone_and_redone(qtbot, two, before)


def test_stop_here_and_remove_altogether(two, qtbot):
    before = contents(two)
    key(two, K.Key_Delete)
    settle(qtbot, two, lambda: two.controller.active == [2])
    assert rows(two, 1)["frame"][-1] == 19
    undone_and_redone(qtbot, two, before)
    key(two, K.Key_Z, CTRL)
    settle(qtbot, two, lambda: two.controller.active == [1, 2])
    key(two, K.Key_1)
    key(two, K.Key_Delete, SHIFT)
    settle(qtbot, two, lambda: two.controller.tracks.targets == (2,))
    undone_and_redone(qtbot, two, before)


def test_all_targets_are_removed_at_once(two, qtbot):
    before = contents(two)
    two.window.actions_["clear_targets"].trigger()
    settle(qtbot, two, lambda: two.controller.tracks.targets == ())
    undone_and_redone(qtbot, two, before)


def test_the_row_has_a_menu_for_the_keyboard(two, qtbot):
    panel = two.window.targets
    row(two, 2).setFocus()
    row(two, 2).menu_wanted.emit(row(two, 2).mapToGlobal(row(two, 2).rect().center()))
    qtbot.waitUntil(panel.menu.isVisible, timeout=60000)
    assert two.controller.selected == 2
    texts = [action.text().replace("&", "") for action in panel.menu.actions() if not action.isSeparator()]
    assert texts[:3] == ["Rename…", "Colour", "Hide"] and "Split here" in texts
    panel.menu.close()


def test_a_new_target_drawn_is_taken_back(two, qtbot):
    before = contents(two)
    drag_box(two, Box(20, 20, 40, 40), SHIFT)
    settle(qtbot, two, lambda: two.controller.active == [1, 2, 3])
    assert "add Target 3" in two.window.actions_["undo"].text()
    undone_and_redone(qtbot, two, before)
    settle(qtbot, two, lambda: two.controller.active == [1, 2, 3])
