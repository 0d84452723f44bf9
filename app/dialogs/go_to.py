"""Ask for a frame to go to."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QSpinBox, QWidget

from app.dialogs.base import Dialog


class GoToDialog(Dialog):
    """Takes a frame number; ``chosen`` carries it."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget, frame: int, last: int) -> None:
        super().__init__(
            QCoreApplication.translate("GoToDialog", "Go to frame"),
            QCoreApplication.translate("GoToDialog", "A number from 0 to {0}.").format(last),
            parent,
        )
        self._frame = QSpinBox()
        self._frame.setRange(0, last)
        self._frame.setValue(frame)
        self._frame.setAccessibleName(self.tr("Frame"))
        self._frame.setMinimumWidth(240)
        self._frame.selectAll()
        self.body.addWidget(self._frame)
        self.buttons.addStretch(1)
        self.button(self.tr("Cancel")).clicked.connect(self.reject)
        self.button(self.tr("Go"), primary=True).clicked.connect(self._pick)

    def _pick(self) -> None:
        self.chosen.emit(self._frame.value())
        self.accept()
