"""What the program's dialogs have in common: a title, a column of contents and a row of buttons."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget


class Dialog(QDialog):
    """A window-modal dialog that is opened with ``open()`` and deletes itself when closed."""

    def __init__(self, title: str, lead: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.body = QVBoxLayout()
        self.body.setSpacing(10)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)
        self.lead = QLabel(lead)
        self.lead.setWordWrap(True)
        self.lead.setObjectName("Muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        heading = QLabel(title)
        heading.setObjectName("Subheading")
        column.addWidget(heading)
        column.addWidget(self.lead)
        self.lead.setVisible(bool(lead))
        column.addLayout(self.body, 1)
        column.addLayout(self.buttons)

    def button(self, text: str, *, primary: bool = False) -> QPushButton:
        """A button at the end of the row."""
        button = QPushButton(text)
        button.setAutoDefault(primary)
        button.setDefault(primary)
        self.buttons.addWidget(button)
        return button
