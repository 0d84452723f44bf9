"""Ask how long the line is that was drawn, and in which unit."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale, Qt, Signal
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QWidget

from app.dialogs.base import Dialog

UNITS = ("mm", "cm", "m", "µm", "km", "in", "ft")


class ScaleDialog(Dialog):
    """Takes a length and a unit; ``chosen`` carries both. Whoever takes them says what is of no use with ``say``."""

    chosen = Signal(float, str)

    def __init__(self, parent: QWidget, drawn_px: float, length: str, unit: str) -> None:
        title = QCoreApplication.translate("ScaleDialog", "Scale")
        lead = QCoreApplication.translate("ScaleDialog", "The line is {0:.1f} pixels long. How long is it really?")
        super().__init__(title, lead.format(drawn_px), parent)
        self.length = QLineEdit(length)
        self.length.setAccessibleName(self.tr("Length"))
        self.length.setValidator(_numbers())
        self.length.selectAll()
        self.unit = QComboBox()
        self.unit.setEditable(True)
        self.unit.addItems(UNITS)
        self.unit.setCurrentText(unit)
        self.unit.setAccessibleName(self.tr("Unit"))
        self._problem = QLabel()
        self._problem.setObjectName("Muted")
        self._problem.setWordWrap(True)
        self._problem.hide()
        row = QGridLayout()
        row.setHorizontalSpacing(10)
        row.addWidget(self.length, 0, 0)
        row.addWidget(self.unit, 0, 1)
        row.setColumnStretch(0, 1)
        self.body.addLayout(row)
        self.body.addWidget(self._problem)
        self.buttons.addStretch(1)
        self.button(self.tr("Cancel")).clicked.connect(self.reject)
        self._use = self.button(self.tr("Use this scale"), primary=True)
        self._use.clicked.connect(self._pick)
        self.length.textChanged.connect(self._refresh)
        self.setMinimumWidth(380)
        self.length.setFocus(Qt.FocusReason.OtherFocusReason)
        self._refresh()

    def say(self, problem: str) -> None:
        """Say why what was given is of no use."""
        self._problem.setText(problem)
        self._problem.show()

    def _value(self) -> float | None:
        value, good = QLocale().toDouble(self.length.text())
        if not good:
            value, good = QLocale.c().toDouble(self.length.text())
        return value if good and value > 0 else None

    def _refresh(self) -> None:
        self._use.setEnabled(self._value() is not None)

    def _pick(self) -> None:
        value = self._value()
        if value is not None:
            self.chosen.emit(value, self.unit.currentText().strip())


def _numbers() -> QDoubleValidator:
    numbers = QDoubleValidator(1e-9, 1e12, 9)
    numbers.setNotation(QDoubleValidator.Notation.StandardNotation)
    numbers.setLocale(QLocale.c())
    return numbers
