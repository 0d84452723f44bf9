"""A titled group of controls in the side panel."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget


class Card(QFrame):
    """A rounded frame with a title, room for buttons beside it, and a column for what belongs to it."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Card")
        self.setAccessibleName(title)
        label = QLabel(title)
        label.setObjectName("CardTitle")
        self.header = QHBoxLayout()
        self.header.setSpacing(2)
        self.header.addWidget(label)
        self.header.addStretch(1)
        self.body = QVBoxLayout()
        self.body.setSpacing(2)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(6)
        column.addLayout(self.header)
        column.addLayout(self.body)
