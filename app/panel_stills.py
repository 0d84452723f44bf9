"""Saving the panels that say why as pictures: candidates and scores, what is remembered, timings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPicture, QRegion
from PySide6.QtWidgets import QToolButton, QWidget

from app.controller import Controller
from app.main_window import MainWindow
from app.panels.card import Card
from app.picture_file import AskPath, ask_picture_path
from app.titled_picture import save_titled
from engine.errors import FormatError


class PanelStills(QObject):
    """Gives each of these panels a button that saves it; ``refresh`` brings them to the frame shown."""

    def __init__(
        self,
        window: MainWindow,
        controller: Controller,
        refresh: Callable[[], None],
        ask_path: AskPath = ask_picture_path,
    ) -> None:
        super().__init__(window)
        self._w, self._c, self._refresh, self.ask_path = window, controller, refresh, ask_path
        self._buttons: list[QToolButton] = []
        for name, card in (("why", window.why), ("memory", window.memory), ("timings", window.timings)):
            button = QToolButton()
            button.setIconSize(QSize(16, 16))
            button.setProperty("compact", True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(self.tr("Save “{0}”").format(card.accessibleName()))
            button.setToolTip(self.tr("Save this panel as PNG or SVG"))
            button.clicked.connect(partial(self._save, name, card, button))
            card.header.addWidget(button)
            self._buttons.append(button)
        window.theme.changed.connect(self._look)
        self._look()

    def _save(self, name: str, card: Card, button: QToolButton) -> None:
        c = self._c
        if c.result is None or c.info is None:
            return
        self._refresh()
        words = [c.info.name, self.tr("frame {0}").format(c.frame)]
        if c.selected is not None:
            words.append(c.book.name(c.selected))
        theme, drawn = self._w.theme.theme, _drawn(card, button)  # before the dialog: the picture may go on
        folder = Path(self._w.settings.folder("export"))
        stem = Path(c.info.name).stem or "panel"
        chosen = self.ask_path(self._w, str(folder / f"{stem}_{c.frame:06d}_{name}.png"))
        if not chosen:
            return

        def draw(painter: QPainter, room: QRectF) -> None:
            painter.drawPicture(room.topLeft(), drawn)

        try:
            path = save_titled(chosen, "  ·  ".join(words), card.size(), draw, theme, card.font())
        except (FormatError, OSError) as error:
            c.failed.emit(str(error), "")
            return
        self._w.settings.set_folder("export", str(path.parent))
        c.noticed.emit(self.tr("Saved: {0}").format(path))

    def _look(self) -> None:
        for button in self._buttons:
            button.setIcon(self._w.theme.icon("picture"))


def _drawn(card: Card, button: QWidget) -> QPicture:
    """The panel as it is now, without its button."""
    picture = QPicture()
    painter = QPainter(picture)
    button.hide()
    card.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren | QWidget.RenderFlag.DrawWindowBackground)
    button.show()
    painter.end()
    return picture
