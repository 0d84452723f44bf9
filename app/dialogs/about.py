"""What the program is, which version, and what it runs on."""

from __future__ import annotations

import platform

import numpy as np
import PySide6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

import engine
from app import icons
from app.dialogs.base import Dialog
from engine.backends.base import BackendInfo


class AboutDialog(Dialog):
    """Version, backend and the libraries that do the work."""

    def __init__(self, parent: QWidget, backend: BackendInfo | None) -> None:
        super().__init__("AttnTrack", "", parent)
        logo = QLabel()
        logo.setPixmap(icons.pixmap("attntrack", "#ffffff", 64, self.devicePixelRatioF()))
        self.body.addWidget(logo)
        text = QLabel(
            self.tr(
                "Follows anything through a video or a live camera, and shows why it believes what it believes: "
                "joint local and global search with a target-aware attention network and a classifier that "
                "learns while it tracks."
            )
        )
        text.setWordWrap(True)
        text.setMinimumWidth(400)
        self.body.addWidget(text)
        form = QFormLayout()
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(5)
        runs = f"{backend.name} {backend.version}, {backend.device}, {backend.precision}" if backend else "–"
        for name, value in (
            (self.tr("Version"), engine.__version__),
            (self.tr("Networks run on"), runs),
            ("Python", platform.python_version()),
            ("Qt for Python", PySide6.__version__),
            ("NumPy", np.__version__),
            (self.tr("Licence"), "Apache-2.0"),
        ):
            label, field = QLabel(name), QLabel(value)
            label.setObjectName("Muted")
            field.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            form.addRow(label, field)
        self.body.addLayout(form)
        self.buttons.addStretch(1)
        self.button(self.tr("Close"), primary=True).clicked.connect(self.accept)
