"""Tracks of files in the window: each format by mouse and keyboard, undone and done again, and what is of no use."""

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest

from app.dialogs.import_track import ImportDialog
from engine.formats import FORMATS, TrackMeta, write_log
from engine.testing import moving_box
from engine.track_log import TrackLog
from engine.types import Target, TrackState
from tests.app.conftest import FRAMES, SIZE, error_dialog, open_clip
from tests.app.test_main_job import key, track


def written(program, tmp_path, format="csv", targets=(1,), frames=range(FRAMES)):
    log = TrackLog()
    for frame in frames:
        for target in targets:
            state = TrackState.INIT if frame == frames[0] else TrackState.TRACKED
            log.record(frame, frame / 30, [Target(target, moving_box(frame, *SIZE), 0.8, state)])
    path = tmp_path / f"t.{'json' if format == 'json' else 'csv' if format == 'csv' else 'txt'}"
    write_log(log, path, format, TrackMeta("x", program.controller.info))
    return path


def drop_file(program, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    place, left, none = QPointF(300, 300), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    program.window.dropEvent(QDropEvent(place, Qt.DropAction.CopyAction, data, left, none))


def dialog_of(program):
    program.window.actions_["import_track"].trigger()
    return next(d for d in program.window.findChildren(ImportDialog) if d.isVisible())


def bring_in(qtbot, program, path):
    dialog = dialog_of(program)
    dialog.path.setText(str(path))
    QTest.mouseClick(dialog._take, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Imported" in program.window.banner.text, timeout=60000)
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow, timeout=60000)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_comes_in_and_is_seen(opened, qtbot, tmp_path, format):
    bring_in(qtbot, opened, written(opened, tmp_path, format))
    c = opened.controller
    qtbot.waitUntil(lambda: c.tracks.targets == (1,), timeout=60000)
    rows = c.log.rows(1)
    assert rows["frame"][-1] == FRAMES - 1 and c.selected == 1 and c.active == []
    assert rows["box"][50] == pytest.approx(c.log.get(1, int(rows["frame"][50])).box.as_array())
    c.seek(60)
    qtbot.waitUntil(lambda: c.frame == 60 and c.target is not None, timeout=60000)
    assert np.abs(c.target.box.as_array() - moving_box(60, *SIZE).as_array()).max() < 0.02


def test_a_number_that_is_taken_is_changed_and_it_can_be_undone(opened, qtbot, tmp_path):
    track(qtbot, opened, 20)
    before = opened.controller.log.rows(1).tobytes()
    bring_in(qtbot, opened, written(opened, tmp_path, targets=(1, 5)))
    c = opened.controller
    qtbot.waitUntil(lambda: len(c.tracks.targets) == 3, timeout=60000)
    new = [t for t in c.tracks.targets if t != 1]
    assert 5 in new and c.log.rows(1).tobytes() == before
    key(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: c.tracks.targets == (1,), timeout=60000)
    key(opened, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: sorted(c.tracks.targets) == sorted([1, *new]), timeout=60000)


def test_lines_without_frames_begin_where_the_user_says(opened, qtbot, tmp_path):
    path = written(opened, tmp_path, "otb", frames=range(30, 60))
    dialog = dialog_of(opened)
    assert not dialog.first.isVisible()
    dialog.path.setText(str(path))
    assert dialog.format.currentData() == "otb" and dialog.first.isVisible()
    dialog.first.setValue(30)
    QTest.mouseClick(dialog._take, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: opened.controller.tracks.targets == (1,), timeout=60000)
    assert opened.controller.log.rows(1)["frame"].tolist() == list(range(30, 60))


def test_a_track_can_be_dropped_on_its_video(program, clip, qtbot, tmp_path):
    path = tmp_path / "t.csv"
    path.touch()
    drop_file(program, path)
    error = error_dialog(qtbot, program)
    assert "Open the video first" in error.message
    error.close()
    open_clip(qtbot, program, clip)
    path = written(program, tmp_path, "mot")
    drop_file(program, path)
    dialog = next(d for d in program.window.findChildren(ImportDialog) if d.isVisible())
    assert dialog.path.text() == str(path) and dialog.format.currentData() == "mot"
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: program.controller.tracks.targets == (1,), timeout=60000)


def test_rows_behind_the_end_are_left_out_and_said(opened, qtbot, tmp_path):
    qtbot.waitUntil(lambda: opened.controller.info.count_exact, timeout=60000)
    bring_in(qtbot, opened, written(opened, tmp_path, frames=range(100, 160)))
    assert f"{160 - FRAMES} rows" in opened.window.banner.text


@pytest.mark.parametrize("content", ["", "no track\n", "frame,time_s,target,x,y,w,h,confidence,state,origin\n1,a\n"])
def test_a_file_of_no_use_is_said_in_the_dialog(opened, qtbot, tmp_path, content):
    path = tmp_path / "bad.csv"
    path.write_text(content)
    dialog = dialog_of(opened)
    dialog.path.setText(str(path))
    QTest.mouseClick(dialog._take, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog._take.isEnabled() and dialog._problem.isVisible(), timeout=60000)
    assert "bad.csv" in dialog._problem.text()
    dialog.reject()
    assert opened.controller.tracks.targets == ()
