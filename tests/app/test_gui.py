"""The entry point: what it takes, how it starts, and the whole program with the real tracker."""

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication

from app import gui
from app.demo import demo_boxes, demo_video
from engine.backends.select import BACKEND_NAMES
from engine.geometry import iou
from engine.session import Session, SessionHead, SourceRecord
from engine.session_file import save_session
from engine.testing import moving_box, write_clip
from engine.track_log import TrackLog
from engine.types import Box, Target, TrackState
from tests.app.conftest import SIZE, error_dialog

ROOT = Path(__file__).resolve().parents[2]


def test_what_can_be_asked_for():
    values = gui.parse(["clip.mp4", "--box", "1,2,30,40", "--box", "5,6,7,8.5", "--backend", "onnxruntime"])
    assert values.source == "clip.mp4" and values.box == [Box(1, 2, 30, 40), Box(5, 6, 7, 8.5)]
    assert values.backend in BACKEND_NAMES and gui.parse([]).source is None and gui.parse(["--demo"]).demo


@pytest.mark.parametrize(
    "arguments",
    [
        ["--box", "1,2,3,4"],
        ["clip.mp4", "--box", "1,2,0,4"],
        ["a", "--demo"],
        ["--backend", "magic"],
        ["--nonsense"],
        ["work.attntrack", "--box", "1,2,3,4"],
    ],
)
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        gui.parse(arguments)
    assert stop.value.code == 2
    assert capsys.readouterr().err


def test_help_needs_no_qt():
    code = (
        "import sys, app.gui\ntry: app.gui.main(['--help'])\nexcept SystemExit: pass\nprint('PySide6' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("False")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_without_a_display_one_line_says_what_to_do():
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    done = subprocess.run(
        [sys.executable, "-m", "app.gui"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in hidden},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "desktop session" in done.stderr and "`attntrack track`" in done.stderr


@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"])
def test_any_display_will_do(monkeypatch, name):
    for other in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.setenv(other, "")
    monkeypatch.setenv(name, "some")
    assert gui.has_display()


def test_the_window_comes_up_before_the_plot_library_is_loaded():
    code = (
        "import sys; from app.gui import *; app = make_application(); from engine.testing import FakeTracker;"
        "p = build(FakeTracker); p.window.show(); print('pyqtgraph' in sys.modules); p.window.close()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def close_when(condition, found):
    """Close the one window of a running program once something is so."""
    from app.dialogs.unsaved import UnsavedDialog
    from app.main_window import MainWindow

    timer = QTimer()
    timer.setInterval(50)

    def look():
        for window in QApplication.topLevelWidgets():
            if isinstance(window, MainWindow) and window.isVisible() and condition(window):
                found.append(True)
                timer.stop()
                window.close()
                for dialog in window.findChildren(UnsavedDialog):
                    dialog.discarded.emit()

    timer.timeout.connect(look)
    timer.start()
    return timer


def test_main_opens_a_source_with_its_box_and_ends_when_the_window_is_closed(qapp, tmp_path, monkeypatch):
    monkeypatch.setattr(gui, "tracker_maker", lambda *choice: __import__("engine.testing").testing.FakeTracker)
    clip, found = tmp_path / "clip.mp4", []
    write_clip(clip, 40, SIZE)
    timer = close_when(lambda window: window.timeline._frame > 5 and window.targets._rows, found)
    assert gui.main([str(clip), "--box", "10,10,40,40"]) == 0
    timer.stop()
    assert found


def test_main_opens_a_project(qapp, tmp_path, monkeypatch):
    monkeypatch.setattr(gui, "tracker_maker", lambda *choice: __import__("engine.testing").testing.FakeTracker)
    clip, project, found = tmp_path / "clip.mp4", tmp_path / "work.attntrack", []
    write_clip(clip, 40, SIZE)
    log = TrackLog()
    for frame in range(20):
        log.record(frame, frame / 30, [Target(1, moving_box(frame, *SIZE), 0.9, TrackState.TRACKED)])
    source = SourceRecord(str(clip), False, *SIZE, 30.0, 40)
    save_session(project, Session(SessionHead(source, frame=7), {1: log.rows(1)}))
    titles = []
    timer = close_when(
        lambda window: (
            window.timeline._frame == 7 and window.targets._rows and titles.append(window.windowTitle()) is None
        ),
        found,
    )
    assert gui.main([str(project)]) == 0
    timer.stop()
    assert found and titles == ["work.attntrack[*] – AttnTrack"]


def test_an_interrupt_wakes_the_window_once_and_nothing_else_does(program, qtbot):
    before = signal.getsignal(signal.SIGINT)
    with gui.closed_by_interrupt(program.window, program.close):
        gc.collect()
        fired, notifier = [], program.window.findChild(QSocketNotifier)
        notifier.activated.connect(lambda *_: fired.append(True))
        os.fstat(wakeup_fd())
        for _ in range(50):
            QApplication.processEvents()
        assert fired == []
        os.kill(os.getpid(), signal.SIGINT)
        qtbot.waitUntil(lambda: bool(fired) and not program.window.isVisible(), timeout=60000)
        for _ in range(50):
            QApplication.processEvents()
        assert fired == [True]
    assert signal.getsignal(signal.SIGINT) is before and wakeup_fd() == -1


def wakeup_fd():
    """What a signal is written to."""
    fd = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(fd)
    return fd


def test_a_box_outside_the_frame_opens_a_dialog(program, qtbot, clip):
    program.controller.open(str(clip), (Box(1000, 1000, 40, 40),), play=True)
    dialog = error_dialog(qtbot, program)
    assert "box" in dialog.message.lower()
    dialog.close()
    assert program.controller.active == []


def test_the_real_tracker_follows_a_target_in_the_window(make_program, qtbot, clip):
    program = make_program(gui.tracker_maker("auto"))
    c = program.controller
    qtbot.waitUntil(lambda: c.backend is not None, timeout=60000)
    c.set_speed(0)
    c.open(str(clip), (moving_box(0, *SIZE),), play=True)
    qtbot.waitUntil(lambda: c.frame >= 40, timeout=120000)
    c.pause()
    qtbot.waitUntil(lambda: not c.playing, timeout=60000)
    assert c.meters.stages and c.result is not None
    rows = c.tracks.rows(1)
    expected = np.array([moving_box(int(i), *SIZE).as_array() for i in rows["frame"]])
    assert np.nanmean(iou(rows["box"], expected)) > 0.4


@pytest.mark.slow
def test_the_demo_is_tracked(make_program, qtbot):
    program = make_program(gui.tracker_maker("auto"))
    program.controller.set_speed(0)
    program.window.actions_["open_demo"].trigger()
    qtbot.waitUntil(lambda: program.controller.frame >= 30, timeout=120000)
    assert Path(program.controller.source) == demo_video() and len(demo_boxes()) == 1
    assert program.controller.result.attention is not None
    program.controller.pause()
    qtbot.waitUntil(lambda: not program.controller.playing, timeout=60000)
