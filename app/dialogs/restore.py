"""All work that was left behind when a program died: restore one, or delete it for good."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.dialogs.base import Dialog
from app.journals import Leftover
from app.restore_card import description_of, name_of


class RestoreDialog(Dialog):
    """``wanted`` and ``deleted`` carry the :class:`app.journals.Leftover`."""

    wanted = Signal(object)
    deleted = Signal(object)

    def __init__(self, parent: QWidget, left: Sequence[Leftover]) -> None:
        translate = QCoreApplication.translate
        lead = translate("RestoreDialog", "The program ended before this was saved. It stays here until you delete it.")
        super().__init__(translate("RestoreDialog", "Unsaved work"), lead, parent)
        self.setMinimumWidth(580)
        self._restores: list[QPushButton] = []
        for one in left:
            self.body.addWidget(self._row(one))
        if self._restores:
            self._restores[0].setFocus()
        self.body.addStretch(1)
        self.buttons.addStretch(1)
        self.button(self.tr("Close")).clicked.connect(self.reject)

    def _row(self, left: Leftover) -> QFrame:
        row = QFrame()
        row.setObjectName("Card")
        name, text = QLabel(name_of(left)), QLabel(description_of(left))
        name.setToolTip(left.session.head.project or left.session.head.source.path)
        text.setObjectName("Muted")
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(name)
        texts.addWidget(text)
        delete, restore = QPushButton(self.tr("Delete")), QPushButton(self.tr("Restore"))
        for button in (delete, restore):
            button.setAutoDefault(False)
            button.setAccessibleName(f"{button.text()} {name.text()}")
        delete.clicked.connect(lambda: self._delete(left, row, delete))
        restore.clicked.connect(self.accept)
        restore.clicked.connect(lambda: self.wanted.emit(left))
        self._restores.append(restore)
        line = QHBoxLayout(row)
        line.setContentsMargins(14, 10, 10, 10)
        line.setSpacing(8)
        line.addLayout(texts, 1)
        line.addWidget(delete)
        line.addWidget(restore)
        return row

    def _delete(self, left: Leftover, row: QFrame, button: QPushButton) -> None:
        """The first click asks, the second does it: it cannot be taken back."""
        sure = self.tr("Delete for good")
        if button.text() != sure:
            button.setText(sure)
            return
        row.hide()
        self.deleted.emit(left)
