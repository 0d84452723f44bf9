"""Saving the project, its name in the title, and the question before anything that was not saved goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from app.controller import Controller
from app.dialogs.unsaved import UnsavedDialog
from app.main_window import MainWindow
from app.project import Project
from engine.session import SUFFIX

AskPath = Callable[[QWidget, str], str]


def ask_save_path(parent: QWidget, suggested: str) -> str:
    """The project file the user wants to save to, or an empty text."""
    title = QCoreApplication.translate("Saving", "Save project as")
    kind = QCoreApplication.translate("Saving", "AttnTrack projects")
    dialog = QFileDialog(parent, title, suggested, f"{kind} (*{SUFFIX})")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
    return dialog.selectedFiles()[0] if dialog.exec() else ""


class Saving(QObject):
    """Connects the project with the window that shows and closes it."""

    def __init__(
        self, window: MainWindow, controller: Controller, project: Project, ask_path: AskPath = ask_save_path
    ) -> None:
        super().__init__(window)
        self._w, self._c, self._project, self._ask_path = window, controller, project, ask_path
        self._dialog: UnsavedDialog | None = None
        self._leaving = self._keep = False
        window.actions_["save"].triggered.connect(lambda: self.save())
        window.actions_["save_as"].triggered.connect(lambda: self.save_as())
        window.may_close = self._may_close
        window.closing.connect(lambda: project.close(self._keep))
        project.changed.connect(self._show)
        project.saved.connect(self._saved)
        controller.source_changed.connect(self._show)
        self._show()

    def save(self, then: Callable[[], None] = lambda: None) -> None:
        """Write the project to its file, asking for one if it has none yet; then go on."""
        if self._project.path:
            self._project.save(self._project.path, then)
        else:
            self.save_as(then)

    def save_as(self, then: Callable[[], None] = lambda: None) -> None:
        """Ask for a file and write the project to it; then go on."""
        if self._c.info is None:
            return
        path = self._ask_path(self._w, self._suggested())
        if path:
            path = path if path.endswith(SUFFIX) else path + SUFFIX
            self._w.settings.set_folder("project", str(Path(path).parent))
            self._project.save(path, then)

    def before(self, go: Callable[[], None]) -> None:
        """Go on with what ends this work, after the user said what shall become of what is not saved."""
        self._project.when_saved(lambda: self._ask(go))

    def leave(self, keep: bool = False) -> None:
        """Close the window without a question; with ``keep``, what is not saved is offered at the next start."""
        self._leaving, self._keep = True, keep
        self._w.close()

    def _ask(self, go: Callable[[], None]) -> None:
        if not self._project.modified:
            go()
            return
        if self._dialog is not None:
            self._dialog.raise_()
            return
        self._c.pause()
        self._dialog = dialog = UnsavedDialog(self._w, self._project.name, *self._project.rows)
        dialog.save_wanted.connect(lambda: self.save(go))
        dialog.discarded.connect(go)
        dialog.finished.connect(self._answered)
        dialog.open()

    def _answered(self) -> None:
        self._dialog = None

    def _may_close(self) -> bool:
        if self._leaving or (not self._project.modified and not self._project.saving):
            return True
        self.before(self.leave)
        return False

    def _suggested(self) -> str:
        """Beside the video, under its name."""
        if self._project.path:
            return self._project.path
        source = Path(self._c.source)
        folder = source.parent if source.is_file() else Path(self._w.settings.folder("project"))
        return str(folder / (source.stem + SUFFIX))

    def _saved(self, path: str) -> None:
        self._w.banner.notice(self.tr("Saved: {0}").format(Path(path).name))

    def _show(self) -> None:
        name = self._project.name
        self._w.setWindowTitle(f"{name}[*] – AttnTrack" if name else "AttnTrack")
        self._w.setWindowModified(self._project.modified)
        for id in ("save", "save_as"):
            self._w.actions_[id].setEnabled(self._c.info is not None)
