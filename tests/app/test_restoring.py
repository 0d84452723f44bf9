"""Work that a program left behind when it was killed: offered, restored, kept when declined, deleted when told to."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from app.dialogs.error import ErrorDialog
from app.dialogs.locate import LocateDialog
from app.dialogs.restore import RestoreDialog
from app.gui import make_application
from app.journals import Journals, autosave_folder
from engine.journal import JournalWriter, read_journal
from engine.session import SessionHead, SourceRecord
from engine.target_info import TargetInfo
from engine.testing import moving_box
from engine.track_log import TrackLog
from engine.types import Target, TrackState
from tests.app.conftest import SIZE, error_dialog, open_clip

ROOT = Path(__file__).resolve().parents[2]
CHILD = """
import sys
from PySide6.QtCore import QSettings, QStandardPaths, QTimer
from app.gui import build, make_application
from engine.testing import FakeTracker, moving_box

QStandardPaths.setTestModeEnabled(True)
app = make_application()
program = build(lambda: FakeTracker(lambda target, frame: moving_box(frame, 320, 240)))
program.window.show()
c = program.controller
c.open(sys.argv[1], (moving_box(0, 320, 240),), play=True)

def tell():
    if len(c.log.rows(1)) > 5 and not c.book.info(1).name:
        c.edits.rename(1, "left mouse")
    print(len(c.log.rows(1)), c.playing, flush=True)

