"""The menu of the colours a target can have: few, and told apart with any colour vision."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QMenu, QWidget

from app.palette import target_color_on
from app.theme import Theme

_T = cast("Callable[[str, str], str]", QT_TRANSLATE_NOOP)  # the stubs say object
_NAMES = (
    _T("colors", "Turquoise"),
    _T("colors", "Violet"),
    _T("colors", "Lime"),
    _T("colors", "Pink"),
    _T("colors", "Sage"),
    _T("colors", "Magenta"),
    _T("colors", "Mint"),
    _T("colors", "Green"),
)


class ColorMenu(QMenu):
    """One entry a colour; ``chosen`` carries its number, from 1."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(QCoreApplication.translate("ColorMenu", "&Colour"), parent)
        group = QActionGroup(self)
        self._entries: list[QAction] = []
        for number, name in enumerate(_NAMES, start=1):
            entry = QAction(QCoreApplication.translate("colors", name), group)
            entry.setCheckable(True)
            entry.triggered.connect(lambda _=False, n=number: self.chosen.emit(n))
            self.addAction(entry)
            self._entries.append(entry)

    def set_theme(self, theme: Theme) -> None:
        """Show the colours as they are on the look's ground."""
        for number, entry in enumerate(self._entries, start=1):
            color, icon = target_color_on(theme, number), QIcon()
            icon.addPixmap(_swatch(color), QIcon.Mode.Normal, QIcon.State.Off)
            icon.addPixmap(_swatch(color, QColor(theme.on_state)), QIcon.Mode.Normal, QIcon.State.On)
            entry.setIcon(icon)

    def show_color(self, number: int) -> None:
        """Check the colour of this number."""
        for at, entry in enumerate(self._entries, start=1):
            entry.setChecked(number > 0 and at == (number - 1) % len(self._entries) + 1)


def _swatch(color: QColor, tick: QColor | None = None) -> QPixmap:
    """A patch of a colour, with a tick on it where one is given."""
    picture = QPixmap(32, 32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(QRectF(2, 2, 28, 28), 8, 8)
    if tick is not None:
        painter.setPen(QPen(tick, 3.5))
        painter.drawPolyline([QPointF(9, 17), QPointF(14, 22), QPointF(23, 10)])
    painter.end()
    return picture
