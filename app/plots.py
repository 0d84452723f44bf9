"""The confidence plot under the timeline: one curve a target, on the same frames as the strip above it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.jumps import SUCCESS
from app.palette import target_color_on
from app.theme import DARK, Theme
from app.timeline import LEFT_MARGIN, RIGHT_MARGIN
from app.tracks import Tracks, clock

_MAX_POINTS = 4000


class _FrameAxis(pg.AxisItem):
    """Ticks at frames, written as times."""

    fps = 30.0

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [clock(v / self.fps, tenths=spacing / self.fps < 1.0) for v in values]

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        """Round times with room for their text."""
        seconds = max((maxVal - minVal) / self.fps, 1e-6)
        wanted = seconds / max(size / 90.0, 1.0)
        steps = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)
        step = next((s for s in steps if s >= wanted), steps[-1])
        return [(step * self.fps, 0.0)]


class ConfidencePlot(QWidget):
    """Confidence against time; a click jumps (``sought``)."""

    sought = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._tracks: Tracks | None = None
        self._first, self._last, self._seekable = 0, 0, False
        self._curves: dict[int, pg.PlotDataItem] = {}
        self._axis = _FrameAxis("bottom")
        self._plot = pg.PlotWidget(axisItems={"bottom": self._axis})
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        item = self._plot.getPlotItem()
        item.layout.setContentsMargins(0, 4, RIGHT_MARGIN, 2)
        item.getAxis("left").setWidth(LEFT_MARGIN)
        item.getAxis("left").setTicks([[(0.0, "0"), (SUCCESS, f"{SUCCESS:.0%}"), (1.0, "100%")]])
        item.setYRange(-0.03, 1.06, padding=0)
        item.getViewBox().setDefaultPadding(0)
        self._threshold = pg.InfiniteLine(SUCCESS, angle=0)
        self._cursor = pg.InfiniteLine(0, angle=90)
        for line in (self._threshold, self._cursor):
            self._plot.addItem(line)
        self._plot.scene().sigMouseClicked.connect(self._clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        self.setMinimumHeight(84)
        self.setAccessibleName(self.tr("Confidence plot"))
        self.setAccessibleDescription(self.tr("How sure the tracker is of each target, against time"))
        self.set_theme(DARK)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of the look."""
        self._theme = theme
        self._plot.setBackground(theme.window)
        for name in ("left", "bottom"):
            axis = self._plot.getPlotItem().getAxis(name)
            axis.setPen(pg.mkPen(theme.border))
            axis.setTextPen(pg.mkPen(theme.muted))
            axis.setStyle(tickLength=0 if name == "left" else -4, tickTextOffset=5)
        self._threshold.setPen(pg.mkPen(theme.border, width=1, style=Qt.PenStyle.DashLine))
        self._cursor.setPen(pg.mkPen(theme.text, width=1.2))
        for target, curve in self._curves.items():
            curve.setPen(self._pen(target))

    def set_tracks(self, tracks: Tracks | None) -> None:
        """Whose confidence is shown."""
        self._tracks = tracks
        for curve in self._curves.values():
            self._plot.removeItem(curve)
        self._curves.clear()
        self.refresh()

    def set_range(self, first: int, last: int, fps: float, seekable: bool) -> None:
        """The frames the width stands for, the same as the timeline's."""
        self._first, self._last, self._seekable = first, max(last, first), seekable
        self._axis.fps = fps
        self.set_view(self._first, self._last)

    def set_view(self, first: int, last: int) -> None:
        """Other frames of the same source."""
        self._first, self._last = first, last
        self._axis.picture = None
        # half a frame on each side, as in the strip above
        self._plot.setXRange(first - 0.5, self._last + 0.5, padding=0)

    def set_frame(self, frame: int) -> None:
        """The frame that is shown."""
        self._cursor.setValue(frame)

    def refresh(self) -> None:
        """Draw what is new in the tracks; call it ten times a second at most."""
        targets = self._tracks.targets if self._tracks else ()
        for gone in set(self._curves) - set(targets):
            self._plot.removeItem(self._curves.pop(gone))
        for target in targets:
            if target not in self._curves:
                self._curves[target] = self._plot.plot(pen=self._pen(target), connect="finite")
            self._draw(target)

    def _draw(self, target: int) -> None:
        assert self._tracks is not None
        rows = self._tracks.rows(target)
        low, high = np.searchsorted(rows["frame"], (self._first, self._last + 1))
        rows = rows[low:high]
        frames, confidence = rows["frame"].astype(float), rows["confidence"]
        if len(rows) > _MAX_POINTS:
            columns, confidence, _ = self._tracks.columns(target, self._first, self._last, _MAX_POINTS)
            frames = self._first + columns * (self._last - self._first + 1) / _MAX_POINTS
        gaps = np.flatnonzero(
            np.diff(frames) > 1.5 * max(1.0, float(np.median(np.diff(frames))) if len(frames) > 1 else 1.0)
        )
        self._curves[target].setData(np.insert(frames, gaps + 1, np.nan), np.insert(confidence, gaps + 1, np.nan))

    def _pen(self, target: int) -> Any:
        return pg.mkPen(target_color_on(self._theme, target), width=1.6)

    def _clicked(self, event: Any) -> None:
        if self._seekable and event.button() == Qt.MouseButton.LeftButton:
            x = self._plot.getPlotItem().getViewBox().mapSceneToView(event.scenePos()).x()
            self.sought.emit(min(max(round(x), self._first), self._last))
