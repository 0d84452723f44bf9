"""The side panel's figures: the source and the selected target's box."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.panels.card import Card
from app.steady_label import SteadyLabel
from engine.sources.base import SourceInfo
from engine.types import Target


class DetailsPanel(Card):
    """Names and figures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Details"), parent)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(1, 1)
        self.body.addLayout(self._grid)
        self._source = self._row(self.tr("Source"))
        self._size = self._row(self.tr("Picture"))
        self._box = self._row(self.tr("Box"))

    def show_source(self, info: SourceInfo | None) -> None:
        """Show what is open."""
        name = info.name if info else "–"
        self._source.setText(self._source.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 170))
        self._source.setToolTip(name if info else "")
        self._size.setText(
            self.tr("{0} × {1}  ·  {2:.4g} fps").format(info.width, info.height, info.fps) if info else "–"
        )

    def show_target(self, target: Target | None) -> None:
        """Show the selected target's box."""
        box = target.box if target else None
        self._box.setText(f"{box.x:.0f}, {box.y:.0f}  ·  {box.w:.0f} × {box.h:.0f}" if box else "–")

    def _row(self, name: str) -> QLabel:
        row = self._grid.rowCount()
        label, value = QLabel(name), SteadyLabel("–")
        label.setObjectName("Muted")
        value.setAccessibleName(name)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        value.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(value, row, 1, Qt.AlignmentFlag.AlignRight)
        return value
