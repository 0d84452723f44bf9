"""Make two targets one: which other, and whose boxes stay where both have one."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QRadioButton, QWidget

from app.dialogs.base import Dialog
from app.target_book import TargetBook


class MergeDialog(Dialog):
    """``chosen`` carries the other target, and whether its boxes win where both have one.

    ``overlaps`` are the other targets, with the number of frames on which both have a box.
    """

    chosen = Signal(int, bool)

    def __init__(self, parent: QWidget, book: TargetBook, target: int, overlaps: Mapping[int, int]) -> None:
        name = book.name(target)
        super().__init__(
            QCoreApplication.translate("MergeDialog", "Merge into {0}").format(name),
            QCoreApplication.translate("MergeDialog", "Both tracks become one. You can undo it."),
            parent,
        )
        self._overlaps = dict(overlaps)
        self.other = QComboBox()
        self.other.setAccessibleName(self.tr("The other target"))
        for other in overlaps:
            self.other.addItem(f"{other}  {book.name(other)}" if book.info(other).name else book.name(other), other)
        form = QFormLayout()
        form.addRow(self.tr("The other target"), self.other)
        self.body.addLayout(form)
        self.question = QLabel()
        self.question.setWordWrap(True)
        self.mine = QRadioButton(self.tr("Keep the boxes of {0}").format(name))
        self.theirs = QRadioButton()
        self.mine.setChecked(True)
        for widget in (self.question, self.mine, self.theirs):
            self.body.addWidget(widget)
        self._book = book
        self.body.addStretch(1)
        self.buttons.addStretch(1)
        self.button(self.tr("Cancel")).clicked.connect(self.reject)
        self.button(self.tr("Merge"), primary=True).clicked.connect(self._pick)
        self.other.currentIndexChanged.connect(self._refresh)
        self.setMinimumWidth(420)
        self._refresh()

    def _refresh(self) -> None:
        other = int(self.other.currentData())
        count = self._overlaps[other]
        name = self._book.name(other)
        self.question.setText(
            self.tr("Both have a box on {0} frames. Which is right there?").format(count)
            if count
            else self.tr("There is no frame on which both have a box.")
        )
        self.theirs.setText(self.tr("Keep the boxes of {0}").format(name))
        self.mine.setVisible(count > 0)
        self.theirs.setVisible(count > 0)

    def _pick(self) -> None:
        self.chosen.emit(int(self.other.currentData()), self.theirs.isChecked())
        self.accept()
