"""The start page's offer to go on with work that was not saved, and how such work is described."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.journals import Leftover


def name_of(left: Leftover) -> str:
    """What the work is called: its project, else its source."""
    return Path(left.session.head.project or left.session.head.source.path).name


def description_of(left: Leftover) -> str:
    """When it was done, and how much it is."""
    translate = QCoreApplication.translate
    tracks = [rows for rows in left.session.tracks.values() if len(rows)]
    frames = max((int(rows["frame"][-1]) for rows in tracks), default=0)
    frames -= min((int(rows["frame"][0]) for rows in tracks), default=1) - 1
    text = (
        translate("RestoreCard", "{0} target on {1} frames")
        if len(tracks) == 1
        else translate("RestoreCard", "{0} targets on {1} frames")
    )
    when = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(left.saved.timestamp())), QLocale.FormatType.ShortFormat)
    return f"{text.format(len(tracks), frames)}  ·  {when}"


class RestoreCard(QFrame):
    """Hidden while there is nothing to restore, or after the user said not now."""

    wanted = Signal()  # the newest
    list_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Card")
        self._title, self._text = QLabel(), QLabel()
        self._title.setObjectName("Subheading")
        self._text.setObjectName("Muted")
        self.restore = QPushButton(self.tr("Restore"))
        self.restore.setToolTip(self.tr("Go on where it ended"))
        self.restore.clicked.connect(self.wanted)
        self.more = QPushButton()
        self.more.setProperty("flat", True)
        self.more.setAccessibleName(self.tr("All unsaved work"))
        self.more.setToolTip(self.tr("Show all work that was not saved"))
        self.more.clicked.connect(self.list_wanted)
        self.later = QPushButton(self.tr("Not now"))
        self.later.setToolTip(self.tr("It stays under File, Restore unsaved work"))
        self.later.clicked.connect(self.hide)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self._title)
        texts.addWidget(self._text)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 12, 12)
        row.setSpacing(8)
        row.addLayout(texts, 1)
        row.addSpacing(24)
        for button in (self.more, self.later, self.restore):
            button.setAutoDefault(False)
            row.addWidget(button)
        self.restore.setDefault(True)
        self.hide()

    def show_left(self, left: Sequence[Leftover]) -> None:
        """Offer the newest of these, and name how many more there are; nothing if there is none."""
        self.setVisible(bool(left))
        if not left:
            return
        self._title.setText(self.tr("Not saved: {0}").format(name_of(left[0])))
        self._text.setText(description_of(left[0]))
        self.setAccessibleName(f"{self._title.text()}, {self._text.text()}")
        self.more.setText(self.tr("{0} more…").format(len(left) - 1))
        self.more.setVisible(len(left) > 1)
