"""Says before an export that frames behind a correction are not tracked again yet, and offers to do it first."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from app import icons
from app.theme import Theme


class UntrackedNote(QFrame):
    """Hidden while there are no such frames; ``wanted``: track them first."""

    wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("Banner")
        self.setProperty("tone", "warn")
        picture = QLabel()
        picture.setPixmap(icons.pixmap("warning", theme.warn, 18, self.devicePixelRatioF()))
        self._text = QLabel()
        self._text.setWordWrap(True)
        track = QPushButton(self.tr("Track them first"))
        track.setToolTip(self.tr("Track on to where the track ended before, then come back here"))
        track.setAutoDefault(False)
        track.clicked.connect(self.wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(picture)
        row.addWidget(self._text, 1)
        row.addWidget(track)
        self.hide()

    def show_count(self, frames: int) -> None:
        """Say how many frames there are."""
        if frames == 1:
            text = self.tr("1 frame behind a correction is not tracked again yet. It would be missing.")
        else:
            text = self.tr("{0} frames behind a correction are not tracked again yet. They would be missing.")
        self._text.setText(text.format(frames))
        self.setAccessibleName(self._text.text())
        self.setVisible(frames > 0)
