"""Frames behind a correction that are not tracked again: said before an export, and tracked first if wanted."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from app.dialogs.export import ExportDialog
from engine.testing import moving_box
from engine.types import Box
from tests.app.conftest import SIZE, drag_box


def settle(qtbot, condition):
    qtbot.waitUntil(condition, timeout=60000)


@pytest.fixture
def corrected(opened, qtbot):
    """Tracked over 60 frames, and drawn anew on frame 20."""
    c = opened.controller
    drag_box(opened, moving_box(0, *SIZE))
    settle(qtbot, lambda: c.active == [1])
    c.step(60)
    settle(qtbot, lambda: c.frame == 60)
    c.seek(20)
    settle(qtbot, lambda: c.frame == 20)
    c.edits.draw(Box(50, 60, 40, 40), 20, 1)
    settle(qtbot, lambda: len(c.tracks.marks(1)) == 2)
    return opened


def export(program):
    QTest.keyClick(program.window.canvas, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    return next(d for d in program.window.findChildren(ExportDialog) if d.isVisible())


def test_what_would_be_missing_is_counted_and_tracked_if_wanted(corrected, qtbot):
    c = corrected.controller
    dialog = export(corrected)
    assert dialog.untracked.isVisible() and "40 frames behind" in dialog.untracked.accessibleName()
    button = next(b for b in dialog.untracked.findChildren(QPushButton))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def again():
        return [d for d in corrected.window.findChildren(ExportDialog) if d.isVisible() and d is not dialog]

    settle(qtbot, lambda: bool(again()))
    assert c.log.rows(1)["frame"].tolist() == list(range(61)) and not c.playing, "so far as it was tracked, no further"
    assert not again()[0].untracked.isVisible()
    again()[0].close()


def test_only_the_part_that_is_exported_counts(corrected, qtbot):
    corrected.controller.in_out.set(0, 30)
    dialog = export(corrected)
    assert "10 frames" in dialog.untracked.accessibleName()
    dialog.only_part.setChecked(False)
    assert "40 frames" in dialog.untracked.accessibleName()
    dialog.close()


def test_a_target_that_was_stopped_there_lacks_nothing(corrected, qtbot):
    c = corrected.controller
    c.seek(10)
    settle(qtbot, lambda: c.frame == 10)
    QTest.keyClick(corrected.window.canvas, Qt.Key.Key_Delete)
    settle(qtbot, lambda: c.active == [])
    dialog = export(corrected)
    assert not dialog.untracked.isVisible()
    dialog.close()
