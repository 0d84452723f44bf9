"""The page of keys and mouse gestures (F1), made from the table of actions."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.actions import ACTIONS, FILE, GESTURES, HELP, MENUS, PLAY, TARGET, VIEW, shortcut_text, translated
from app.dialogs.base import Dialog


class ShortcutsDialog(Dialog):
    """Two columns of keys, grouped as the menus are."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent.tr("Keys and gestures"), "", parent)
        titles = {id: translated(title).replace("&", "") for id, title, _ in MENUS}
        left, right = QVBoxLayout(), QVBoxLayout()
        for column, groups in ((left, (PLAY, FILE, HELP)), (right, (TARGET, VIEW))):
            column.setSpacing(16)
            for group in groups:
                rows = [
                    (shortcut_text(spec), translated(spec.text).replace("&", "").rstrip("…"))
                    for spec in ACTIONS
                    if spec.menu == group and spec.keys
                ]
                column.addLayout(_group(titles[group], rows))
            if column is left:
                column.addLayout(_group(self.tr("Mouse"), [(translated(a), translated(b)) for a, b in GESTURES]))
            column.addStretch(1)
        inside = QWidget()
        row = QHBoxLayout(inside)
        row.setContentsMargins(0, 0, 12, 0)
        row.setSpacing(36)
        row.addLayout(left, 1)
        row.addLayout(right, 1)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body.addWidget(scroll)
        self.buttons.addStretch(1)
        self.button(self.tr("Close"), primary=True).clicked.connect(self.accept)
        screen = self.screen().availableGeometry()
        self.resize(min(900, screen.width() - 60), min(690, screen.height() - 60))


def _group(title: str, rows: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setVerticalSpacing(5)
    grid.setHorizontalSpacing(14)
    grid.setColumnStretch(1, 1)
    heading = QLabel(title)
    heading.setObjectName("CardTitle")
    grid.addWidget(heading, 0, 0, 1, 2)
    for at, (key, text) in enumerate(rows, start=1):
        cap, words = QLabel(key), QLabel(text)
        cap.setObjectName("Key")
        words.setWordWrap(True)
        grid.addWidget(cap, at, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        grid.addWidget(words, at, 1)
    return grid
