"""Say what went wrong and what to do; the details are folded away."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QWidget

from app import icons
from app.dialogs.base import Dialog
from app.theme import Theme


class ErrorDialog(Dialog):
    """One sentence for the user, a traceback for whoever helps. ``quit_wanted`` when the user gives up."""

    quit_wanted = Signal()

    def __init__(
        self, parent: QWidget, theme: Theme, message: str, details: str = "", *, unexpected: bool = False
    ) -> None:
        title = (
            QCoreApplication.translate("ErrorDialog", "Something went wrong")
            if unexpected
            else QCoreApplication.translate("ErrorDialog", "That did not work")
        )
        super().__init__(title, "", parent)
        self.message = message
        picture = QLabel()
        picture.setPixmap(icons.pixmap("warning", theme.warn, 30, self.devicePixelRatioF()))
        picture.setAlignment(Qt.AlignmentFlag.AlignTop)
        text = QLabel(message)
        text.setWordWrap(True)
        text.setMinimumWidth(380)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setAccessibleDescription(message)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(picture)
        row.addWidget(text, 1)
        self.body.addLayout(row)
        self._details = QPlainTextEdit(details)
        self._details.setReadOnly(True)
        self._details.setAccessibleName(self.tr("Details"))
        self._details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._details.setMinimumSize(560, 200)
        self._details.hide()
        self.body.addWidget(self._details)
        if details:
            self._add_folding(details)
        self.buttons.addStretch(1)
        if unexpected:
            give_up = self.button(self.tr("Quit"))
            give_up.clicked.connect(self.quit_wanted)
            give_up.clicked.connect(self.reject)
        self.button(self.tr("Continue") if unexpected else self.tr("OK"), primary=True).clicked.connect(self.accept)

    def _add_folding(self, details: str) -> None:
        self._fold = self.button(self.tr("Details"))
        self._fold.setProperty("flat", True)
        copy: QPushButton = self.button(self.tr("Copy"))
        copy.setProperty("flat", True)
        copy.hide()
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(f"{self.message}\n\n{details}"))

        def unfold() -> None:
            shown = self._details.isHidden()
            self._details.setVisible(shown)
            copy.setVisible(shown)
            self._fold.setText(self.tr("Hide details") if shown else self.tr("Details"))
            self.adjustSize()

        self._fold.clicked.connect(unfold)
