"""The scrubber: a strip of confidence by state for each target, events, and the frame shown."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.palette import state_color_on, state_word, target_color_on
from app.theme import DARK, Theme
from app.tracks import Tracks, clock
from engine.track_log import STATES
from engine.types import TrackState

LEFT_MARGIN = 54
RIGHT_MARGIN = 16
"""Room beside the strip, the same as beside the plot below it."""
_BAND = 16
_TOP = 13
_MAX_BANDS = 4


class Timeline(QWidget):
    """Shows frames ``first..last`` of the source; ``sought`` carries the frame the user points at."""

    sought = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._tracks: Tracks | None = None
        self._first, self._last, self._frame, self._fps = 0, 0, 0, 30.0
        self._seekable = False
        self._bands = 1
        self._dragging = False
        self._picture: QPixmap | None = None  # bands and events, drawn anew only when they change
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Timeline"))
        self.setAccessibleDescription(self.tr("Click or drag to go to a frame; the strip shows how sure the track is"))

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of the look."""
        self._theme = theme
        self._redraw()

    def set_tracks(self, tracks: Tracks | None) -> None:
        """Whose confidence is shown."""
        self._tracks = tracks
        self.refresh()

    def set_range(self, first: int, last: int, fps: float, seekable: bool) -> None:
        """The frames the width stands for."""
        new = (first, max(last, first), fps, seekable)
        if new != (self._first, self._last, self._fps, self._seekable):
            self._first, self._last, self._fps, self._seekable = new
            self._redraw()

    def set_frame(self, frame: int) -> None:
        """The frame that is shown."""
        if frame != self._frame:
            for shown in (self._frame, frame):
                self.update(round(self.x_of(shown)) - 8, 0, 16, self.height())
            self._frame = frame

    def refresh(self) -> None:
        """Draw what is new in the tracks."""
        bands = max(1, min(len(self._tracks.targets), _MAX_BANDS)) if self._tracks else 1
        if bands != self._bands:
            self._bands = bands
            self.updateGeometry()
        self._redraw()

    def sizeHint(self) -> QSize:
        """As high as the bands need."""
        return QSize(400, _TOP + self._bands * (_BAND + 4) + 6)

    def minimumSizeHint(self) -> QSize:
        """The height is fixed, the width may shrink."""
        return QSize(200, self.sizeHint().height())

    # geometry
    @property
    def _strip(self) -> QRectF:
        height = self._bands * (_BAND + 4) - 4
        return QRectF(LEFT_MARGIN, _TOP, max(self.width() - LEFT_MARGIN - RIGHT_MARGIN, 1), height)

    def x_of(self, frame: float) -> float:
        """The pixel of a frame's middle."""
        strip = self._strip
        return strip.left() + (frame - self._first + 0.5) * strip.width() / (self._last - self._first + 1)

    def frame_at(self, x: float) -> int:
        """The frame under a pixel, within the range."""
        strip = self._strip
        share = (x - strip.left()) / strip.width()
        frame = self._first + int(share * (self._last - self._first + 1) // 1)
        return min(max(frame, self._first), self._last)

    # events
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Jump to the frame under the pointer."""
        if event.button() == Qt.MouseButton.LeftButton and self._seekable:
            self._dragging = True
            self.sought.emit(self.frame_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub, or say which frame is under the pointer."""
        frame = self.frame_at(event.position().x())
        if self._dragging:
            self.sought.emit(frame)
        elif self._seekable:
            QToolTip.showText(event.globalPosition().toPoint(), self._tip(frame), self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End scrubbing."""
        self._dragging = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave all keys to the window's actions."""
        event.ignore()

    def _tip(self, frame: int) -> str:
        lines = [self.tr("Frame {0}  ·  {1}").format(frame, clock(frame / self._fps))]
        if self._tracks is not None:
            for target in self._tracks.targets:
                columns, confidence, state = self._tracks.columns(target, frame, frame, 1)
                if len(columns):
                    lines.append(f"{target}: {state_word(STATES[state[0]])}  {confidence[0]:.0%}")
        return "\n".join(lines)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bands and events, kept as a picture, and the frame shown."""
        ratio = self.devicePixelRatioF()
        size = self.size() * ratio
        if self._picture is None or self._picture.size() != size:
            self._picture = QPixmap(size)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(QColor(self._theme.window))
            self._paint_picture(QPainter(self._picture))
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        self._paint_playhead(painter, self._strip)

    def _redraw(self) -> None:
        self._picture = None
        self.update()

    def _paint_picture(self, painter: QPainter) -> None:
        painter.setFont(self.font())
        strip = self._strip
        targets = self._tracks.targets[:_MAX_BANDS] if self._tracks else ()
        for row in range(self._bands):
            band = QRectF(strip.left(), strip.top() + row * (_BAND + 4), strip.width(), _BAND)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.raised))
            painter.drawRoundedRect(band, 3, 3)
            if row < len(targets):
                self._paint_band(painter, band, targets[row])
        if self._tracks is not None:
            self._paint_events(painter, strip)
        painter.end()

    def _paint_band(self, painter: QPainter, band: QRectF, target: int) -> None:
        assert self._tracks is not None
        frames = self._last - self._first + 1
        columns = max(1, min(int(band.width()), frames))
        where, confidence, state = self._tracks.columns(target, self._first, self._last, columns)
        pitch = band.width() / columns
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for code in set(state.tolist()):
            color = state_color_on(self._theme, STATES[code])
            full = STATES[code] in (TrackState.LOST, TrackState.ABSENT)
            mine = state == code
            ground = QColor(color)
            ground.setAlpha(150 if full else 60)
            for fill, heights in ((ground, None), (color, confidence[mine])):
                rects = []
                for i, column in enumerate(where[mine].tolist()):
                    height = band.height() if heights is None else max(float(heights[i]) * band.height(), 2.0)
                    left, right = round(column * pitch), round((column + 1) * pitch)
                    rects.append(QRectF(band.left() + left, band.bottom() - height, right - left, height))
                painter.setBrush(fill)
                painter.drawRects(rects)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(target_color_on(self._theme, target))
        room = QRectF(0, band.top() - 2, LEFT_MARGIN - 9, band.height() + 4)
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(target))

    def _paint_events(self, painter: QPainter, strip: QRectF) -> None:
        """A mark above the strip for each event: down for lost, up for found again, a diamond for a drawn box."""
        assert self._tracks is not None
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        y = strip.top() - 6
        shapes = {
            "lost": (TrackState.LOST, ((-4, -3), (4, -3), (0, 3.5))),
            "reacquired": (TrackState.TRACKED, ((-4, 3), (4, 3), (0, -3.5))),
            "manual": (TrackState.MANUAL, ((0, -4.2), (4.2, 0), (0, 4.2), (-4.2, 0))),
        }
        for event in self._tracks.events():
            if self._first <= event.frame <= self._last:
                state, corners = shapes[event.kind]
                painter.setBrush(state_color_on(self._theme, state))
                x = self.x_of(event.frame)
                painter.drawPolygon(QPolygonF([QPointF(x + dx, y + dy) for dx, dy in corners]))

    def _paint_playhead(self, painter: QPainter, strip: QRectF) -> None:
        if self._last <= self._first and not self._seekable:
            return
        x = self.x_of(self._frame)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(QColor(self._theme.text), 1.6))
        painter.drawLine(QPointF(x, strip.top() - 2), QPointF(x, strip.bottom() + 4))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.text))
        painter.drawEllipse(QPointF(x, strip.top() - 5), 4.6, 4.6)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(strip.adjusted(-3, -3, 3, 3), 4, 4)
