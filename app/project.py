"""The project: the file that the work belongs to, what of it is not saved, and its autosave."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from app.aside import Aside
from app.controller import Controller
from app.demo import is_demo
from app.journals import Journals
from engine.autosave import Autosave
from engine.errors import AttnTrackError
from engine.session import Session, SessionHead
from engine.session_file import save_session


class Project(QObject):
    """What is open, as something to be saved. ``changed``: its file, or whether anything is not saved.

    Files are written beside the window. The demo is nobody's work: it counts as changed only once it was saved.
    """

    changed = Signal()
    saved = Signal(str)  # the path
    _trouble = Signal(str)

    def __init__(self, controller: Controller, journals: Journals) -> None:
        super().__init__(controller)
        self._c, self._journals = controller, journals
        self.path = ""
        self.modified = False
        self._begun = self._demo = False
        self._clean: object = None  # what it looked like when it was saved or opened
        self._resumed: tuple[Session, Path | None] | None = None
        self.journal: Path | None = None
        """That of a program that died, where this is its work."""
        self._saving: list[Callable[[], None]] = []  # the first is under way
        self._trouble.connect(lambda message: controller.failed.emit(message, ""), Qt.ConnectionType.QueuedConnection)
        self._autosave = Autosave(controller.log, journals.own, self._trouble.emit)
        self._autosave.start()
        c = controller
        c.begun.connect(self._begin)
        for signal in (c.source_changed, c.targets_changed, c.tracks_changed):
            signal.connect(self._refresh)
        for part in (c.in_out, c.scale, c.book):
            part.changed.connect(self._refresh)

    @property
    def name(self) -> str:
        """What the work is called: its file, else its source."""
        if self.path:
            return Path(self.path).name
        return self._c.info.name if self._c.info is not None else ""

    @property
    def saving(self) -> bool:
        """Whether its file is being written."""
        return bool(self._saving)

    @property
    def rows(self) -> tuple[int, int]:
        """How many targets there are, and on how many frames."""
        span = self._c.log.span
        return len(self._c.log.targets), span[1] - span[0] + 1 if span else 0

    def resume(self, session: Session, path: str | None, journal: Path | None = None) -> None:
        """Go on with a piece of work, see :meth:`app.controller.Controller.resume`; ``journal`` is what it is from."""
        self._resumed = session, journal
        self._c.resume(session, path)

    def save(self, path: str, then: Callable[[], None] = lambda: None) -> None:
        """Write the project file, and go on with ``then`` once it is written."""
        self._saving.append(lambda: self._start_saving(path, then))
        if len(self._saving) == 1:
            self._saving[0]()

    def when_saved(self, do: Callable[[], None]) -> None:
        """Do this as soon as nothing is being written."""
        if not self._saving:
            do()
            return

        def turn() -> None:
            self._end_saving()
            do()

        self._saving.append(turn)

    def close(self, keep: bool) -> None:
        """End the autosave; with ``keep``, what is not saved is offered at the next start."""
        self._autosave.stop(keep)
        self._journals.close()

    def _begin(self) -> None:
        """The first picture is there, and with it the tracks of what was resumed."""
        session = self._c.asked.session
        resumed, self._resumed = self._resumed, None
        self.journal = resumed[1] if resumed is not None and resumed[0] is session else None
        self.path = session.head.project if session is not None else ""
        head = self._c.head(self.path)
        if session is not None:
            head = replace(head, source=replace(head.source, path=session.head.source.path))
        self._clean = self._look(head) if self.journal is None else None
        self._begun, self._demo = True, is_demo(self._c.source)
        self._refresh()
        self.changed.emit()

    def _refresh(self) -> None:
        if self._c.info is None:
            self.path, self.modified, self._begun = "", False, False
            self._autosave.set_head(None)
            self.changed.emit()
        elif self._begun:
            head = self._c.head(self.path)
            modified = self._look(head) != self._clean and self._is_work()
            self._autosave.set_head(head if modified else None, self.journal)
            if modified != self.modified:
                self.modified = modified
                self.changed.emit()

    def _look(self, head: SessionHead) -> object:
        """All that makes a difference to what would be saved; which frame is shown does not."""
        measured = head.in_frame, head.out_frame, head.calibration
        return head.source.path, head.targets, head.followed, *measured, self._c.log.changes

    def _is_work(self) -> bool:
        return bool(self.path) or (not self._demo and (bool(self._c.log.targets) or self._c.scale.is_set))

    def _start_saving(self, path: str, then: Callable[[], None]) -> None:
        if self._c.info is None:
            self._end_saving()
            return
        asked, head = self._c.asked, self._c.head(path)
        look = self._look(head)
        session = Session(head, {target: self._c.log.rows(target) for target in self._c.log.targets})
        aside = Aside(lambda: _written(path, session), "attntrack-save", self)

        def told(problem: tuple[str, str] | None) -> None:
            aside.deleteLater()
            if problem is not None:
                self._c.failed.emit(*problem)
            elif asked is self._c.asked:
                self.path, self._clean = path, look
                self._refresh()
                self.changed.emit()
            if problem is None:
                self.saved.emit(path)
                then()
            self._end_saving()

        aside.answered.connect(told)

    def _end_saving(self) -> None:
        self._saving.pop(0)
        if self._saving:
            self._saving[0]()


def _written(path: str, session: Session) -> tuple[str, str] | None:
    """None after the file was written, else what went wrong and its details."""
    try:
        head = replace(session.head, source=session.head.source.identified())
        save_session(Path(path), Session(head, session.tracks))
    except AttnTrackError as error:
        return str(error), ""
    except Exception as error:
        message = f"The project could not be saved ({error}): save it in another folder."
        return message, traceback.format_exc()
    return None
