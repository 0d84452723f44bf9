"""The page of keys and mouse gestures (F1), made from the table of actions."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.actions import (
    ACTIONS,
    EDIT,
    FILE,
    GESTURES,
    HELP,
    MEASURE,
    MENUS,
    PLAY,
    REVIEW,
    TARGET,
    VIEW,
    shortcut_text,
    translated,
)
from app.dialogs.base import Dialog


class ShortcutsDialog(Dialog):
    """Four columns of keys, grouped as the menus are, and the mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(QCoreApplication.translate("ShortcutsDialog", "Keys and gestures"), "", parent)
        titles = {id: translated(title).replace("&", "") for id, title, _ in MENUS}
        inside = QWidget()
        page = QVBoxLayout(inside)
        page.setContentsMargins(0, 0, 12, 0)
        page.setSpacing(20)
        columns, mouse = QHBoxLayout(), QHBoxLayout()
        for groups in ((PLAY, REVIEW), (EDIT, TARGET), (FILE, MEASURE), (VIEW, HELP)):
            column = QVBoxLayout()
            column.setSpacing(18)
            for group in groups:
                column.addLayout(_group(titles[group], _keys(group)))
            column.addStretch(1)
            columns.addLayout(column, max(self._width(_keys(group)) for group in groups))
        gestures = [(translated(key), translated(text)) for key, text in GESTURES]
        half = (len(gestures) + 1) // 2
        mouse.addLayout(_group(self.tr("Mouse"), gestures[:half]), 3)
        mouse.addLayout(_group("", gestures[half:]), 2)
        for row in (columns, mouse):
            row.setSpacing(22)
            page.addLayout(row)
        scroll = QScrollArea()
        scroll.setAccessibleName(self.tr("Keys and gestures"))
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body.addWidget(scroll)
        self.buttons.addStretch(1)
        self.button(self.tr("Close"), primary=True).clicked.connect(self.accept)
        screen = self.screen().availableGeometry()
        self.resize(min(1240, screen.width() - 40), min(900, screen.height() - 40))

    def _width(self, rows: list[tuple[str, str]]) -> int:
        """The room that these rows want, so that no words are broken in one column while another has room left."""
        wide = self.fontMetrics().horizontalAdvance
        return max(wide(key) for key, _ in rows) + max(wide(text) for _, text in rows)


def _keys(menu: str) -> list[tuple[str, str]]:
    return [
        (shortcut_text(spec), translated(spec.text).replace("&", "").rstrip("…"))
        for spec in ACTIONS
        if spec.menu == menu and spec.keys
    ]


def _group(title: str, rows: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setVerticalSpacing(5)
    grid.setHorizontalSpacing(14)
    grid.setColumnMinimumWidth(0, 90)
    grid.setColumnStretch(1, 1)
    heading = QLabel(title)
    heading.setObjectName("CardTitle")
    grid.addWidget(heading, 0, 0, 1, 2)
    grid.setRowStretch(len(rows) + 1, 1)
    for at, (key, text) in enumerate(rows, start=1):
        cap, words = QLabel(key), QLabel(text)
        cap.setObjectName("Key")
        words.setWordWrap(True)
        grid.addWidget(cap, at, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        grid.addWidget(words, at, 1)
    return grid
