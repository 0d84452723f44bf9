"""Undo and redo of everything that changes data: each step swaps what it replaced with what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.target_book import TargetBook
from engine.edits import Edit
from engine.target_info import TargetInfo

MOST_STEPS = 200
T = TypeVar("T")


class _Step(QUndoCommand):
    """One step. The track's part was done when the step was pushed, so the first redo does nothing."""

    def __init__(
        self,
        text: str,
        swap: Callable[[], None] = lambda: None,
        forth: Callable[[], None] = lambda: None,
        back: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(text)
        self._swap, self._forth, self._back = swap, forth, back
        self._done = True

    def redo(self) -> None:
        """Make the change again."""
        if self._done:
            self._done = False
        else:
            self._swap()
        self._forth()

    def undo(self) -> None:
        """Take the change back."""
        self._swap()
        self._back()


class History(QObject):
    """The steps that can be taken back. ``changed`` says that undo or redo would do something else now.

    Args:
        swap: Has the worker take a change of the track back, or make it again, and shows the frame it was made on.
        book: Names, colours and visibility, which steps change too.
    """

    changed = Signal()

    def __init__(self, swap: Callable[[Edit, int], None], book: TargetBook, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._swap, self._book = swap, book
        self._stack = QUndoStack(self)
        self._stack.setUndoLimit(MOST_STEPS)
        self._steps: list[_Step] = []  # kept here too: whoever deletes one first must not be the other's surprise
        self._stack.indexChanged.connect(self.changed)

    @property
    def undo_text(self) -> str:
        """What undo would take back; empty for nothing."""
        return self._stack.undoText()

    @property
    def redo_text(self) -> str:
        """What redo would make again; empty for nothing."""
        return self._stack.redoText()

    @property
    def steps(self) -> int:
        """How many steps there are, done or taken back."""
        return self._stack.count()

    def edited(self, text: str, edit: Edit, frame: int) -> None:
        """A change of the track was asked for, on this frame; ``edit`` takes what it replaces."""
        self._push(_Step(text, swap=lambda: self._swap(edit, frame)))

    def described(self, text: str, infos: Iterable[TargetInfo]) -> None:
        """Change what is known of these targets."""
        after = tuple(infos)
        before = tuple(self._book.info(info.id) for info in after)
        self.put(text, self._book.put, before, after)

    def put(self, text: str, put: Callable[[T], None], before: T, after: T) -> None:
        """Put a value in the place of another one, unless they are the same."""
        if before != after:
            self._push(_Step(text, forth=lambda: put(after), back=lambda: put(before)))

    def undo(self) -> None:
        """Take the last step back."""
        self._stack.undo()

    def redo(self) -> None:
        """Make the last step that was taken back again."""
        self._stack.redo()

    def drop_last(self) -> None:
        """Forget the last step: what was asked for could not be done."""
        if self._steps and self._stack.index() == self._stack.count():
            self._steps[-1].setObsolete(True)
            self._stack.undo()

    def clear(self) -> None:
        """Forget all steps."""
        self._stack.clear()
        self._steps.clear()

    def _push(self, step: _Step) -> None:
        self._steps = [*self._steps[: self._stack.index()], step][-MOST_STEPS:]
        self._stack.push(step)
