"""The video of a project is not where it was, or another one is there: what to do."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QLabel, QWidget

from app.dialogs.base import Dialog
from engine.locating import Finding, Place
from engine.session import SourceRecord


class LocateDialog(Dialog):
    """``search_wanted`` (pick a file), ``taken`` (open what is there all the same), ``gone`` (go on without)."""

    search_wanted = Signal()
    taken = Signal()
    gone = Signal()

    def __init__(self, parent: QWidget, record: SourceRecord, place: Place) -> None:
        translate = QCoreApplication.translate
        name = Path(record.path).name or record.path
        other = place.finding is Finding.OTHER
        if other:
            title = translate("LocateDialog", "This is another video")
            lead = translate(
                "LocateDialog",
                "{0} is not the file that was tracked: its size or its contents differ. Boxes may not fit its frames.",
            ).format(Path(place.path).name)
        else:
            title = translate("LocateDialog", "Where is {0}?").format(name)
            lead = translate(
                "LocateDialog",
                "The project’s video is not where it was, nor beside the project. Find it, or look at the track "
                "without its pictures.",
            )
        super().__init__(title, lead, parent)
        self.setMinimumWidth(520)
        self.lead.setMinimumWidth(470)
        path = QLabel(place.path)
        path.setObjectName("Path")
        path.setWordWrap(True)
        self.body.addWidget(path)
        without = self.button(self.tr("Without pictures"))
        without.setToolTip(self.tr("Look at the track, plot and export it, without the video"))
        without.clicked.connect(self.accept)
        without.clicked.connect(self.gone)
        self.buttons.addStretch(1)
        self.button(self.tr("Cancel")).clicked.connect(self.reject)
        if other:
            anyway = self.button(self.tr("Use it anyway"))
            anyway.clicked.connect(self.accept)
            anyway.clicked.connect(self.taken)
        search = self.button(self.tr("Find it…"), primary=True)
        search.clicked.connect(self.accept)
        search.clicked.connect(self.search_wanted)
        search.setFocus()
