"""Values against time: one curve a target and quantity, on the same frames as the timeline above."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.jumps import SUCCESS
from app.palette import target_color_on
from app.plots.axis import FrameAxis, style_axis
from app.plots.page import Page
from app.plots.series import Series, Values, thinned, with_gaps
from app.theme import Theme
from app.timeline import LEFT_MARGIN, RIGHT_MARGIN
from app.tracks import Tracks
from engine.calibration import Calibration
from engine.types import Float64Array

_MAX_POINTS = 4000

Quantity = Callable[[Values, Calibration], Float64Array]
"""The values of one curve in the units of the calibration."""


class TimePage(Page):
    """Curves over frames; a click goes to the frame. The second quantity of two is dashed.

    Args:
        name: The accessible name.
        quantities: One curve each a target.
        caption: What is drawn, with ``{0}`` for the unit.
        limits: The values shown, None for those there are.
    """

    def __init__(
        self,
        name: str,
        quantities: tuple[Quantity, ...],
        caption: str,
        limits: tuple[float, float] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._quantities, self._caption, self._limits = quantities, caption, limits
        self.curves: dict[tuple[int, int], pg.PlotDataItem] = {}
        self._axis = FrameAxis("bottom")
        self.plot = pg.PlotWidget(axisItems={"bottom": self._axis})
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        item = self.plot.getPlotItem()
        item.layout.setContentsMargins(0, 4, RIGHT_MARGIN, 2)
        item.getAxis("left").setWidth(LEFT_MARGIN)
        item.getAxis("left").enableAutoSIPrefix(False)
        item.getViewBox().setDefaultPadding(0)
        self._cursor = pg.InfiniteLine(0, angle=90)
        self.plot.addItem(self._cursor)
        self._threshold = pg.InfiniteLine(SUCCESS, angle=0)
        if limits is not None:
            item.setYRange(*limits, padding=0.05)  # a line on the edge would be half as wide
        self.plot.scene().sigMouseClicked.connect(self._clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
        self.setMinimumHeight(60)
        self.setAccessibleName(name)
        self.set_theme(self.theme)

    @property
    def caption(self) -> str:
        """What is drawn and in which units."""
        return self._caption.format(self.calibration.unit)

    def mark_threshold(self) -> None:
        """Draw a line where confidence is enough, and write its values as shares."""
        self.plot.addItem(self._threshold)
        ticks = [(0.0, "0"), (SUCCESS, f"{SUCCESS:.0%}"), (1.0, "100%")]
        self.plot.getPlotItem().getAxis("left").setTicks([ticks])

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of the look."""
        super().set_theme(theme)
        self.plot.setBackground(theme.window)
        item = self.plot.getPlotItem()
        style_axis(item.getAxis("left"), theme.border, theme.muted, 0)
        style_axis(item.getAxis("bottom"), theme.border, theme.muted, -4)
        self._threshold.setPen(pg.mkPen(theme.border, width=1, style=Qt.PenStyle.DashLine))
        self._cursor.setPen(pg.mkPen(theme.text, width=1.2))
        for (target, at), curve in self.curves.items():
            curve.setPen(self._pen(target, at))

    def set_tracks(self, tracks: Tracks, series: Series) -> None:
        """Whose values are shown."""
        super().set_tracks(tracks, series)
        for curve in self.curves.values():
            self.plot.removeItem(curve)
        self.curves.clear()

    def set_view(self, first: int, last: int) -> None:
        """Which frames are shown, the same as the timeline's."""
        if (first, last, self.source.fps) == (self.first, self.last, self._axis.fps):
            return  # or the axis would be drawn anew
        super().set_view(first, last)
        self._axis.fps = self.source.fps
        self._axis.picture = None
        # half a frame on each side, as in the strip above
        self.plot.setXRange(first - 0.5, last + 0.5, padding=0)

    def set_frame(self, index: int, frame: Any) -> None:
        """The frame that is shown."""
        super().set_frame(index, frame)
        self._cursor.setValue(index)

    def refresh(self) -> None:
        """Draw what is new in the tracks; call it ten times a second at most."""
        if self.tracks is None or self.series is None:
            return
        for gone in {key for key in self.curves if key[0] not in self.tracks.targets}:
            self.plot.removeItem(self.curves.pop(gone))
        ends: list[float] = []
        for target in self.tracks.targets:
            values = self.series.of(target)
            low, high = np.searchsorted(values.frames, (self.first, self.last + 1))
            for at, quantity in enumerate(self._quantities):
                y = quantity(values, self.calibration)[low:high]
                self._draw(target, at, values.frames[low:high], y)
                if self._limits is None and np.isfinite(y).any():
                    ends += [float(np.nanmin(y)), float(np.nanmax(y))]
        if ends:
            self._fit(min(ends), max(ends))

    def _draw(self, target: int, at: int, frames: Float64Array, values: Float64Array) -> None:
        if (target, at) not in self.curves:
            self.curves[target, at] = self.plot.plot(pen=self._pen(target, at), connect="finite")
        self.curves[target, at].setData(*thinned(*with_gaps(frames, values), _MAX_POINTS))

    def _fit(self, low: float, high: float) -> None:
        room = max(0.08 * (high - low), 1e-6 * max(abs(low), abs(high), 1e-3))
        self.plot.setYRange(low - room, high + room, padding=0)

    def _pen(self, target: int, at: int) -> Any:
        style = Qt.PenStyle.DashLine if at else Qt.PenStyle.SolidLine
        return pg.mkPen(target_color_on(self.theme, self.color_number(target)), width=1.6, style=style)

    def _clicked(self, event: Any) -> None:
        if self.source.seekable and event.button() == Qt.MouseButton.LeftButton:
            x = self.plot.getPlotItem().getViewBox().mapSceneToView(event.scenePos()).x()
            self.sought.emit(min(max(round(x), self.first), self.last))
