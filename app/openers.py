"""Ways to open something: file, camera, stream, demo, and what was opened lately."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from app.controller import Controller
from app.demo import demo_boxes, demo_video, is_demo
from app.dialogs.camera import CameraDialog
from app.dialogs.stream import StreamDialog
from app.main_window import MainWindow
from app.project import Project
from engine.errors import AttnTrackError
from engine.session import SUFFIX
from engine.sources import camera_number

_VIDEOS = "*.mp4 *.m4v *.mkv *.mov *.avi *.webm *.mpg *.mpeg *.ogv *.wmv"

AskPath = Callable[[QWidget, str], str]


def ask_open_path(parent: QWidget, folder: str) -> str:
    """The video the user picks, or an empty text."""
    title = QCoreApplication.translate("Openers", "Open video")
    videos, all_files = (
        QCoreApplication.translate("Openers", "Videos and projects"),
        QCoreApplication.translate("Openers", "All files"),
    )
    return QFileDialog.getOpenFileName(parent, title, folder, f"{videos} ({_VIDEOS} *{SUFFIX});;{all_files} (*)")[0]


def ask_project_path(parent: QWidget, folder: str) -> str:
    """The project the user picks, or an empty text."""
    title = QCoreApplication.translate("Openers", "Open project")
    projects = QCoreApplication.translate("Openers", "AttnTrack projects")
    return QFileDialog.getOpenFileName(parent, title, folder, f"{projects} (*{SUFFIX})")[0]


class Openers(QObject):
    """Owns the recent sources and projects, and the dialogs that ask for one.

    Args:
        window: Where they are shown.
        controller: What opens sources.
        project: Whose file is recent once it was opened or saved.
        before: Asks what shall become of the work that is open, then goes on.
        open_project: Opens a project file.
        ask_path: Asks for a video.
        ask_project: Asks for a project.
    """

    def __init__(
        self,
        window: MainWindow,
        controller: Controller,
        project: Project,
        before: Callable[[Callable[[], None]], None],
        open_project: Callable[[str], None],
        ask_path: AskPath = ask_open_path,
        ask_project: AskPath = ask_project_path,
    ) -> None:
        super().__init__(window)
        self._w, self._c, self._project = window, controller, project
        self._before, self._open_project = before, open_project
        self._ask_path, self._ask_project = ask_path, ask_project
        controller.source_changed.connect(self._remember)
        project.changed.connect(self._remember)
        window.welcome.recent_chosen.connect(self.open)
        window.dropped.connect(self.open)
        self._fill_recent_menu()

    def open(self, spec: str) -> None:
        """Open a path, camera number or address, or a project."""
        if is_project(spec):
            self._before(lambda: self._open_project(spec))
        else:
            self._before(lambda: self._c.open(spec))

    def close(self) -> None:
        """Go back to the start page."""
        self._before(self._c.close_source)

    def open_demo(self) -> None:
        """Open the demo clip with its box, playing."""
        try:
            video, boxes = str(demo_video()), demo_boxes()
        except AttnTrackError as error:
            self._c.failed.emit(str(error), "")
        else:
            self._before(lambda: self._c.open(video, boxes, play=True))

    def ask_file(self) -> None:
        """Ask for a video and open it."""
        path = self._ask_path(self._w, self._w.settings.folder("open"))
        if path:
            self._w.settings.set_folder("open", str(Path(path).parent))
            self.open(path)

    def ask_project(self) -> None:
        """Ask for a project and open it."""
        path = self._ask_project(self._w, self._w.settings.folder("project"))
        if path:
            self.open(path)

    def ask_camera(self) -> None:
        """Ask for a camera and open it."""
        dialog = CameraDialog(self._w, last=self._w.settings.text("camera"))
        dialog.chosen.connect(self._camera_chosen)
        dialog.open()

    def ask_stream(self) -> None:
        """Ask for an address and open it."""
        dialog = StreamDialog(self._w, self._w.settings.text("stream"))
        dialog.chosen.connect(self._stream_chosen)
        dialog.open()

    def _camera_chosen(self, spec: str) -> None:
        self._w.settings.set_text("camera", spec)
        self.open(spec)

    def _stream_chosen(self, address: str) -> None:
        self._w.settings.set_text("stream", address)
        self.open(address)

    def _remember(self) -> None:
        """Only what could be opened becomes recent; cameras and the demo have their own ways in."""
        source = self._project.path
        if not source and self._c.asked.session is None:  # of what was restored there is no file yet
            source = self._c.source
        if not source or camera_number(source) is not None:
            return
        if source != next(iter(self._w.settings.recent), "") and not is_demo(source):
            self._w.settings.add_recent(source)
            self._fill_recent_menu()

    def _fill_recent_menu(self) -> None:
        menu = self._w.recent_menu
        menu.clear()
        for spec in self._w.settings.recent:
            action = menu.addAction(Path(spec).name if "://" not in spec else spec)
            action.setToolTip(spec)
            action.triggered.connect(lambda _=False, s=spec: self.open(s))
        menu.setEnabled(bool(self._w.settings.recent))
        if self._w.settings.recent:
            menu.addSeparator()
            menu.addAction(self.tr("Clear the list")).triggered.connect(self._clear_recent)

    def _clear_recent(self) -> None:
        self._w.settings.clear_recent()
        self._fill_recent_menu()
        self._w.welcome.set_recent([])


def is_project(spec: str) -> bool:
    """Whether this is the path of a project file, by its name."""
    return "://" not in spec and spec.lower().endswith(SUFFIX)
