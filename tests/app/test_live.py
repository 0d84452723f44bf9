"""Live sources in the window: which camera and how, a signal that goes away and returns, and what is shown of it."""

import pytest
from PySide6.QtWidgets import QApplication

from app.dialogs.camera import CameraDialog
from engine.sources import live as live_module
from engine.sources.camera_modes import CameraMode
from engine.sources.cameras import Camera
from engine.testing import moving_box
from tests.app.conftest import drag_box
from tests.live_stream import SIZE, StreamServer

DESK = [CameraMode(1280, 720, 30.0, "MJPG"), CameraMode(640, 480, 60.0, "YUYV")]


@pytest.fixture
def server(monkeypatch):
    """A camera on the network; the program gives it up quickly and asks often."""
    monkeypatch.setattr(live_module, "RETRY_S", (0.05, 0.1))
    server = StreamServer(100_000, 60.0)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def watching(program, server, qtbot):
    """The program, on that camera."""
    program.controller.open(server.address)
    qtbot.waitUntil(lambda: program.controller.result is not None, timeout=60000)
    return program


def buttons(program):
    return {button.text(): button for button in program.window.banner._buttons}


def test_a_signal_that_goes_away_is_said_and_goes_on_when_it_is_back(watching, server, qtbot):
    c, w = watching.controller, watching.window
    drag_box(watching, moving_box(0, *SIZE))
    qtbot.waitUntil(lambda: c.active == [1], timeout=60000)
    server.stop()
    qtbot.waitUntil(lambda: c.signal_lost and c.reconnects > 1, timeout=60000)
    assert "Signal lost" in w.banner.text and w.banner.isVisible()
    assert set(buttons(watching)) == {"Retry now", "Give up"} and buttons(watching)["Retry now"].isVisible()
    assert "NO SIGNAL" in w.badge.text() or c.result is not None
    last, rows = c.frame, len(c.tracks.rows(1))
    server.start()
    qtbot.waitUntil(lambda: not c.signal_lost and c.frame > last + 5, timeout=60000)
    qtbot.waitUntil(lambda: len(c.tracks.rows(1)) > rows, timeout=60000)
    assert "Signal lost" not in w.banner.text and buttons(watching) == {}
    assert c.playing and c.active == [1]


def test_the_wait_for_a_lost_signal_can_be_cut_short(watching, server, qtbot, monkeypatch):
    c = watching.controller
    server.stop()
    qtbot.waitUntil(lambda: c.signal_lost, timeout=60000)
    monkeypatch.setattr(live_module, "RETRY_S", (0.0, 3600.0))
    qtbot.waitUntil(lambda: c._worker.live_source.attempts >= 1, timeout=60000)
    server.start()
    # it would be an hour until the next attempt
    while c.signal_lost:
        buttons(watching)["Retry now"].click()
        qtbot.wait(100)
    qtbot.waitUntil(lambda: not c.signal_lost, timeout=60000)


def test_a_lost_signal_can_be_given_up_and_the_track_stays(watching, server, qtbot):
    c, w = watching.controller, watching.window
    drag_box(watching, moving_box(0, *SIZE))
    qtbot.waitUntil(lambda: len(c.tracks.rows(1)) > 3, timeout=60000)
    server.stop()
    qtbot.waitUntil(lambda: c.signal_lost, timeout=60000)
    buttons(watching)["Give up"].click()
    qtbot.waitUntil(lambda: not c.playing and not c.signal_lost, timeout=60000)
    assert "ended" in w.banner.text and buttons(watching) == {}
    assert len(c.tracks.rows(1)) > 3 and w.actions_["export_track"].isEnabled()
    assert w.stage.currentWidget() is w.canvas


def test_latency_and_drops_are_in_the_status_bar(watching, qtbot):
    status = watching.window.status
    qtbot.waitUntil(lambda: status.latency.isVisible(), timeout=60000)
    assert status.latency.text().endswith("ms latency")
    watching.controller.close_source()
    qtbot.waitUntil(lambda: not status.latency.isVisible(), timeout=60000)


def camera_dialog(program, qtbot, **more):
    cameras = [Camera(0, "Desk camera"), Camera(2, "Microscope")]
    dialog = CameraDialog(program.window, lambda: cameras, lambda index: DESK if index == 0 else [], **more)
    dialog.open()
    qtbot.waitUntil(lambda: dialog._list.count() == 2, timeout=60000)
    return dialog


def test_a_camera_is_picked_by_name_size_and_rate(program, qtbot):
    dialog = camera_dialog(program, qtbot)
    texts = [dialog._mode.itemText(i) for i in range(dialog._mode.count())]
    assert texts == ["As the camera likes", "1280 × 720,  30 frames a second", "640 × 480,  60 frames a second"]
    dialog._mode.setCurrentIndex(2)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog._open.click()
    assert chosen.args == ["0@640x480@60"]


def test_where_a_camera_does_not_say_what_it_can_common_sizes_are_offered(program, qtbot):
    dialog = camera_dialog(program, qtbot)
    dialog._list.setCurrentRow(1)
    texts = [dialog._mode.itemText(i) for i in range(dialog._mode.count())]
    assert texts[:2] == ["As the camera likes", "1920 × 1080"]
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog._open.click()
    assert chosen.args == ["2"]


def test_the_last_camera_and_its_size_are_offered_again(program, qtbot):
    dialog = camera_dialog(program, qtbot, last="0@640x480@60")
    assert dialog._list.currentRow() == 0 and dialog._mode.currentText().startswith("640")
    dialog.close()
    dialog = camera_dialog(program, qtbot, last="2@1280x720")
    assert dialog._list.currentRow() == 1 and dialog._mode.currentText() == "1280 × 720"
    dialog.close()


def test_a_camera_is_asked_for_its_size_and_remembered_but_not_as_a_recent_file(program, qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(program.controller, "open", lambda spec: asked.append(spec))
    monkeypatch.setattr(CameraDialog, "look", lambda self: None)
    program.window.actions_["open_camera"].trigger()
    dialog = next(d for d in program.window.findChildren(CameraDialog) if d.isVisible())
    dialog.chosen.emit("0@640x480@60")
    dialog.close()
    assert asked == ["0@640x480@60"] and program.window.settings.text("camera") == "0@640x480@60"
    program.controller.source = "0@640x480@60"
    program.controller.source_changed.emit()
    QApplication.processEvents()
    assert program.window.settings.recent == []
    program.controller.source = ""
