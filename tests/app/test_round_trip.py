"""What is exported from the window comes back into it as it was, as far as the format has a place for it."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.dialogs.export import ExportDialog
from app.export_job import ENDINGS
from engine.testing import FakeTracker
from engine.track_rows import STATE_CODE
from engine.types import Box, TrackState
from tests.app.conftest import drag_box, open_clip
from tests.app.test_importing import bring_in, dialog_of
from tests.app.test_main_job import key, track

BEGINS, ABSENT, END = 25, 60, 70
LOST = range(30, 40)
SECOND = Box(200, 150, 60, 40)


@pytest.fixture
def tracked(make_program, clip, qtbot):
    """Two targets: one is lost for a while, drawn anew and out of sight at the end; the other begins later."""
    program = make_program(lambda: FakeTracker(lost={1: [LOST]}, uncertain={1: [range(20, 30)]}))
    open_clip(qtbot, program, clip)
    track(qtbot, program, END)
    c = program.controller
    c.seek(BEGINS)
    qtbot.waitUntil(lambda: c.frame == BEGINS, timeout=60000)
    drag_box(program, SECOND, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: sorted(c.active) == [1, 2], timeout=60000)
    key(program, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: c.log.last_frame(2) is not None and c.log.last_frame(2) >= END, timeout=60000)
    key(program, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not c.playing, timeout=60000)
    c.select(1)
    c.seek(ABSENT)
    qtbot.waitUntil(lambda: c.frame == ABSENT and c.target is not None, timeout=60000)
    key(program, Qt.Key.Key_V)
    qtbot.waitUntil(lambda: c.target is not None and c.target.state is TrackState.ABSENT, timeout=60000)
    assert c.log.get(1, LOST[5]).state is TrackState.LOST
    return program


def export(qtbot, program, path, format):
    program.window.actions_["export_track"].trigger()
    dialog = next(d for d in program.window.findChildren(ExportDialog) if d.isVisible())
    dialog.choose_format(format)
    dialog.path.setText(str(path))
    with qtbot.waitSignal(dialog.written, timeout=60000):
        QTest.mouseClick(dialog._write, Qt.MouseButton.LeftButton)


def forget(qtbot, program):
    """Remove all targets, as the user does before reading a file again."""
    program.window.actions_["clear_targets"].trigger()
    c = program.controller
    qtbot.waitUntil(lambda: c.tracks.targets == () and c.active == [], timeout=60000)


@pytest.mark.parametrize("format", ["csv", "json", "mot"])
def test_a_file_of_all_targets_comes_back_byte_for_byte(tracked, qtbot, tmp_path, format):
    c = tracked.controller
    before = {target: c.log.rows(target) for target in (1, 2)}
    path = tmp_path / f"one{ENDINGS[format]}"
    export(qtbot, tracked, path, format)
    forget(qtbot, tracked)
    bring_in(qtbot, tracked, path)
    qtbot.waitUntil(lambda: c.tracks.targets == (1, 2), timeout=60000)
    for target, old in before.items():
        new = c.log.rows(target)
        if format == "mot":  # it has no row for a target without a box, and no states
            old = old[~np.isnan(old["box"][:, 0])]
        else:
            assert new["state"].tolist() == old["state"].tolist()
            assert new["origin"].tolist() == old["origin"].tolist()
        assert new["frame"].tolist() == old["frame"].tolist()
        assert np.allclose(new["box"], old["box"], atol=0.005, equal_nan=True)
        assert np.allclose(new["confidence"], old["confidence"], atol=5e-5)
        assert np.allclose(new["time_s"], old["time_s"], atol=1e-6 if format != "mot" else 0.02)
    export(qtbot, tracked, tmp_path / f"two{ENDINGS[format]}", format)
    assert (tmp_path / f"two{ENDINGS[format]}").read_text() == path.read_text()


@pytest.mark.parametrize("format", ["otb", "vot"])
def test_a_file_of_each_target_comes_back_on_its_frames(tracked, qtbot, tmp_path, format):
    c = tracked.controller
    first = int(c.log.rows(2)["frame"][0])
    c.in_out.set(first, ABSENT - 1)
    before = {target: c.log.rows(target, first, ABSENT) for target in (1, 2)}
    export(qtbot, tracked, tmp_path / "one.txt", format)
    forget(qtbot, tracked)
    dialog = dialog_of(tracked)
    dialog.path.setText(str(tmp_path / "one.txt"))
    assert dialog.format.currentData() == format, "it is recognised"
    assert dialog.first.value() == first, "it begins where the part does"
    dialog.reject()
    bring_in(qtbot, tracked, tmp_path / "one.txt")
    qtbot.waitUntil(lambda: c.tracks.targets == (1, 2), timeout=60000)
    for target, old in before.items():
        new = c.log.rows(target)
        if format == "vot":  # it writes a code, and no box, where a target was started
            old = old[old["state"] != STATE_CODE[TrackState.INIT]]
            assert np.allclose(new["confidence"], old["confidence"], atol=5e-5)
        assert new["frame"].tolist() == old["frame"].tolist()
        assert np.allclose(new["box"], old["box"], atol=0.005, equal_nan=True)
