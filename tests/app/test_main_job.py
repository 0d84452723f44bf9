"""The main job by mouse and keyboard: open, drag a box, track, look, correct, export, read back."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.actions import OVERLAYS
from app.dialogs.export import ExportDialog
from engine.formats import read_track
from engine.geometry import iou
from engine.testing import FakeTracker, moving_box
from engine.types import TrackState
from tests.app.conftest import FRAMES, SIZE, at, drag, drag_box, error_dialog, key, open_clip, truth


def play_to(qtbot, program, frame):
    qtbot.waitUntil(lambda: program.controller.frame >= frame, timeout=60000)


def track(qtbot, program, frame=30):
    """Draw the box and track up to a frame, then pause."""
    drag_box(program, moving_box(0, *SIZE))
    qtbot.waitUntil(lambda: program.controller.active == [1], timeout=60000)
    program.controller.set_speed(0)
    key(program, Qt.Key.Key_Space)
    play_to(qtbot, program, frame)
    key(program, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not program.controller.playing, timeout=60000)


def export(qtbot, program, path, format="csv"):
    program.window.actions_["export_track"].trigger()
    dialog = program.window.findChild(ExportDialog)
    dialog.choose_format(format)
    dialog.path.setText(str(path))
    with qtbot.waitSignal(dialog.written, timeout=60000):
        dialog._write.click()


def test_drag_track_toggle_everything_export_and_read_back(opened, qtbot, tmp_path):
    program = opened
    assert program.window.banner.text == "Drag a box around what you want to follow"
    program.controller.set_speed(0)
    drag_box(program, moving_box(0, *SIZE))
    qtbot.waitUntil(lambda: program.controller.active == [1], timeout=60000)
    key(program, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: program.controller.playing, timeout=60000)
    for id in (*OVERLAYS, *OVERLAYS):
        action = program.window.actions_[id]
        before = action.isChecked()
        key(program, action.shortcut()[0].key())
        assert action.isChecked() is not before
        assert getattr(program.window.canvas.options, id) is not before
        program.window.canvas.grab()
    play_to(qtbot, program, FRAMES - 1)
    qtbot.waitUntil(lambda: not program.controller.playing, timeout=60000)
    path = tmp_path / "track.csv"
    export(qtbot, program, path)
    log = read_track(path)
    rows = log.rows(1)
    assert rows["frame"].tolist() == list(range(FRAMES))
    expected = np.array([moving_box(i, *SIZE).as_array() for i in range(FRAMES)])
    assert iou(rows["box"], expected)[1:].min() > 0.9
    assert path.with_name("track.csv.json").is_file()


@pytest.mark.parametrize("format", ["mot", "otb", "vot", "json"])
def test_other_formats_can_be_read_back(opened, qtbot, tmp_path, format):
    track(qtbot, opened)
    path = tmp_path / f"track.{'json' if format == 'json' else 'txt'}"
    export(qtbot, opened, path, format)
    assert len(read_track(path, format).rows(1)) >= 30


def test_a_video_with_overlays_is_written(opened, qtbot, tmp_path):
    from engine.sources import open_source

    track(qtbot, opened)
    opened.window.actions_["export_video"].trigger()
    dialog = opened.window.findChild(ExportDialog)
    path = tmp_path / "out.mp4"
    dialog.path.setText(str(path))
    with qtbot.waitSignal(dialog.written, timeout=60000):
        dialog._write.click()
    source = open_source(str(path))
    frames = 0
    while source.read() is not None:
        frames += 1
    source.close()
    assert frames == len(opened.controller.tracks.rows(1))


def test_the_box_is_matched_to_the_frame_it_was_drawn_on(make_program, clip, qtbot):
    trackers = []
    program = make_program(lambda: trackers.append(FakeTracker(truth)) or trackers[0])
    open_clip(qtbot, program, clip)
    program.controller.play()
    play_to(qtbot, program, 20)
    canvas = program.window.canvas
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at(program, 50, 50))
    held = program.controller.frame
    QTest.mouseMove(canvas, at(program, 100, 90))
    qtbot.waitUntil(lambda: not program.controller.playing, timeout=60000)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at(program, 120, 110))
    qtbot.waitUntil(lambda: bool(trackers[0].inits), timeout=60000)
    assert trackers[0].inits == [(held, (1,), False)]
    qtbot.waitUntil(lambda: program.controller.playing and program.controller.frame > held + 5, timeout=60000)
    assert program.controller.tracks.rows(1)["frame"][0] == held


def test_dragging_again_restarts_the_selected_target_and_shift_adds_one(opened, qtbot):
    track(qtbot, opened)
    frame = opened.controller.frame
    drag(opened, (5, 5), (45, 45))
    qtbot.waitUntil(lambda: opened.controller.target.state is TrackState.MANUAL, timeout=60000)
    assert opened.controller.active == [1] and opened.controller.frame == frame
    drag(opened, (200, 150), (260, 200), Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: opened.controller.active == [1, 2], timeout=60000)
    assert opened.controller.selected == 2
    key(opened, Qt.Key.Key_1)
    assert opened.controller.selected == 1


def test_a_grip_resizes_the_box_while_paused(opened, qtbot):
    track(qtbot, opened)
    box = opened.controller.target.box
    corner = (box.x + box.w, box.y + box.h)
    drag(opened, corner, (corner[0] + 20, corner[1] + 10))
    qtbot.waitUntil(lambda: opened.controller.target.state is TrackState.MANUAL, timeout=60000)
    new = opened.controller.target.box
    assert (new.x, new.y) == pytest.approx((box.x, box.y), abs=0.01)
    assert (new.w, new.h) == pytest.approx((box.w + 20, box.h + 10), abs=1.0)


def test_r_arms_redrawing_and_escape_cancels(opened, qtbot):
    track(qtbot, opened)
    key(opened, Qt.Key.Key_R)
    assert "Drag the new box" in opened.window.banner.text
    key(opened, Qt.Key.Key_Escape)
    assert "Drag the new box" not in opened.window.banner.text
    canvas = opened.window.canvas
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at(opened, 10, 10))
    QTest.mouseMove(canvas, at(opened, 100, 100))
    key(opened, Qt.Key.Key_Escape)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at(opened, 100, 100))
    assert opened.controller.target.state is not TrackState.MANUAL


def test_too_small_a_box_is_refused_with_a_message(opened, qtbot):
    drag(opened, (50, 50), (54, 90))
    assert "too small" in opened.window.banner.text
    assert opened.controller.active == []


def test_a_box_past_the_border_is_cut_with_a_message(opened, qtbot):
    canvas = opened.window.canvas
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at(opened, 280, 200))
    QTest.mouseMove(canvas, at(opened, 300, 230))
    QTest.mouseRelease(
        canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at(opened, 350, 260) + QPoint(5, 0)
    )
    qtbot.waitUntil(lambda: opened.controller.active == [1], timeout=60000)
    assert "cut" in opened.window.banner.text
    qtbot.waitUntil(lambda: opened.controller.target is not None, timeout=60000)
    box = opened.controller.target.box
    assert (box.x + box.w, box.y + box.h) == pytest.approx(SIZE, abs=0.5)


def test_lost_is_said_with_what_to_do(make_program, clip, qtbot):
    program = make_program(lambda: FakeTracker(truth, lost={1: [range(20, 200)]}))
    open_clip(qtbot, program, clip)
    track(qtbot, program, 40)
    assert program.window.banner.text == "LOST. Press R and draw the box again, or wait: still searching"
    assert "Lost" in program.window.targets._rows[1].accessibleName()
    key(program, Qt.Key.Key_R)
    drag_box(program, moving_box(40, *SIZE))
    qtbot.waitUntil(lambda: "LOST" not in program.window.banner.text, timeout=60000)


def test_steps_seeks_and_ends(opened, qtbot):
    for keys, frame in (
        ((Qt.Key.Key_Right,), 1),
        ((Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier), 11),
        ((Qt.Key.Key_Left,), 10),
        ((Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier), 0),
        ((Qt.Key.Key_End,), FRAMES - 1),
        ((Qt.Key.Key_Home,), 0),
    ):
        key(opened, *keys)
        qtbot.waitUntil(lambda frame=frame: opened.controller.frame == frame, timeout=60000)


def test_events_are_jumped_to(make_program, clip, qtbot):
    program = make_program(lambda: FakeTracker(truth, lost={1: [range(20, 30)]}))
    open_clip(qtbot, program, clip)
    track(qtbot, program, 50)
    key(program, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: program.controller.frame == 0, timeout=60000)
    for frame in (20, 30):
        key(program, Qt.Key.Key_N)
        qtbot.waitUntil(lambda frame=frame: program.controller.frame == frame, timeout=60000)
    key(program, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: program.controller.frame == 20, timeout=60000)


def test_a_click_on_the_timeline_jumps(opened, qtbot):
    timeline = opened.window.timeline
    QTest.mouseClick(
        timeline,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        QPoint(round(timeline.x_of(77)), timeline.height() // 2),
    )
    qtbot.waitUntil(lambda: opened.controller.frame == 77, timeout=60000)


def test_removing_a_target_keeps_its_past(opened, qtbot):
    track(qtbot, opened)
    key(opened, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: opened.controller.frame >= 20, timeout=60000)
    frame = opened.controller.frame
    key(opened, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: opened.controller.active == [], timeout=60000)
    rows = opened.controller.tracks.rows(1)
    assert 0 < len(rows) and rows["frame"].max() <= frame


def test_play_at_the_end_begins_again(opened, qtbot):
    key(opened, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: opened.controller.frame == FRAMES - 1, timeout=60000)
    key(opened, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: 0 < opened.controller.frame < 30, timeout=60000)


def test_a_recording_holds_what_was_tracked_while_it_ran(opened, qtbot, tmp_path):
    from engine.sources import open_source

    path = tmp_path / "live.mp4"
    opened.intents.writers._ask_path = lambda parent, suggested: str(path)
    opened.window.actions_["record"].trigger()
    assert opened.controller.recording == str(path) and opened.window.actions_["record"].isChecked()
    track(qtbot, opened, 20)
    opened.window.actions_["record"].trigger()
    qtbot.waitUntil(lambda: opened.controller.recording == "", timeout=60000)
    assert not opened.window.actions_["record"].isChecked()
    source = open_source(str(path))
    frames = 0
    while source.read() is not None:
        frames += 1
    source.close()
    assert frames >= 20


def test_a_recording_that_can_not_be_written_is_said(opened, qtbot, tmp_path):
    opened.intents.writers._ask_path = lambda parent, suggested: str(tmp_path / "nowhere" / "live.mp4")
    opened.window.actions_["record"].trigger()
    error_dialog(qtbot, opened).close()
    assert not opened.window.actions_["record"].isChecked() and opened.controller.recording == ""
