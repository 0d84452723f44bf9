"""Work that a program left behind when it died: offered on the start page, and in a list from the menu."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from app.aside import Aside
from app.controller import Controller
from app.dialogs.restore import RestoreDialog
from app.journals import Journals, Leftover
from app.main_window import MainWindow
from app.project import Project
from app.resuming import Resuming


class Restoring(QObject):
    """Nothing is lost by declining: what was left stays in the list until it is restored or deleted.

    Args:
        window: Whose start page makes the offer.
        controller: Says that something is open.
        project: Says what it was restored from.
        journals: Where it looks, beside the window.
        resuming: Goes on with it.
        before: Asks what shall become of the work that is open.
    """

    def __init__(
        self,
        window: MainWindow,
        controller: Controller,
        project: Project,
        journals: Journals,
        resuming: Resuming,
        before: Callable[[Callable[[], None]], None],
    ) -> None:
        super().__init__(window)
        self._w, self._c, self._journals, self._resuming, self._before = window, controller, journals, resuming, before
        self.left: list[Leftover] = []
        controller.begun.connect(lambda: self._take_out(project.journal))
        window.actions_["restore"].setEnabled(False)
        window.actions_["restore"].triggered.connect(lambda: self.choose())
        window.welcome.restore.wanted.connect(self._restore_newest)
        window.welcome.restore.list_wanted.connect(self.choose)
        Aside(journals.look, "attntrack-journals", self).answered.connect(self._found)

    def choose(self) -> None:
        """Show all that was left behind, to be restored or deleted."""
        dialog = RestoreDialog(self._w, self.left)
        dialog.wanted.connect(self.restore)
        dialog.deleted.connect(self._delete)
        dialog.open()

    def restore(self, left: Leftover) -> None:
        """Go on with this."""
        self._before(lambda: self._restore(left))

    def _restore_newest(self) -> None:
        if self.left:
            self.restore(self.left[0])

    def _restore(self, left: Leftover) -> None:
        if not self._journals.claim(left.path):
            self._take_out(left.path)
            self._c.noticed.emit(self.tr("Another window has restored it meanwhile"))
            return
        self._resuming.go_on(left.session, left.path)

    def _delete(self, left: Leftover) -> None:
        self._journals.delete(left.path)
        self._take_out(left.path)

    def _take_out(self, journal: Path | None) -> None:
        if any(left.path == journal for left in self.left):
            self.left = [left for left in self.left if left.path != journal]
            self._show()

    def _found(self, left: list[Leftover]) -> None:
        self.left = left
        self._show()
        if left and (self._c.info is not None or self._c.opening is not None):
            self._c.noticed.emit(self.tr("There is work that was not saved: File, Restore unsaved work"))

    def _show(self) -> None:
        self._w.actions_["restore"].setEnabled(bool(self.left))
        self._w.welcome.restore.show_left(self.left)
