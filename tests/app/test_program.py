"""The program as a whole: bad files, closing at any moment, seek storms, live sources, keys, looks and errors."""

import random
import threading

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QSlider, QToolButton

from app.actions import ACTIONS
from app.dialogs.camera import CameraDialog
from app.dialogs.export import ExportDialog
from app.dialogs.go_to import GoToDialog
from app.dialogs.shortcuts import ShortcutsDialog
from app.dialogs.stream import StreamDialog
from app.theme import DARK, LIGHT
from engine.errors import BackendError
from engine.sources.cameras import Camera
from engine.testing import FakeSource, FakeTracker, moving_box
from tests.app.conftest import FRAMES, SIZE, drag_box, error_dialog, key, open_clip, truth


def open_fake(qtbot, program, source):
    program.controller.open(source)
    qtbot.waitUntil(lambda: program.controller.result is not None, timeout=60000)


# bad input


@pytest.mark.parametrize("content", [None, b"", b"this is not a video\n" * 50], ids=["missing", "empty", "text"])
def test_a_bad_file_opens_a_dialog_that_says_what_to_do(program, qtbot, tmp_path, content):
    path = tmp_path / "bad.mp4"
    if content is not None:
        path.write_bytes(content)
    program.controller.open(str(path))
    dialog = error_dialog(qtbot, program)
    assert "bad.mp4" in dialog.message
    dialog.close()
    assert program.window.stage.currentWidget() is program.window.welcome
    assert program.window.settings.recent == []


def test_networks_that_do_not_load_are_said_and_showing_still_works(make_program, clip, qtbot):
    def broken():
        raise BackendError("model file score.onnx is missing; reinstall attntrack")

    program = make_program(broken)
    error_dialog(qtbot, program).close()
    program.controller.open(str(clip))
    qtbot.waitUntil(lambda: program.controller.result is not None, timeout=60000)
    assert "not ready" in program.window.status.backend.text()


def test_a_source_that_breaks_is_said_and_playing_stops(program, qtbot):
    open_fake(qtbot, program, FakeSource(50, fail_at=20))
    program.controller.set_speed(0)
    program.controller.play()
    dialog = error_dialog(qtbot, program)
    assert "Frame 20" in dialog.message
    dialog.close()
    qtbot.waitUntil(lambda: not program.controller.playing, timeout=60000)
    assert program.controller.frame == 19


def test_the_same_error_is_not_shown_twice_at_a_time(program, qtbot):
    for _ in range(3):
        program.intents.error("The disk is full: free some space.", "details")
    dialog = error_dialog(qtbot, program)
    assert sum(type(d) is type(dialog) for d in program.window.findChildren(type(dialog))) == 1
    assert not dialog._details.isVisible()
    dialog._fold.click()
    assert dialog._details.isVisible() and dialog._details.toPlainText() == "details"
    dialog.close()


def test_an_export_to_a_folder_that_is_not_there_leaves_nothing(opened, qtbot, tmp_path):
    drag_box(opened, moving_box(0, *SIZE))
    qtbot.waitUntil(lambda: opened.controller.tracks.targets == (1,), timeout=60000)
    opened.window.actions_["export_track"].trigger()
    dialog = opened.window.findChild(ExportDialog)
    dialog.path.setText(str(tmp_path / "nowhere" / "track.csv"))
    dialog._write.click()
    assert "nowhere" in dialog.note.text()
    assert dialog.isVisible(), "the dialog stays open so that another place can be chosen"
    dialog.close()
    assert not (tmp_path / "nowhere").exists()


def test_a_cancelled_video_leaves_no_file(opened, qtbot, tmp_path):
    drag_box(opened, moving_box(0, *SIZE))
    qtbot.waitUntil(lambda: opened.controller.tracks.targets == (1,), timeout=60000)
    opened.controller.set_speed(0)
    opened.controller.play()
    qtbot.waitUntil(lambda: opened.controller.frame == FRAMES - 1, timeout=60000)
    opened.window.actions_["export_video"].trigger()
    dialog = opened.window.findChild(ExportDialog)
    dialog.path.setText(str(tmp_path / "out.mp4"))
    dialog._write.click()
    dialog.reject()
    qtbot.waitUntil(lambda: dialog._job is None, timeout=60000)
    dialog.close()
    assert not list(tmp_path.glob("out*"))


# closing, seeking, opening at any moment


def test_closing_while_it_plays_ends_everything(make_program, clip, qtbot):
    for _ in range(6):
        program = make_program()
        open_clip(qtbot, program, clip)
        drag_box(program, moving_box(0, *SIZE))
        program.controller.play()
        qtbot.waitUntil(lambda program=program: program.controller.frame > 3, timeout=60000)
        program.close()
        assert not any(t.name == "attntrack-worker" and t.is_alive() for t in threading.enumerate())
        make_program.dispose(program)


