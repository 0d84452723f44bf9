"""Where the targets were: their ways, or the time they spent in each place, over the picture or on plain ground."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QTransform
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.palette import target_color, target_color_on
from app.plots.axis import style_axis
from app.plots.page import Page
from app.theme import Theme
from engine.motion import presence
from engine.style import heat_colors
from engine.types import Float64Array, Frame

_MAX_POINTS = 6000
_NEAR_PX = 14.0
_WANTED_HEIGHT = 210
_CELLS = 48  # across the picture, of the map of presence
_DIM = 0.55  # of the picture below, so that lines stand out


class MapPage(Page):
    """A plot in the world's coordinates, with the picture below it if wanted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = pg.PlotWidget()
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setAspectLocked(True)
        self.plot.getPlotItem().layout.setContentsMargins(0, 7, 0, 0)  # half a number above the axis
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.scene().sigMouseClicked.connect(self._clicked)
        self._below = pg.ImageItem(axisOrder="row-major")
        self._below.setZValue(-10)
        self.plot.addItem(self._below)
        self.over_picture = True
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
        self._shown_frame: Frame | None = None
        self._fitted: tuple[float, float, float, float] | None = None
        self.setMinimumHeight(60)

    @property
    def wanted_height(self) -> int:
        """Its width is of no use without a height."""
        return _WANTED_HEIGHT

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of the look."""
        super().set_theme(theme)
        self.plot.setBackground(theme.window)
        for name in ("left", "bottom"):
            style_axis(self.plot.getPlotItem().getAxis(name), theme.border, theme.muted, -4)

    def set_frame(self, index: int, frame: Frame | None) -> None:
        """The frame that is shown; its picture lies below."""
        super().set_frame(index, frame)
        self._show_picture()

    def refresh(self) -> None:
        """Fit the plot to the picture."""
        self.plot.getPlotItem().getViewBox().invertY(not self.calibration.y_up)
        width, height = self.source.size
        (x0, y0), (x1, y1) = self.calibration.points(np.array([[0.0, 0.0], [width, height]]))
        view = (min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0))
        if view != self._fitted:
            self._fitted = view
            self._shown_frame = None
            self.plot.setRange(QRectF(*view), padding=0.02)
        self._show_picture()

    def set_over_picture(self, over: bool) -> None:
        """Whether the picture lies below, or plain ground."""
        self.over_picture = over
        self.set_theme(self.theme)
        self._show_picture()

    def place(self, item: pg.ImageItem, columns: int, rows: int) -> None:
        """Lay an image of the whole picture where the picture lies in the world."""
        width, height = self.source.size
        c = self.calibration
        (x0, y0), (x1, y1) = c.points(np.array([[0.0, 0.0], [width, height]]))
        turn = QTransform()
        turn.translate(x0, y0)
        turn.scale((x1 - x0) / columns, (y1 - y0) / rows)
        item.setTransform(turn)

    def _show_picture(self) -> None:
        frame = self.frame
        wanted = self.over_picture and frame is not None
        self._below.setVisible(wanted)
        if not wanted or frame is None or frame is self._shown_frame or not self.isVisible():
            return
        self._shown_frame = frame
        small = frame.image
        if small.shape[1] > 960:
            size = (960, max(round(960 * small.shape[0] / small.shape[1]), 1))
            small = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        dim = np.asarray(cv2.convertScaleAbs(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), alpha=_DIM), dtype=np.uint8)
        self._below.setImage(dim, autoLevels=False, levels=(0, 255))
        self.place(self._below, dim.shape[1], dim.shape[0])

    def _clicked(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.source.seekable:
            at = self.plot.getPlotItem().getViewBox().mapSceneToView(event.scenePos())
            frame = self.frame_near(at.x(), at.y())
            if frame is not None:
                self.sought.emit(frame)

    def frame_near(self, x: float, y: float) -> int | None:
        """The frame on which a target was nearest to a point of the world, None if none was near."""
        best: tuple[float, int] | None = None
        pixel = self.plot.getPlotItem().getViewBox().viewPixelSize()
        for target in self.tracks.targets if self.tracks else ():
            assert self.series is not None
            values = self.series.of(target)
            points = self.calibration.points(values.center)
            away = np.hypot((points[:, 0] - x) / pixel[0], (points[:, 1] - y) / pixel[1])
            if np.isfinite(away).any():
                at = int(np.nanargmin(away))
                if away[at] <= _NEAR_PX and (best is None or away[at] < best[0]):
                    best = (float(away[at]), int(values.frames[at]))
        return None if best is None else best[1]


class TrajectoryPage(MapPage):
    """The ways of the targets on the frames that the timeline shows, with a dot where they are now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Trajectories"))
        self.ways: dict[int, pg.PlotDataItem] = {}
        self._now = pg.ScatterPlotItem(size=9)
        self.plot.addItem(self._now)
        self._index = 0

    @property
    def caption(self) -> str:
        """In which units."""
        return self.tr("{0}  ·  click a way to go there").format(self.calibration.unit)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of the look."""
        super().set_theme(theme)
        for target, way in self.ways.items():
            way.setPen(self._pen(target))

    def set_frame(self, index: int, frame: Frame | None) -> None:
        """The frame that is shown."""
        super().set_frame(index, frame)
        self._index = index
        self._show_now()

    def refresh(self) -> None:
        """Draw what is new in the tracks."""
        super().refresh()
        if self.tracks is None or self.series is None:
            return
        for gone in set(self.ways) - set(self.tracks.targets):
            self.plot.removeItem(self.ways.pop(gone))
        for target in self.tracks.targets:
            if target not in self.ways:
                self.ways[target] = self.plot.plot(pen=self._pen(target), connect="finite")
            values = self.series.of(target)
            low, high = np.searchsorted(values.frames, (self.first, self.last + 1))
            points = self.calibration.points(values.center[low:high])
            step = max(1, len(points) // _MAX_POINTS)
            self.ways[target].setData(points[::step, 0], points[::step, 1])
        self._show_now()

    def _show_now(self) -> None:
        dots = []
        for target in self.tracks.targets if self.tracks else ():
            assert self.series is not None
            values = self.series.of(target)
            at = int(np.searchsorted(values.frames, self._index))
            if at < len(values.frames) and values.frames[at] == self._index and np.isfinite(values.center[at, 0]):
                x, y = self.calibration.points(values.center[at])
                color = self._color(target)
                dots.append({"pos": (x, y), "brush": color, "pen": pg.mkPen(self.theme.window, width=1.5)})
        self._now.setData(dots)

    def _pen(self, target: int) -> Any:
        return pg.mkPen(self._color(target), width=1.8)

    def _color(self, target: int) -> QColor:
        number = self.color_number(target)
        return target_color(number) if self.over_picture else target_color_on(self.theme, number)


class PresencePage(MapPage):
    """How long all targets were in each place on the frames that the timeline shows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Presence"))
        self.heat = pg.ImageItem(axisOrder="row-major")
        self.plot.addItem(self.heat)
        self._most = 0.0

    @property
    def caption(self) -> str:
        """What the colours mean."""
        return self.tr("brightest: {0:.2g} s in one place").format(self._most)

    def refresh(self) -> None:
        """Draw what is new in the tracks."""
        super().refresh()
        seconds = self.seconds()
        self._most = float(seconds.max()) if seconds.size else 0.0
        self.heat.setVisible(self._most > 0)
        if self._most > 0:
            self.heat.setImage(_colored(seconds / self._most), autoLevels=False, levels=(0, 255))
            self.place(self.heat, seconds.shape[1], seconds.shape[0])

    def seconds(self) -> Float64Array:
        """``(rows, columns)``: seconds in each cell of the picture, of all targets together."""
        total = np.zeros((0, 0))
        for target in self.tracks.targets if self.tracks else ():
            assert self.tracks is not None
            rows = self.tracks.rows(target)
            low, high = np.searchsorted(rows["frame"], (self.first, self.last + 1))
            mine = presence(rows[low:high], *self.source.size, columns=_CELLS)
            total = mine if not total.size else total + mine
        return total


def _colored(share: Float64Array) -> Float64Array:
    """``(h, w, 4)`` RGBA 0..255 of values 0..1; nothing is drawn where there is nothing."""
    # the square root lifts the places that were only crossed
    level = np.sqrt(np.clip(share, 0.0, 1.0))
    colors = heat_colors("viridis")[(level * 255).astype(int)]
    alpha = np.where(share > 0, 90 + 150 * level, 0.0)
    return np.dstack([colors, alpha])
