"""Keys on the picture: Enter adjusts the selected box, arrows move and resize it, Enter takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent

from app.canvas_adjust import LARGE_STEP, STEP
from app.canvas_tools import Intent, Outcome, Refusal
from engine.types import Box

if TYPE_CHECKING:
    from app.canvas import Canvas

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
# menus and dialogs take the keys for a while; the box is still being adjusted when they give them back
_PASSING = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.MenuBarFocusReason)


class CanvasKeys(QObject):
    """Watches one canvas. Begins like a drag, and ends like one: with a box, or without."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        canvas.installEventFilter(self)

    def begin(self) -> bool:
        """Let the keys move and resize the selected box; whether they may."""
        canvas, box = self._canvas, self._canvas.editable
        if box is None or canvas.tool.active or canvas.adjust.active:
            return False
        canvas.drag_started.emit()
        canvas.adjust.begin(box, canvas.view.image)
        canvas.setFocus()
        canvas.armed.emit()
        canvas.update()
        return True

    def finish(self) -> None:
        """Take the box that is being adjusted, if any, as it is now."""
        canvas = self._canvas
        if not canvas.adjust.active or canvas.tool.active:
            return
        box = canvas.adjust.end()
        if box is None:
            canvas.drag_ended.emit()
        else:
            canvas.drawn.emit(Outcome(box, Intent.EDIT))
        canvas.armed.emit()
        canvas.update()

    def click(self, x: float, y: float) -> bool:
        """A click at image x, y: on the selected box, unless a smaller one lies there, it adjusts it; says whether."""
        box = self._canvas.editable
        if box is None or not _holds(box, x, y):
            return False
        others = (target.box for target in self._canvas.scene.targets if target.box is not None)
        return not any(_holds(other, x, y) and other.area < box.area for other in others) and self.begin()

    def dragged(self, outcome: Outcome | Refusal | None, x: float, y: float) -> None:
        """A drag while the box is adjusted ended at image x, y: it is adjusted further; a click takes it."""
        canvas, box = self._canvas, self._canvas.adjust.box
        if isinstance(outcome, Outcome):
            canvas.adjust.put(outcome.box)
        elif isinstance(outcome, Refusal):
            canvas.refused.emit(outcome)
        else:
            self.finish()
            if box is not None and not _holds(box, x, y):
                canvas.clicked.emit(x, y)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that are meant for the box."""
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            if event.reason() not in _PASSING:
                self.finish()
        elif isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and self._canvas.adjust.active and event.key() in _ARROWS:
                event.accept()  # not for the window's actions
                return True
            if event.type() == QEvent.Type.KeyPress:
                return self._pressed(event)
        return False

    def _pressed(self, event: QKeyEvent) -> bool:
        adjust, modifiers = self._canvas.adjust, event.modifiers()
        key = Qt.Key(event.key())
        if key in _ENTER and not adjust.active:
            return self.begin()
        if key in _ENTER:
            self.finish()
            return True
        if key not in _ARROWS or not adjust.active:
            return False
        step = LARGE_STEP if modifiers & Qt.KeyboardModifier.ShiftModifier else STEP
        dx, dy = (step * way for way in _ARROWS[key])
        (adjust.resize if modifiers & Qt.KeyboardModifier.AltModifier else adjust.move)(dx, dy)
        self._canvas.update()
        return True


def _holds(box: Box, x: float, y: float) -> bool:
    return 0 <= x - box.x <= box.w and 0 <= y - box.y <= box.h
