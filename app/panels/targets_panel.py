"""The side panel's list of targets, and what can be done with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, QPoint, Signal
from PySide6.QtWidgets import QLabel, QMenu, QWidget

from app.actions import Actions
from app.color_menu import ColorMenu
from app.panels.card import Card
from app.panels.target_row import TargetRow
from app.target_book import TargetBook
from app.theme import ThemeManager
from app.tool_button import tool_button
from engine.types import Target

_MENU = ("rename", "color", "hide_target", "|", "mark_absent", "mark_visible", "|", "merge", "split", "|",
         "remove_target", "delete_target")  # fmt: skip


class TargetsPanel(Card):
    """One row a target; ``chosen``, ``renamed`` and ``shown`` carry its number, the name, and whether to draw it."""

    chosen = Signal(int)
    renamed = Signal(int, str)
    shown = Signal(int, bool)

    def __init__(self, actions: Actions, theme: ThemeManager, colors: ColorMenu, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("TargetsPanel", "Targets"), parent)
        self._theme, self._colors = theme, colors
        self._rows: dict[int, TargetRow] = {}
        self._empty = QLabel(self.tr("Nothing is followed yet. Drag a box on the picture."))
        self._empty.setObjectName("Muted")
        self._empty.setWordWrap(True)
        self.body.addWidget(self._empty)
        self.menu = QMenu(self)
        for id in _MENU:
            if id == "|":
                self.menu.addSeparator()
            else:
                self.menu.addAction(colors.menuAction() if id == "color" else actions[id])
        for id in ("draw", "add_target", "remove_target"):
            self.header.addWidget(tool_button(actions[id]))

    def show_targets(
        self, ids: Sequence[int], on_frame: Mapping[int, Target], book: TargetBook, selected: int | None
    ) -> None:
        """Show these targets with what is known of them on the frame shown."""
        for gone in set(self._rows) - set(ids):
            row = self._rows.pop(gone)
            self.body.removeWidget(row)
            row.deleteLater()
        for at, id in enumerate(ids):
            if id not in self._rows:
                self._rows[id] = self._row(id)
                self.body.insertWidget(at, self._rows[id])
            look = book.name(id), book.color_number(id), book.hidden(id)
            self._rows[id].show_target(on_frame.get(id), *look, selected=id == selected)
        self._empty.setVisible(not ids)

    def rename(self, target: int) -> None:
        """Let a target's name be typed in its row."""
        if target in self._rows:
            self._rows[target].rename()

    def _row(self, id: int) -> TargetRow:
        row = TargetRow(id, self._theme)
        row.clicked.connect(lambda: self.chosen.emit(id))
        row.renamed.connect(lambda name: self.renamed.emit(id, name))
        row.shown.connect(lambda shown: self.shown.emit(id, shown))
        row.color_wanted.connect(lambda at: self._popup(self._colors, id, at))
        row.menu_wanted.connect(lambda at: self._popup(self.menu, id, at))
        return row

    def _popup(self, menu: QMenu, id: int, at: QPoint) -> None:
        self.chosen.emit(id)  # the menu acts on the selected target
        menu.popup(at)
