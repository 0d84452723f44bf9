"""What people expect of any window: first steps, dropping, full screen, sharp pictures, an entry in the menu."""

import configparser
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage

from app.dialogs.export import ExportDialog
from app.settings import FIRST_RUN
from engine.session import SUFFIX, Session, SessionHead, SourceRecord
from engine.session_file import save_session
from engine.testing import moving_box
from tests.app.conftest import SIZE, drag_box, key, open_clip

ASSETS = Path(__file__).resolve().parents[2] / "assets"
MIME = ASSETS / "attntrack-mime.xml"
SPACE = "{http://www.freedesktop.org/standards/shared-mime-info}"


def test_the_first_steps_are_shown_until_a_track_was_written(make_program, clip, qtbot, tmp_path):
    program = make_program()
    window = program.window
    assert window.welcome._steps.isVisible() and "Ctrl+E" in window.welcome._steps.text()
    open_clip(qtbot, program, clip)
    assert "Drag a box" in window.banner.text
    drag_box(program, moving_box(0, *SIZE))
    qtbot.waitUntil(lambda: "Space plays and tracks" in window.banner.text, timeout=60000)
    program.controller.step(3)
    qtbot.waitUntil(lambda: program.controller.tracked_further and window.banner.text == "", timeout=60000)
    window.actions_["export_track"].trigger()
    dialog = window.findChild(ExportDialog)
    dialog.path.setText(str(tmp_path / "track.csv"))
    dialog._write.click()
    qtbot.waitUntil(lambda: "Written" in window.banner.text, timeout=60000)
    assert not window.settings.toggle(FIRST_RUN, True)
    program.controller.close_source()
    assert window.welcome._steps.isHidden()
    again = make_program()
    assert again.window.welcome._steps.isHidden()
    open_clip(qtbot, again, clip)
    drag_box(again, moving_box(0, *SIZE))
    qtbot.waitUntil(lambda: again.controller.active == [1], timeout=60000)
    assert again.window.banner.text == ""


def drop(program, data):
    none = Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none)
    program.window.dropEvent(event)


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("rtsp://camera/stream", "rtsp://camera/stream"),
        (" http://camera/video.mjpg\n", "http://camera/video.mjpg"),
        ("not an address", None),
        ("see http://camera/ for more", None),
    ],
)
def test_an_address_can_be_dropped_as_text(program, monkeypatch, text, opens):
    opened = []
    program.window.dropped.disconnect()
    program.window.dropped.connect(opened.append)
    data = QMimeData()
    data.setText(text)
    drop(program, data)
    assert opened == ([opens] if opens else [])


def test_of_several_files_the_first_is_opened(program, clip, qtbot, tmp_path):
    data = QMimeData()
    data.setUrls([QUrl("mailto:somebody"), QUrl.fromLocalFile(str(clip)), QUrl.fromLocalFile(str(tmp_path))])
    drop(program, data)
    qtbot.waitUntil(lambda: program.controller.source == str(clip), timeout=60000)
    qtbot.waitUntil(lambda: program.controller.result is not None, timeout=60000)


def test_full_screen_by_key_and_back_to_what_it_was(opened, qtbot):
    window = opened.window
    window.showMaximized()
    qtbot.waitUntil(window.isMaximized, timeout=60000)
    key(opened, Qt.Key.Key_F11)
    qtbot.waitUntil(window.isFullScreen, timeout=60000)
    key(opened, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.isFullScreen() and window.isMaximized(), timeout=60000)
    assert not window.actions_["full_screen"].isChecked()


def test_the_entry_of_the_desktop_menu_is_whole():
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str
    entry.read(ASSETS / "attntrack.desktop", encoding="utf-8")
    values = entry["Desktop Entry"]
    assert values["Exec"].split()[0] == "attntrack-gui" and values["Exec"].split()[1] in ("%f", "%U", "%u", "%F")
    assert values["StartupWMClass"] == values["Icon"] == "attntrack"
    assert "video/mp4" in values["MimeType"] and values["Categories"].endswith(";")
    for icon in ("attntrack.svg", "attntrack.png"):
        assert (ASSETS / "icons" / icon).is_file()
    assert QImage(str(ASSETS / "icons" / "attntrack.png")).width() >= 256
    checker = shutil.which("desktop-file-validate")
    if checker is not None:
        subprocess.run([checker, str(ASSETS / "attntrack.desktop")], check=True)


def test_projects_are_a_kind_of_file_that_the_desktop_knows(tmp_path):
    """Known by name and by content; a double click opens the window."""
    kind = ElementTree.parse(MIME).getroot().find(f"{SPACE}mime-type")
    entry = (ASSETS / "attntrack.desktop").read_text(encoding="utf-8")
    assert kind.get("type") in entry.split("MimeType=")[1].splitlines()[0].split(";")
    assert kind.find(f"{SPACE}glob").get("pattern") == f"*{SUFFIX}"
    path = tmp_path / f"a{SUFFIX}"
    source = SourceRecord("clip.mp4", False, 320, 240, 30.0, 10)
    save_session(path, Session(SessionHead(source, ()), {}))
    sought = kind.find(f"{SPACE}magic/{SPACE}match")
    first, last = (int(at) for at in sought.get("offset").split(":"))
    at = path.read_text(encoding="utf-8").find(sought.get("value"))
    assert first <= at <= last
    update = shutil.which("update-mime-database")
    if update is not None:
        packages = tmp_path / "mime" / "packages"
        packages.mkdir(parents=True)
        shutil.copy(MIME, packages)
        done = subprocess.run([update, str(tmp_path / "mime")], check=True, capture_output=True, text=True)
        assert "attntrack" not in done.stderr, "it is said what is wrong with it"
        assert f"{kind.get('type')}:*{SUFFIX}" in (tmp_path / "mime" / "globs").read_text(encoding="utf-8")


def test_the_program_goes_by_the_name_of_its_entry(program, qapp):
    assert qapp.desktopFileName() == "attntrack" and not qapp.windowIcon().isNull()
