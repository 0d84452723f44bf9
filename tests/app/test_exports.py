"""Exports by mouse: only a part, measured columns, the target cut out, cancelled half-way."""

import csv

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.dialogs.export import ExportDialog
from engine.calibration import Calibration
from engine.formats import read_sidecar, read_track
from engine.sources.file import FileSource
from tests.app.conftest import error_dialog
from tests.app.test_main_job import track


def dialog_of(program, action):
    program.window.actions_[action].trigger()
    return next(d for d in program.window.findChildren(ExportDialog) if d.isVisible())


def click(widget):
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=widget.rect().center() - widget.rect().center() / 1.1)


def write(qtbot, dialog, path):
    dialog.path.setText(str(path))
    with qtbot.waitSignal(dialog.written, timeout=60000):
        QTest.mouseClick(dialog._write, Qt.MouseButton.LeftButton)


def pictures(path):
    source, found = FileSource(path), []
    while (frame := source.read()) is not None:
        found.append(frame.image)
    source.close()
    return found


def test_only_the_part_between_in_and_out_is_written(opened, qtbot, tmp_path):
    track(qtbot, opened, 40)
    opened.controller.in_out.set(10, 19)
    dialog = dialog_of(opened, "export_track")
    assert dialog.only_part.isChecked() and "10 to 19" in dialog.only_part.text()
    assert not dialog._command.isVisible(), "the command line starts with the track"
    write(qtbot, dialog, tmp_path / "part.csv")
    assert read_track(tmp_path / "part.csv").rows(1)["frame"].tolist() == list(range(10, 20))
    dialog = dialog_of(opened, "export_video")
    write(qtbot, dialog, tmp_path / "part.mp4")
    assert len(pictures(tmp_path / "part.mp4")) == 10
    dialog = dialog_of(opened, "export_track")
    click(dialog.only_part)
    assert not dialog.only_part.isChecked() and "--end" in dialog._command.text()
    write(qtbot, dialog, tmp_path / "whole.csv")
    assert len(read_track(tmp_path / "whole.csv").rows(1)) == len(opened.controller.log.rows(1))


def test_an_empty_part_is_said(opened, qtbot, tmp_path):
    track(qtbot, opened, 20)
    opened.controller.in_out.set(100, None)
    dialog = dialog_of(opened, "export_track")
    dialog.path.setText(str(tmp_path / "a.csv"))
    QTest.mouseClick(dialog._write, Qt.MouseButton.LeftButton)
    error = error_dialog(qtbot, opened)
    assert "between the in and the out point" in error.message
    error.close()
    dialog.reject()
    assert not (tmp_path / "a.csv").exists()


def test_what_a_file_would_cost_is_said_before(opened, qtbot, tmp_path, clip):
    track(qtbot, opened, 20)
    dialog = dialog_of(opened, "export_video")
    assert not dialog.note.isVisible()
    dialog.path.setText(str(clip))
    assert "the video itself" in dialog.note.text() and not dialog._write.isEnabled()
    dialog.path.setText(str(tmp_path / "nowhere" / "a.mp4"))
    assert "nowhere" in dialog.note.text() and not dialog._write.isEnabled()
    (tmp_path / "old.mp4").touch()
    dialog.path.setText(str(tmp_path / "old.mp4"))
    assert "replaced" in dialog.note.text() and dialog.note.isVisible() and dialog._write.isEnabled()
    dialog.path.setText(str(tmp_path / "new.mp4"))
    assert not dialog.note.isVisible() and dialog._write.isEnabled()
    dialog.reject()


def test_measured_columns_are_in_the_users_units(opened, qtbot, tmp_path):
    track(qtbot, opened, 20)
    opened.controller.scale.set(Calibration(0.25, "mm", (160, 120), y_up=True))
    dialog = dialog_of(opened, "export_track")
    assert dialog.options.measured.text().endswith("mm")
    click(dialog.options.measured)
    write(qtbot, dialog, tmp_path / "m.csv")
    with (tmp_path / "m.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    box = opened.controller.log.get(1, 5).box
    assert float(rows[5]["cx_mm"]) == pytest.approx(0.25 * (box.center[0] - 160), abs=1e-3)
    assert float(rows[5]["cy_mm"]) == pytest.approx(-0.25 * (box.center[1] - 120), abs=1e-3)
    assert float(rows[5]["speed_mm_s"]) > 0
    assert read_sidecar(tmp_path / "m.csv")["calibration"]["unit"] == "mm"
    dialog = dialog_of(opened, "export_track")
    assert dialog.options.measured.isChecked(), "it is remembered"
    dialog.choose_format("mot")
    assert not dialog.options.measured.isEnabled()
    dialog.reject()


def test_the_target_is_cut_out_in_the_middle_of_a_small_video(opened, qtbot, tmp_path):
    track(qtbot, opened, 30)
    dialog = dialog_of(opened, "export_crop")
    dialog.options.side.setValue(96)
    dialog.options.margin.setValue(1.5)
    write(qtbot, dialog, tmp_path / "crop.mp4")
    found = pictures(tmp_path / "crop.mp4")
    assert len(found) == len(opened.controller.log.rows(1)) and found[0].shape == (96, 96, 3)
    frame, box = opened.controller.result.frame, opened.controller.target.box
    seen = frame.image[round(box.y) : round(box.y + box.h), round(box.x) : round(box.x + box.w)].astype(float)
    middle = found[frame.index][24:72, 24:72].astype(float)
    assert np.abs(middle.mean(axis=(0, 1)) - seen.mean(axis=(0, 1))).max() < 30


def test_a_video_that_is_cancelled_leaves_nothing(opened, qtbot, tmp_path):
    track(qtbot, opened, 100)
    dialog = dialog_of(opened, "export_video")
    dialog.path.setText(str(tmp_path / "a.mp4"))
    QTest.mouseClick(dialog._write, Qt.MouseButton.LeftButton)
    dialog.reject()
    qtbot.waitUntil(lambda: dialog._job is None, timeout=60000)
    assert dialog.isVisible() and not list(tmp_path.glob("a*"))
    dialog.reject()
