"""A label whose text changes many times a second without the window being laid out anew each time."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QLabel

_UNBOUND = 16777215  # Qt's largest size


class SteadyLabel(QLabel):
    """Keeps its size while its text fits in: Qt asks every layout up to the window's about a label that may grow."""

    def setText(self, text: str) -> None:
        """Show a text; the label grows where it needs more room, and shrinks only when it is emptied."""
        if text == self.text():
            return
        if not text:
            self._let_go()
        super().setText(text)
        if text:
            self._hold()

    def changeEvent(self, event: QEvent) -> None:
        """Other letters need another size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and self.text():
            self._let_go()
            self._hold()

    def _hold(self) -> None:
        wanted = self.sizeHint()
        if wanted.width() > self.minimumWidth() or wanted.height() > self.minimumHeight():
            self.setFixedSize(wanted.expandedTo(self.minimumSize()))

    def _let_go(self) -> None:
        self.setMinimumSize(0, 0)
        self.setMaximumSize(_UNBOUND, _UNBOUND)