def test_a_storm_of_seeks_ends_on_the_last_one(opened, qtbot):
    drag_box(opened, moving_box(0, *SIZE))
    dice = random.Random(4)
    for _ in range(200):
        frame = dice.randrange(FRAMES)
        opened.controller.seek(frame)
        if dice.random() < 0.2:
            opened.controller.toggle_play()
        if dice.random() < 0.3:
            QApplication.processEvents()
    opened.controller.pause()
    opened.controller.seek(33)
    qtbot.waitUntil(lambda: opened.controller.frame == 33 and not opened.controller.playing, timeout=60000)


def test_another_source_can_be_opened_at_any_moment(opened, clip, qtbot):
    dice = random.Random(7)
    for _ in range(20):
        drag_box(opened, moving_box(0, *SIZE))
        opened.controller.play()
        for _ in range(dice.randrange(4)):
            QApplication.processEvents()
        opened.controller.open(str(clip))
        if dice.random() < 0.3:
            opened.controller.close_source()
            opened.controller.open(str(clip))
    qtbot.waitUntil(lambda: opened.controller.info is not None and opened.controller.result is not None, timeout=60000)
    assert opened.controller.frame == 0 and opened.controller.active == []


# live


def test_a_live_source_shows_its_badge_and_can_not_be_rewound(program, qtbot):
    open_fake(qtbot, program, FakeSource(100000, live=True))
    qtbot.waitUntil(lambda: program.window.badge.isVisible(), timeout=60000)
    assert "LIVE" in program.window.badge.text()
    assert not program.window.actions_["step_back"].isEnabled()
    before = program.controller.frame
    drag_box(program, moving_box(before, *SIZE))
    qtbot.waitUntil(lambda: program.controller.active == [1], timeout=60000)
    qtbot.waitUntil(lambda: program.controller.frame > before + 5, timeout=60000)
    assert program.controller.playing


def test_cameras_are_picked_by_name(program, qtbot):
    dialog = CameraDialog(program.window, lambda: [Camera(0, "Desk camera"), Camera(2, "Microscope")])
    dialog.open()
    qtbot.waitUntil(lambda: dialog._list.count() == 2, timeout=60000)
    dialog._list.setCurrentRow(1)
    assert "Microscope" in dialog._list.currentItem().text()
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog._open.click()
    assert chosen.args == ["2"]


def test_no_camera_is_said(program, qtbot):
    dialog = CameraDialog(program.window, list)
    dialog.open()
    qtbot.waitUntil(lambda: "No camera was found" in dialog._none.text(), timeout=60000)
    assert dialog._none.isVisible() and not dialog._open.isEnabled()
    dialog.close()


def test_a_stream_needs_an_address(program, qtbot):
    dialog = StreamDialog(program.window, "")
    dialog.open()
    assert not dialog._open.isEnabled()
    dialog._address.setText(" rtsp://camera/stream ")
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog._open.click()
    assert chosen.args == ["rtsp://camera/stream"]


# habits


def test_files_can_be_dropped_and_become_recent(program, clip, qtbot):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(clip))])
    program.window.dropEvent(
        QDropEvent(
            QPointF(50, 50),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    qtbot.waitUntil(lambda: program.controller.result is not None, timeout=60000)
    assert program.window.settings.recent == [str(clip)]
    program.controller.close_source()
    assert program.window.stage.currentWidget() is program.window.welcome
    assert program.window.recent_menu.actions()[0].text() == clip.name
    program.window.recent_menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: program.controller.result is not None, timeout=60000)


def test_tapping_the_backslash_hides_and_holding_it_peeks(opened, qtbot):
    canvas = opened.window.canvas
    clock = [0.0]
    opened.intents._keys._clock = lambda: clock[0]
    QTest.keyPress(canvas, Qt.Key.Key_Backslash)
    assert canvas.bare
    clock[0] += 1.0
    QTest.keyRelease(canvas, Qt.Key.Key_Backslash)
    assert not canvas.bare and not opened.window.actions_["hide_overlays"].isChecked()
    key(opened, Qt.Key.Key_Backslash)
    assert canvas.bare and opened.window.actions_["hide_overlays"].isChecked()
    key(opened, Qt.Key.Key_Backslash)
    assert not canvas.bare


def test_space_plays_wherever_the_keys_go_and_presses_a_button(opened, qtbot):
    window, c = opened.window, opened.controller
    window.timeline.setFocus(Qt.FocusReason.TabFocusReason)
    for playing in (True, False):
        QTest.keyClick(window.windowHandle(), Qt.Key.Key_Space)
        qtbot.waitUntil(lambda playing=playing: c.playing is playing, timeout=60000)
    toggle = next(b for b in window.findChildren(QToolButton) if b.defaultAction() is window.actions_["plot"])
    toggle.setFocus(Qt.FocusReason.TabFocusReason)
    before = window.actions_["plot"].isChecked()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Space)
    assert window.actions_["plot"].isChecked() is not before and not c.playing


def test_space_and_drag_moves_the_picture_and_does_not_play(opened, qtbot):
    canvas = opened.window.canvas
    clock = [0.0]
    opened.intents._keys._clock = lambda: clock[0]
    key(opened, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    before = canvas.view.x
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    middle = canvas.rect().center()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
    QTest.mouseMove(canvas, middle * 1.1)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle * 1.1)
    clock[0] += 1.0
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert canvas.view.x > before
    assert opened.controller.active == [] and not opened.controller.playing


