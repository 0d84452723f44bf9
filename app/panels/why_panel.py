"""The side panel's answer to "why did it jump?": near and far candidate of the frame shown, and what decided."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.panels.card import Card
from app.panels.picture_tile import PictureTile
from app.theme import ThemeManager
from app.why import Explanation, explain
from engine.geometry import crop_square, search_region
from engine.types import Candidate, Frame, FrameResult, UInt8Array

_SIDE = 112
_AROUND = 1.8  # how much of the picture around a candidate is shown


class WhyPanel(Card):
    """Thumbnails cut from the frame, scores, and a sentence."""

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Why here?"), parent)
        self.near, self.far = PictureTile(theme, _SIDE), PictureTile(theme, _SIDE)
        self.near.setToolTip(self.tr("The best candidate near the last place"))
        self.far.setToolTip(self.tr("The best candidate elsewhere in the picture, where attention pointed"))
        tiles = QHBoxLayout()
        tiles.setSpacing(12)
        tiles.addWidget(self.near)
        tiles.addWidget(self.far)
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setObjectName("Muted")
        self.sentence.setMinimumHeight(3 * self.sentence.fontMetrics().height() + 4)  # no jumping while it plays
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(tiles)
        self.body.addSpacing(6)
        self.body.addWidget(self.sentence)
        self.show_result(None, None)

    def show_result(self, result: FrameResult | None, selected: int | None) -> None:
        """Explain this result for the selected target."""
        told = explain(result, selected)
        frame = result.frame if result is not None else None
        self._show(self.near, self.tr("Near"), told.near, frame, told.far_won is False)
        self._show(self.far, self.tr("Far"), told.far, frame, told.far_won is True)
        self._say(told)

    def _say(self, told: Explanation) -> None:
        if self.sentence.text() != told.sentence:
            self.sentence.setText(told.sentence)

    def _show(self, tile: PictureTile, title: str, candidate: Candidate | None, frame: Frame | None, won: bool) -> None:
        if candidate is None or frame is None:
            tile.show_picture(None, title, "", 0.0)
        else:
            picture = _cut(frame, candidate, round(_SIDE * self.devicePixelRatioF()))
            tile.show_picture(picture, title, f"{candidate.confidence:.0%}", candidate.confidence, won)


def _cut(frame: Frame, candidate: Candidate, side: int) -> UInt8Array:
    return crop_square(frame.image, search_region(candidate.box, _AROUND), side)[0]
