"""Ask for the address of a network stream."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from app.dialogs.base import Dialog


class StreamDialog(Dialog):
    """Takes an address; ``chosen`` carries it."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget, address: str) -> None:
        super().__init__(
            QCoreApplication.translate("StreamDialog", "Open stream"),
            QCoreApplication.translate("StreamDialog", "The address of a network camera or a video on a server."),
            parent,
        )
        self._address = QLineEdit(address)
        self._address.setPlaceholderText("rtsp://192.168.0.20:554/stream")
        self._address.setAccessibleName(self.tr("Address"))
        self._address.setMinimumWidth(420)
        self._address.setClearButtonEnabled(False)
        hint = QLabel(self.tr("Examples:  rtsp://user:password@camera/stream   ·   http://camera/video.mjpg"))
        hint.setObjectName("Muted")
        hint.setWordWrap(True)
        self.body.addWidget(self._address)
        self.body.addWidget(hint)
        self.buttons.addStretch(1)
        self.button(self.tr("Cancel")).clicked.connect(self.reject)
        self._open = self.button(self.tr("Open"), primary=True)
        self._open.clicked.connect(self._pick)
        self._address.textChanged.connect(self._check)
        self._address.selectAll()
        self._check()

    def _check(self) -> None:
        scheme, _, rest = self._address.text().strip().partition("://")
        self._open.setEnabled(bool(scheme and rest))

    def _pick(self) -> None:
        self.chosen.emit(self._address.text().strip())
        self.accept()