def test_zoom_keys(opened):
    canvas = opened.window.canvas
    fitted = canvas.view.scale
    key(opened, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert canvas.view.scale > fitted
    key(opened, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert canvas.view.scale * canvas.devicePixelRatioF() == pytest.approx(1.0)
    key(opened, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert canvas.view.scale == fitted


def test_going_to_a_frame_by_its_number(opened, qtbot):
    key(opened, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    dialog = opened.window.findChild(GoToDialog)
    dialog._frame.setValue(42)
    dialog._pick()
    qtbot.waitUntil(lambda: opened.controller.frame == 42, timeout=60000)


def test_speeds_by_key_and_menu(opened):
    key(opened, Qt.Key.Key_BracketRight)
    assert opened.controller.speed == 2.0 and opened.window.transport._speed.text() == "2×"
    key(opened, Qt.Key.Key_BracketLeft)
    key(opened, Qt.Key.Key_BracketLeft)
    assert opened.controller.speed == 0.5
    opened.window.transport.speed_menu.actions()[-1].trigger()
    assert opened.controller.speed == 0.0


def test_toggles_theme_and_layout_are_remembered(make_program, qtbot):
    first = make_program()
    first.window.actions_["heatmap"].setChecked(False)
    first.window.actions_["plot"].setChecked(False)
    first.window.overlays.slider.setValue(30)
    next(a for a in first.window.theme_menu.actions() if a.data() == "light").trigger()
    first.window.resize(1100, 640)
    first.window.close()
    second = make_program(size=(1100, 640))
    assert not second.window.actions_["heatmap"].isChecked()
    assert not second.window.canvas.options.heatmap and second.window.canvas.options.opacity == 0.3
    assert second.window.plot.isHidden()
    assert second.window.theme.theme is LIGHT


def test_both_looks_reach_every_part(opened, qtbot):
    for choice, theme in (("light", LIGHT), ("dark", DARK)):
        opened.window.theme.choose(choice)
        image = opened.window.grab().toImage()
        assert image.pixelColor(5, opened.window.height() - 5).name() == theme.window
        canvas = opened.window.canvas.grab().toImage()
        assert canvas.pixelColor(2, 2).name() == theme.canvas


# access


def test_every_shortcut_is_unique():
    keys = [key for spec in ACTIONS for key in spec.keys]
    assert len(keys) == len(set(keys))


def test_f1_lists_every_shortcut(program, qtbot):
    from PySide6.QtWidgets import QLabel

    from app.actions import shortcut_text

    key(program, Qt.Key.Key_F1)
    dialog = program.window.findChild(ShortcutsDialog)
    texts = {label.text() for label in dialog.findChildren(QLabel)}
    assert {shortcut_text(spec) for spec in ACTIONS if spec.keys} <= texts
    dialog.close()


def test_every_control_has_a_name_and_the_buttons_a_tooltip(opened):
    kinds = (QAbstractButton, QSlider, QComboBox, QLineEdit)
    controls = [w for kind in kinds for w in opened.window.findChildren(kind) if w.isVisible()]
    assert len(controls) > 25
    assert [w for w in controls if not (w.accessibleName() or w.text())] == []
    assert [w for w in controls if isinstance(w, QAbstractButton) and not w.toolTip()] == []


def test_nothing_is_clipped_in_the_smallest_window(opened, qtbot):
    window = opened.window
    window.resize(window.minimumSizeHint())
    for widget in (window.transport, window.timeline, window.canvas, window.plot):
        least = widget.minimumSizeHint()
        qtbot.waitUntil(lambda w=widget, least=least: w.width() >= least.width(), timeout=60000)
        qtbot.waitUntil(
            lambda w=widget, least=least: w.height() >= min(least.height(), w.sizeHint().height()), timeout=60000
        )


# errors nobody expected


def test_an_unexpected_error_of_any_thread_opens_one_dialog(program, qtbot, tmp_path):
    program.guard.install(tmp_path / "log" / "attntrack.log")
    try:
        for _ in range(2):
            thread = threading.Thread(target=lambda: 1 / 0, name="other")
            thread.start()
            thread.join()
        dialog = error_dialog(qtbot, program)
    finally:
        program.guard.uninstall()
    assert "ZeroDivisionError" in dialog.message
    dialog.close()
    assert "ZeroDivisionError" in (tmp_path / "log" / "attntrack.log").read_text(encoding="utf-8")


def test_a_tracker_that_fails_is_said(make_program, clip, qtbot):
    program = make_program(lambda: FakeTracker(truth, fail_at=10))
    open_clip(qtbot, program, clip)
    drag_box(program, moving_box(0, *SIZE))
    program.controller.set_speed(0)
    program.controller.play()
    dialog = error_dialog(qtbot, program)
    assert "Frame 10" in dialog.message
    dialog.close()
