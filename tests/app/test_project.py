"""Projects by mouse and keyboard: save, open, what comes back, and the question before anything goes."""

import json
import shutil
import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from app.dialogs.locate import LocateDialog
from app.dialogs.unsaved import UnsavedDialog
from engine.calibration import Calibration
from engine.session_file import load_session, save_session
from engine.testing import moving_box, write_clip
from tests.app.conftest import SIZE, drag_box, error_dialog, key, open_clip
from tests.engine.session_strategies import same_rows

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
K = Qt.Key


def settle(qtbot, condition):
    qtbot.waitUntil(condition, timeout=60000)


def modified(program):
    return program.window.isWindowModified()


def contents(program):
    log = program.controller.log
    return {target: log.rows(target) for target in log.targets}


def same(one, other):
    return set(one) == set(other) and all(same_rows(rows, other[target], 0.006) for target, rows in one.items())


def dialog_of(qtbot, program, kind, title=""):
    found = []

    def there():
        found[:] = [d for d in program.window.findChildren(kind) if d.isVisible() and title in d.windowTitle()]
        return bool(found)

    settle(qtbot, there)
    return found[0]


def button(dialog, text):
    return next(b for b in dialog.findChildren(QPushButton) if b.text().replace("&", "") == text)


def click(dialog, text):
    QTest.mouseClick(button(dialog, text), Qt.MouseButton.LeftButton)


def drop(program, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    none = Qt.KeyboardModifier.NoModifier
    program.window.dropEvent(
        QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none)
    )


@pytest.fixture
def video(clip, tmp_path):
    return shutil.copy(clip, tmp_path / "mouse.mp4")


def track(program, qtbot, frames=20):
    """Draw the clip's target and track it so far."""
    drag_box(program, moving_box(0, *SIZE))
    settle(qtbot, lambda: program.controller.active == [1])
    program.controller.set_speed(0)
    program.controller.step(frames)
    settle(qtbot, lambda: program.controller.frame == frames)


@pytest.fixture
def tracked(program, video, qtbot):
    open_clip(qtbot, program, video)
    track(program, qtbot)
    return program


@pytest.fixture
def answers(tracked, tmp_path):
    """Answers the file dialog: where to save to, and how often it was asked."""
    asked = []

    def ask(parent, suggested):
        asked.append(suggested)
        return answers_to[0]

    answers_to = [str(tmp_path / "work.attntrack")]
    tracked.saving._ask_path = ask
    return asked, answers_to


def saved(program, qtbot, path):
    # the file is there before the window hears of it
    name = f"{path.name}[*] – AttnTrack"
    settle(qtbot, lambda: path.is_file() and program.window.windowTitle() == name and not modified(program))


def test_save_and_go_on_in_another_program(tracked, answers, make_program, tmp_path, qtbot):
    asked, _ = answers
    c, path = tracked.controller, tmp_path / "work.attntrack"
    assert tracked.window.windowTitle() == "mouse.mp4[*] – AttnTrack"
    settle(qtbot, lambda: modified(tracked))
    c.edits.rename(1, "left mouse")
    c.edits.recolour(1, 4)
    drag_box(tracked, moving_box(60, *SIZE), SHIFT)
    settle(qtbot, lambda: c.active == [1, 2])
    c.edits.show(2, False)
    c.in_out.set(3, 90)
    c.scale.set(Calibration(0.5, "mm", (10.0, 20.0), True))
    c.select(1)
    key(tracked, K.Key_V)  # absent from here on
    settle(qtbot, lambda: len(c.tracks.marks(1)) == 2)
    tracked.window.plot.show_page("speed")
    before, marks = contents(tracked), c.tracks.marks(1)
    key(tracked, K.Key_S, CTRL)
    saved(tracked, qtbot, path)
    assert asked == [str(tmp_path / "mouse.attntrack")], "suggested beside the video"
    assert tracked.window.windowTitle() == "work.attntrack[*] – AttnTrack"
    assert json.loads(path.read_text(encoding="utf-8"))["source"]["path"] == "mouse.mp4", "relative to the project"
    tracked.window.plot.show_page("confidence")

    again = make_program()
    drop(again, path)
    settle(qtbot, lambda: again.controller.result is not None)
    d = again.controller
    assert same(contents(again), before) and d.frame == 20 and d.active == [1, 2] and d.selected == 1
    assert [m.kind for m in d.tracks.marks(1)] == [m.kind for m in marks] == ["start", "gone"]
    assert (d.book.name(1), d.book.color_number(1), d.book.hidden(2)) == ("left mouse", 4, True)
    assert (d.in_out.first, d.in_out.last) == (3, 90)
    assert d.scale.calibration == Calibration(0.5, "mm", (10.0, 20.0), True)
    assert again.window.plot.page.objectName() == "speed"
    assert again.window.windowTitle() == "work.attntrack[*] – AttnTrack" and not modified(again)
    assert again.window.settings.recent[0] == str(path)
    d.select(2)
    d.step(2)
    settle(qtbot, lambda: d.frame == 22 and modified(again))
    assert len(d.log.rows(2)) == len(c.log.rows(2)) + 2, "tracking goes on where it ended"