timer = QTimer()
timer.timeout.connect(tell)
timer.start(100)
app.exec()
"""


def settle(qtbot, condition):
    qtbot.waitUntil(condition, timeout=60000)


def click(widget, text):
    found = next(b for b in widget.findChildren(QPushButton) if b.isVisible() and b.text().replace("&", "") == text)
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)


def leave(name, source, frames=10):
    """A journal as a program that died leaves it."""
    log = TrackLog()
    for frame in range(frames):
        log.record(frame, frame / 30, [Target(1, moving_box(frame, *SIZE), 0.9, TrackState.TRACKED)])
    head = SessionHead(SourceRecord(str(source), False, *SIZE, 30.0, 120).identified(), (TargetInfo(1, name),))
    path = autosave_folder() / f"{name}.journal"
    path.parent.mkdir(parents=True, exist_ok=True)
    journal = JournalWriter(path)
    journal.restart(head, log.cursor().take())
    journal.close()
    return path


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no such signal on this system")
def test_a_window_that_is_killed_while_tracking_is_restored_by_the_next(clip, qtbot, make_program):
    make_application()
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(clip)], cwd=ROOT, env=os.environ.copy(), stdout=subprocess.PIPE, text=True
    )
    try:
        journal, said = [], []
        for line in child.stdout:
            said.append(line.split())
            journal = list(autosave_folder().glob("*.journal"))
            if journal and int(said[-1][0]) >= 40:
                break
        assert said[-1][1] == "True", "it is tracking"
        os.kill(child.pid, signal.SIGKILL)
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    then = int(said[-6 if len(said) > 15 else 0][0])  # half a second before, at the least
    program = make_program()
    card = program.window.welcome.restore
    settle(qtbot, card.isVisible)
    assert "moving.mp4" in card.accessibleName()
    click(card, "Restore")
    settle(qtbot, lambda: program.controller.result is not None)
    c = program.controller
    rows = c.log.rows(1)["frame"].tolist()
    assert rows == list(range(len(rows))) and len(rows) >= max(then, 1)
    assert c.book.name(1) == "left mouse" and c.source == str(clip)
    settle(qtbot, program.window.isWindowModified)
    assert journal[0].exists(), "safe until it is saved"
    settle(qtbot, lambda: c.backend is not None)
    c.set_speed(0)
    c.play()
    settle(qtbot, lambda: c.frame == 119)
    assert c.log.rows(1)["frame"].tolist() == list(range(120))


@pytest.fixture
def two(qapp, clip):
    make_application()
    return leave("one", clip), leave("two", clip)


def test_declining_keeps_it_and_the_menu_has_it(two, make_program, clip, qtbot):
    program = make_program()
    card = program.window.welcome.restore
    settle(qtbot, card.isVisible)
    click(card, "Not now")
    assert not card.isVisible() and all(path.exists() for path in two)
    open_clip(qtbot, program, clip)
    program.window.actions_["restore"].trigger()
    dialog = program.window.findChild(RestoreDialog)
    assert len([b for b in dialog.findChildren(QPushButton) if b.text() == "Restore"]) == 2
    dialog.wanted.emit(program.restoring.left[0])
    dialog.close()
    settle(qtbot, lambda: len(program.controller.log.rows(1)) == 10 and program.controller.result is not None)
    settle(qtbot, lambda: len(program.restoring.left) == 1)
    make_program.dispose(program)  # the user lets it go
    assert [path.exists() for path in two].count(True) == 1, "what was not restored stays"


def asked(program):
    return [dialog for dialog in program.window.findChildren(LocateDialog) if dialog.isVisible()]


def test_what_could_not_be_opened_stays_on_offer(qapp, make_program, tmp_path, qtbot):
    make_application()
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    paths = [leave("gone", tmp_path / "gone.mp4"), leave("broken", broken)]
    program = make_program()
    settle(qtbot, lambda: len(program.restoring.left) == 2)
    by_name = {left.path.stem: left for left in program.restoring.left}
    program.restoring.restore(by_name["broken"])
    error_dialog(qtbot, program).close()
    program.restoring.restore(by_name["gone"])
    settle(qtbot, lambda: asked(program) != [])
    click(asked(program)[0], "Cancel")
    assert len(program.restoring.left) == 2 and program.window.actions_["restore"].isEnabled()
    program.restoring.restore(by_name["gone"])
    settle(qtbot, lambda: asked(program) != [])
    click(asked(program)[0], "Without pictures")
    settle(qtbot, lambda: program.window.isWindowModified() and len(program.restoring.left) == 1)
    assert len(program.controller.log.rows(1)) == 10 and all(path.exists() for path in paths)


def test_deleting_takes_two_clicks(two, make_program, qtbot):
    program = make_program()
    settle(qtbot, lambda: len(program.restoring.left) == 2)
    click(program.window.welcome.restore, "1 more…")
    dialog = program.window.findChild(RestoreDialog)
    click(dialog, "Delete")
    assert all(path.exists() for path in two)
    click(dialog, "Delete for good")
    assert [path.exists() for path in two].count(True) == 1 and len(program.restoring.left) == 1
    dialog.close()


def test_what_a_running_program_writes_is_not_offered(two, make_program, qtbot):
    other = Journals(autosave_folder())
    assert other.claim(two[0])
    program = make_program()
    settle(qtbot, lambda: bool(program.restoring.left))
    assert [left.path for left in program.restoring.left] == [two[1]]
    other.close()


def test_saving_what_was_restored_ends_its_journal(two, make_program, tmp_path, qtbot):
    program = make_program()
    settle(qtbot, lambda: len(program.restoring.left) == 2)
    left = program.restoring.left[0]
    program.restoring.restore(left)
    settle(qtbot, program.window.isWindowModified)
    program.saving._ask_path = lambda parent, suggested: str(tmp_path / "work.attntrack")
    QTest.keyClick(program.window.canvas, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot, lambda: not left.path.exists() and not program.window.isWindowModified())
    assert (tmp_path / "work.attntrack").is_file()


def test_giving_up_after_an_error_keeps_the_work_for_the_next_start(make_program, clip, qtbot):
    program = make_program()
    open_clip(qtbot, program, clip)
    program.controller.edits.draw(moving_box(0, *SIZE), 0, None)
    settle(qtbot, program.window.isWindowModified)
    program.intents.error("It broke", "", unexpected=True)
    click(program.window.findChild(ErrorDialog), "Quit")
    settle(qtbot, lambda: not program.window.isVisible())
    (path,) = autosave_folder().glob("*.journal")
    assert len(read_journal(path).tracks[1]) == 1
