"""Before something goes that was not saved: save it, let it go, or stay."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from app.dialogs.base import Dialog


class UnsavedDialog(Dialog):
    """``save_wanted`` or ``discarded``; neither when the user stays. ``name`` is what the work is called."""

    save_wanted = Signal()
    discarded = Signal()

    def __init__(self, parent: QWidget, name: str, targets: int, frames: int) -> None:
        translate = QCoreApplication.translate
        many = translate("UnsavedDialog", "{0} targets on {1} frames have changes that are in no project file.")
        one = translate("UnsavedDialog", "{0} target on {1} frames has changes that are in no project file.")
        lead = (one if targets == 1 else many).format(targets, frames)
        if not targets:
            lead = translate("UnsavedDialog", "There are changes that are in no project file.")
        super().__init__(translate("UnsavedDialog", "Save your work on {0}?").format(name), lead, parent)
        self.setMinimumWidth(420)
        self.lead.setMinimumWidth(370)
        discard = self.button(self.tr("&Don’t save"))
        discard.clicked.connect(self.accept)
        discard.clicked.connect(self.discarded)
        self.buttons.addStretch(1)
        self.button(self.tr("Cancel")).clicked.connect(self.reject)
        save = self.button(self.tr("&Save"), primary=True)
        save.clicked.connect(self.accept)
        save.clicked.connect(self.save_wanted)
        save.setFocus()