def test_saving_again_asks_no_more_and_save_as_does(tracked, answers, tmp_path, qtbot):
    asked, to = answers
    key(tracked, K.Key_S, CTRL)
    saved(tracked, qtbot, tmp_path / "work.attntrack")
    tracked.controller.edits.rename(1, "mouse")
    settle(qtbot, lambda: modified(tracked))
    key(tracked, K.Key_S, CTRL)
    settle(qtbot, lambda: not modified(tracked))
    assert len(asked) == 1
    assert "mouse" in (tmp_path / "work.attntrack").read_text(encoding="utf-8")
    to[0] = str(tmp_path / "other")
    key(tracked, K.Key_S, CTRL | SHIFT)
    saved(tracked, qtbot, tmp_path / "other.attntrack")
    assert tracked.window.windowTitle().startswith("other.attntrack") and len(asked) == 2


def test_looking_around_is_no_change(tracked, answers, tmp_path, qtbot):
    key(tracked, K.Key_S, CTRL)
    saved(tracked, qtbot, tmp_path / "work.attntrack")
    tracked.controller.seek(3)
    settle(qtbot, lambda: tracked.controller.frame == 3)
    tracked.controller.select(None)
    assert not modified(tracked)
    tracked.window.close()
    assert not tracked.window.isVisible(), "nobody is asked"


def test_a_folder_that_is_gone_is_said_and_nothing_is_lost(tracked, answers, tmp_path, qtbot):
    _, to = answers
    to[0] = str(tmp_path / "nowhere" / "work.attntrack")
    tracked.window.close()
    dialog_of(qtbot, tracked, UnsavedDialog).save_wanted.emit()
    dialog_of(qtbot, tracked, UnsavedDialog).close()
    dialog = error_dialog(qtbot, tracked)
    assert "not there: create it" in dialog.message
    dialog.close()
    assert tracked.window.isVisible() and modified(tracked)


@pytest.mark.parametrize("choice", ["Save", "Don’t save", "Cancel"])
def test_closing_asks_what_becomes_of_it(tracked, answers, tmp_path, qtbot, choice):
    path = tmp_path / "work.attntrack"
    settle(qtbot, lambda: modified(tracked))
    key(tracked, K.Key_Q, CTRL)
    assert tracked.window.isVisible()
    click(dialog_of(qtbot, tracked, UnsavedDialog), choice)
    if choice == "Cancel":
        assert tracked.window.isVisible() and not path.exists()
    else:
        settle(qtbot, lambda: not tracked.window.isVisible())
        assert path.exists() == (choice == "Save")


def test_save_and_quit_at_once_needs_no_question(tracked, answers, tmp_path, qtbot):
    settle(qtbot, lambda: modified(tracked))
    key(tracked, K.Key_S, CTRL)
    key(tracked, K.Key_Q, CTRL)
    settle(qtbot, lambda: not tracked.window.isVisible())
    assert (tmp_path / "work.attntrack").is_file()


def test_opening_something_else_asks_too(tracked, answers, clip, qtbot):
    settle(qtbot, lambda: modified(tracked))
    drop(tracked, clip)
    click(dialog_of(qtbot, tracked, UnsavedDialog), "Cancel")
    assert tracked.controller.source.endswith("mouse.mp4")
    key(tracked, K.Key_W, CTRL)
    click(dialog_of(qtbot, tracked, UnsavedDialog), "Don’t save")
    settle(qtbot, lambda: tracked.controller.info is None)
    assert not modified(tracked) and tracked.window.windowTitle() == "AttnTrack"
    drop(tracked, clip)
    settle(qtbot, lambda: tracked.controller.source == str(clip))


def test_a_video_only_looked_at_is_no_work_and_neither_is_the_demo(program, video, qtbot):
    open_clip(qtbot, program, video)
    program.controller.in_out.set(2, 8)
    assert not modified(program)
    program.intents.openers.open_demo()
    settle(qtbot, lambda: program.controller.frame > 3)
    assert not modified(program)
    program.window.close()
    assert not program.window.isVisible()


@pytest.fixture
def project(tracked, answers, tmp_path, qtbot, make_program):
    """A project file, whose program is gone."""
    key(tracked, K.Key_S, CTRL)
    saved(tracked, qtbot, tmp_path / "work.attntrack")
    make_program.dispose(tracked)
    return tmp_path / "work.attntrack"


def opened(program, qtbot):
    settle(qtbot, lambda: program.controller.result is not None)


