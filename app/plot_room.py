"""Gives the plots below the timeline more of the window's height while a page is seen that needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QSplitter

if TYPE_CHECKING:
    from app.plots.panel import PlotsPanel

_LEAST_STAGE = 220
"""Height that the picture keeps."""


class PlotRoom(QObject):
    """Moves the handle between picture and plots; it goes back with the page, unless the user has moved it since."""

    def __init__(self, rows: QSplitter, plot: PlotsPanel) -> None:
        super().__init__(rows)
        self._rows, self._plot = rows, plot
        self._taken = 0  # of the picture's height
        self._left: list[int] = []  # where the handle was put
        self._soon = QTimer(self)  # once the page has the size that it gets by itself
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._give)
        plot.page_changed.connect(lambda _: self._soon.start())
        self._soon.start()

    def give_back(self) -> None:
        """Put the handle where it was before."""
        stage, bottom = self._rows.sizes()
        if self._taken and [stage, bottom] == self._left:
            self._rows.setSizes([stage + self._taken, bottom - self._taken])
        self._taken = 0

    def _give(self) -> None:
        plot, stage = self._plot, self._rows.sizes()[0]
        inside = plot.isVisible() and plot.window() is self._rows.window()
        wanted = plot.page.wanted_height - plot.page.height() if inside else 0
        if wanted <= 0:
            if not inside or plot.page.wanted_height <= plot.page.minimumHeight():
                self.give_back()
            return
        more = min(wanted, stage - _LEAST_STAGE)
        if more > 0:
            self._rows.setSizes([stage - more, self._rows.sizes()[1] + more])
            self._taken += more
            self._left = self._rows.sizes()
