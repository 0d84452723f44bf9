"""Ask which track file to bring in, of which format, and where it begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QGridLayout, QLabel, QLineEdit, QPushButton, QSpinBox, QWidget

from app.dialogs.base import Dialog
from app.dialogs.export_options import muted
from engine.errors import FormatError
from engine.formats import FORMATS
from engine.formats.guess import guess_format
from engine.formats.incoming import WITHOUT_FRAMES

AskPath = Callable[[QWidget, str], str]


class ImportDialog(Dialog):
    """``chosen`` carries path, format and the frame of the first line; ``say`` shows why a file is of no use."""

    chosen = Signal(str, str, int)

    def __init__(self, parent: QWidget, folder: str, frame: int, last: int, ask_path: AskPath | None = None) -> None:
        super().__init__(
            QCoreApplication.translate("ImportDialog", "Import track"),
            QCoreApplication.translate("ImportDialog", "The targets in the file are added to those that are there."),
            parent,
        )
        self._folder, self._ask_path = folder, ask_path or _ask_path
        self.path = QLineEdit()
        self.path.setAccessibleName(self.tr("File"))
        self.path.setMinimumWidth(380)
        self.path.textChanged.connect(self._look)
        browse = QPushButton(self.tr("Browse…"))
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        self.format = QComboBox()
        self.format.setAccessibleName(self.tr("Format"))
        names = {"csv": "CSV", "mot": "MOT", "otb": "OTB", "vot": "VOT", "json": "COCO JSON"}
        for name in FORMATS:
            self.format.addItem(names[name], name)
        self.format.currentIndexChanged.connect(self._refresh)
        self.first = QSpinBox()
        self.first.setRange(0, max(last, 0))
        self.first.setValue(frame)
        self.first.setAccessibleName(self.tr("Frame of the first line"))
        self.first.setToolTip(self.tr("This format does not say which frames its lines are of"))
        self._problem = QLabel()
        self._problem.setObjectName("Muted")
        self._problem.setWordWrap(True)
        self._problem.hide()
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(10)
        grid.addWidget(muted(self.tr("File")), 0, 0)
        grid.addWidget(self.path, 0, 1)
        grid.addWidget(browse, 0, 2)
        grid.addWidget(muted(self.tr("Format")), 1, 0)
        grid.addWidget(self.format, 1, 1, 1, 2)
        self._first_label = muted(self.tr("First line"))
        grid.addWidget(self._first_label, 2, 0)
        grid.addWidget(self.first, 2, 1, 1, 2)
        self.body.addLayout(grid)
        self.body.addWidget(self._problem)
        self.body.addStretch(1)
        self.buttons.addStretch(1)
        self.button(self.tr("Cancel")).clicked.connect(self.reject)
        self._take = self.button(self.tr("Import"), primary=True)
        self._take.clicked.connect(self._pick)
        self._refresh()

    def say(self, problem: str) -> None:
        """Show why the file is of no use; empty when nothing is known against it."""
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))

    def set_busy(self, busy: bool) -> None:
        """Whether the file is being read."""
        for widget in (self.path, self.format, self.first, self._take):
            widget.setEnabled(not busy)

    def _look(self) -> None:
        """Guess the format."""
        self.say("")
        path = Path(self.path.text().strip())
        if path.is_file():
            try:
                self.format.setCurrentIndex(self.format.findData(guess_format(path)))
            except FormatError as error:
                self.say(str(error))
        self._refresh()

    def _refresh(self) -> None:
        unsaid = self.format.currentData() in WITHOUT_FRAMES
        self.first.setVisible(unsaid)
        self._first_label.setVisible(unsaid)
        self._take.setEnabled(Path(self.path.text().strip()).is_file())

    def _browse(self) -> None:
        path = self._ask_path(self, self._folder)
        if path:
            self.path.setText(path)

    def _pick(self) -> None:
        self.chosen.emit(self.path.text().strip(), str(self.format.currentData()), self.first.value())


def _ask_path(parent: QWidget, folder: str) -> str:
    title = QCoreApplication.translate("ImportDialog", "Import track")
    tracks = QCoreApplication.translate("ImportDialog", "Tracks")
    everything = QCoreApplication.translate("ImportDialog", "All files")
    return QFileDialog.getOpenFileName(parent, title, folder, f"{tracks} (*.csv *.txt *.json);;{everything} (*)")[0]