def test_project_and_video_moved_together_open_without_a_word(project, video, make_program, tmp_path, qtbot):
    (tmp_path / "new").mkdir()
    for file in (project, tmp_path / "mouse.mp4"):
        file.rename(tmp_path / "new" / file.name)
    program = make_program()
    program.intents.openers.open(str(tmp_path / "new" / "work.attntrack"))
    opened(program, qtbot)
    assert program.controller.source == str(tmp_path / "new" / "mouse.mp4") and not modified(program)


def test_a_lost_video_is_asked_for_and_another_file_is_told(project, make_program, tmp_path, qtbot):
    moved = tmp_path / "elsewhere" / "renamed.mp4"
    moved.parent.mkdir()
    (tmp_path / "mouse.mp4").rename(moved)
    other = tmp_path / "other.mp4"
    write_clip(other, 30, SIZE)
    picks = [str(other), str(moved)]
    program = make_program()
    program.intents.openers._ask_project = lambda parent, folder: str(project)
    program.resuming._ask_path = lambda parent, folder: picks.pop(0)
    QTest.keyClick(program.window.welcome, K.Key_P, CTRL)
    click(dialog_of(qtbot, program, LocateDialog, "Where is mouse.mp4?"), "Find it…")
    settle(
        qtbot,
        lambda: any(d.windowTitle() == "This is another video" for d in program.window.findChildren(LocateDialog)),
    )
    dialog = next(d for d in program.window.findChildren(LocateDialog) if d.windowTitle() == "This is another video")
    click(dialog, "Find it…")
    opened(program, qtbot)
    assert program.controller.source == str(moved) and len(program.controller.log.rows(1)) == 21
    settle(qtbot, lambda: modified(program))  # the project does not know the new place yet


def test_without_its_video_the_track_can_be_looked_at_and_saved(project, make_program, tmp_path, qtbot):
    (tmp_path / "mouse.mp4").unlink()
    before = json.loads(project.read_text(encoding="utf-8"))
    program = make_program()
    program.intents.openers.open(str(project))
    click(dialog_of(qtbot, program, LocateDialog), "Without pictures")
    opened(program, qtbot)
    c, a = program.controller, program.window.actions_
    assert len(c.log.rows(1)) == 21 and c.info.frame_count == 120 and not modified(program)
    assert a["export_track"].isEnabled() and not a["export_video"].isEnabled() and not a["draw"].isEnabled()
    settle(qtbot, lambda: "track alone" in program.window.banner.text)
    c.set_speed(0)
    c.play()
    settle(qtbot, lambda: c.frame == 119)
    assert len(c.log.rows(1)) == 21, "nothing is tracked where there is nothing to see"
    c.seek(5)
    settle(qtbot, lambda: c.frame == 5)
    assert not a["track_again"].isEnabled()
    drag_box(program, moving_box(80, *SIZE))
    assert "no picture to draw on" in program.window.banner.text and not modified(program)
    c.edits.rename(1, "mouse")
    settle(qtbot, lambda: modified(program))
    program.window.actions_["save"].trigger()
    settle(qtbot, lambda: not modified(program))
    after = json.loads(project.read_text(encoding="utf-8"))
    assert after["source"] == before["source"] and after["targets"][0]["followed"]


def test_the_track_of_a_camera_comes_back_without_its_pictures(project, make_program, tmp_path, qtbot):
    session = load_session(project)
    live = replace(session.head.source, path="0", live=True, frames=None)
    save_session(project, replace(session, head=replace(session.head, source=live)))
    program = make_program()
    program.intents.openers.open(str(project))
    opened(program, qtbot)
    c = program.controller
    assert c.info.frame_count == 21 and len(c.log.rows(1)) == 21 and not modified(program)
    c.edits.rename(1, "mouse")
    program.saving.save()
    settle(qtbot, lambda: load_session(project).head.targets[0].name == "mouse")
    assert load_session(project).head.source == live


def test_a_project_that_cannot_be_read_is_said_and_what_is_open_stays(opened_clip, tmp_path, qtbot):
    path = tmp_path / "new.attntrack"
    path.write_text('{"format": "attntrack-project", "version": 99}')
    drop(opened_clip, path)
    dialog = error_dialog(qtbot, opened_clip)
    assert "newer AttnTrack" in dialog.message and "update the program" in dialog.message
    dialog.close()
    assert opened_clip.controller.info is not None


@pytest.fixture
def opened_clip(program, video, qtbot):
    open_clip(qtbot, program, video)
    return program


def test_files_are_written_beside_the_window(tracked, answers, tmp_path, qtbot, monkeypatch):
    threads = []

    def watched(path, session):
        threads.append(threading.current_thread())
        save_session(path, session)

    monkeypatch.setattr("app.project.save_session", watched)
    key(tracked, K.Key_S, CTRL)
    saved(tracked, qtbot, tmp_path / "work.attntrack")
    assert threads and threading.main_thread() not in threads
