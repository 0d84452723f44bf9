"""What tests of the window share: a program over fake tracking, isolated settings, and watchers that fail a test."""

import os
import threading
import time
from contextlib import suppress

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QEvent, QKeyCombination, QPoint, QSettings, QStandardPaths, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMessageBox

from app.dialogs.error import ErrorDialog
from app.gui import build, make_application
from engine.testing import FakeTracker, moving_box, write_clip

SIZE = (320, 240)
FRAMES = 120


@pytest.fixture(autouse=True)
def watched(request, tmp_path, monkeypatch):
    """Keep settings and home apart; fail on leaked threads, unexpected boxes and dialogs left open."""
    if not {"qtbot", "qapp", "program", "make_program"} & set(request.fixturenames):
        yield
        return
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    monkeypatch.setattr("app.banner._NOTICE_MS", 600_000)  # a busy machine must not miss a notice
    QStandardPaths.setTestModeEnabled(True)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    unexpected = []

    def refuse(name):
        def stand_in(*args, **kwargs):
            unexpected.append(f"{name}{args[1:]}")
            return ("", "")

        return stand_in

    for kind, names in (
        (QMessageBox, ("exec", "information", "warning", "critical", "question")),
        (QFileDialog, ("exec", "getOpenFileName", "getSaveFileName", "getExistingDirectory")),
    ):
        for name in names:
            monkeypatch.setattr(kind, name, refuse(f"{kind.__name__}.{name}"))
    before = set(threading.enumerate())
    yield
    left = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
    texts = [getattr(w, "message", w.windowTitle()) for w in left]
    for dialog in left:
        dialog.close()
    ours = [t for t in set(threading.enumerate()) - before if t.name.startswith("attntrack")]
    for thread in ours:
        with suppress(RuntimeError):  # it is only just being started
            thread.join(10)  # a thread that reads from the network ends when its read does
    leaked = [t.name for t in ours if t.is_alive()]
    assert unexpected == [], "a box that no test expected"
    assert texts == [], "a dialog was left open"
    assert leaked == [], "a thread outlived its test"


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """A real video of a moving textured target."""
    path = tmp_path_factory.mktemp("clips") / "moving.mp4"
    write_clip(path, FRAMES, SIZE)
    return path


def truth(target, frame):
    """Where the clip's target is."""
    return moving_box(frame, *SIZE)


@pytest.fixture
def make_program(qtbot):
    """Makes programs over a tracker, by default a fake one that knows the truth; closes them at the end."""
    made = []

    def make(make_tracker=None, size=(1280, 720)):
        make_application()
        program = build(make_tracker or (lambda: FakeTracker(truth)))
        made.append(program)
        program.window.resize(*size)
        with qtbot.waitActive(program.window, timeout=60000):
            program.window.show()
            program.window.activateWindow()
        qtbot.waitUntil(lambda: program.window.plot is not None, timeout=60000)
        return program

    def dispose(program):
        made.remove(program)
        program.close()
        assert program.controller.stop(), "the worker did not end"
        program.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()

    make.dispose = dispose
    yield make
    for program in tuple(made):
        dispose(program)


@pytest.fixture
def program(make_program):
    """A program over fake tracking."""
    return make_program()


@pytest.fixture
def opened(program, clip, qtbot):
    """The program with the clip open, on its first frame."""
    open_clip(qtbot, program, clip)
    return program


def open_clip(qtbot, program, clip):
    """Open a source and wait for its first frame."""
    program.controller.open(str(clip))
    qtbot.waitUntil(lambda: program.controller.result is not None, timeout=60000)
    qtbot.waitUntil(lambda: program.controller.backend is not None, timeout=60000)


def at(program, x, y):
    """The canvas point that shows an image point."""
    return QPoint(*(round(v) for v in program.window.canvas.view.to_canvas(x, y)))


def drag(program, start, end, modifiers=Qt.KeyboardModifier.NoModifier):
    """Drag from one image point to another with real mouse events."""
    canvas = program.window.canvas
    a, b = at(program, *start), at(program, *end)
    middle = QPoint((a.x() + b.x()) // 2, (a.y() + b.y()) // 2)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, modifiers, a)
    QTest.mouseMove(canvas, middle)
    QTest.mouseMove(canvas, b)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, modifiers, b)


def drag_box(program, box, modifiers=Qt.KeyboardModifier.NoModifier):
    """Drag around a box."""
    drag(program, (box.x, box.y), (box.x + box.w, box.y + box.h), modifiers)


def key(program, pressed, modifiers=Qt.KeyboardModifier.NoModifier):
    """Press a key once what it stands for can be done, as who sees it grey waits; what stays grey is pressed anyway."""
    sequence = QKeySequence(QKeyCombination(modifiers, Qt.Key(pressed)))
    meant = [action for action in program.window.actions_.all() if sequence in action.shortcuts()]
    until = time.monotonic() + 3
    while meant and not any(action.isEnabled() for action in meant) and time.monotonic() < until:
        QTest.qWait(5)
    QTest.keyClick(program.window.canvas, pressed, modifiers)


def error_dialog(qtbot, program):
    """Wait for the error dialog."""
    found = []

    def there():
        found[:] = [d for d in program.window.findChildren(ErrorDialog) if d.isVisible()]
        return bool(found)

    qtbot.waitUntil(there, timeout=60000)
    return found[0]
