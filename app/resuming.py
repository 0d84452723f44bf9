"""Going on with saved work: its file is read beside the window, its video is found or asked for."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from app.aside import Aside
from app.controller import Controller
from app.dialogs.locate import LocateDialog
from app.main_window import MainWindow
from app.project import Project
from engine.errors import AttnTrackError
from engine.locating import Finding, Place, locate, look_at
from engine.session import Session
from engine.session_file import load_session

AskPath = Callable[[QWidget, str], str]


def ask_video_path(parent: QWidget, folder: str) -> str:
    """The video that the user found, or an empty text."""
    title = QCoreApplication.translate("Resuming", "Find the video")
    all_files = QCoreApplication.translate("Resuming", "All files")
    return QFileDialog.getOpenFileName(parent, title, folder, f"{all_files} (*)")[0]


class Resuming(QObject):
    """Opens projects, and work that was left behind; owns the question for the video."""

    def __init__(
        self, window: MainWindow, controller: Controller, project: Project, ask_path: AskPath = ask_video_path
    ) -> None:
        super().__init__(window)
        self._w, self._c, self._project, self._ask_path = window, controller, project, ask_path
        self._aside: Aside | None = None

    def open(self, path: str) -> None:
        """Read a project file and go on with it."""

        def done(found: tuple[Session, Place] | tuple[str, str]) -> None:
            session, place = found
            if isinstance(session, str):
                self._c.failed.emit(session, place)
                return
            assert isinstance(place, Place)
            self._w.settings.set_folder("project", str(Path(path).absolute().parent))
            self._go(session, place, None)

        self._beside(lambda: _read(path), done)

    def go_on(self, session: Session, journal: Path) -> None:
        """Go on with work of a program that died, whose journal this is."""
        record, project = session.head.source, session.head.project
        folder = Path(project).parent if project else None
        self._beside(lambda: locate(record, folder), lambda place: self._go(session, place, journal))

    def _go(self, session: Session, place: Place, journal: Path | None) -> None:
        if place.finding is Finding.SAME:
            self._project.resume(session, place.path, journal)
        elif place.finding is Finding.LIVE:
            self._project.resume(session, None, journal)
        else:
            dialog = LocateDialog(self._w, session.head.source, place)
            dialog.taken.connect(lambda: self._project.resume(session, place.path, journal))
            dialog.gone.connect(lambda: self._project.resume(session, None, journal))
            dialog.search_wanted.connect(lambda: self._search(session, place, journal))
            dialog.open()

    def _search(self, session: Session, place: Place, journal: Path | None) -> None:
        path = self._ask_path(self._w, self._w.settings.folder("open"))
        if not path:
            self._go(session, place, journal)
            return
        self._w.settings.set_folder("open", str(Path(path).parent))
        record = session.head.source
        self._beside(lambda: look_at(record, path), lambda found: self._go(session, found, journal))

    def _beside(self, ask: Callable[[], object], done: Callable[..., None]) -> None:
        """Ask beside the window; only the newest question is answered."""
        if self._aside is not None:
            self._aside.forget()
            self._aside.deleteLater()
        self._aside = Aside(ask, "attntrack-read", self)
        self._aside.answered.connect(done)


def _read(path: str) -> tuple[Session, Place] | tuple[str, str]:
    """The work in a project file and where its source is, or what is wrong and its details."""
    try:
        session = load_session(Path(path))
        return session, locate(session.head.source, Path(path).absolute().parent)
    except AttnTrackError as error:
        return str(error), ""
    except Exception as error:
        return f"{path} cannot be opened ({error}): choose another project.", traceback.format_exc()
