"""The scrubber: bands of confidence by state, keyframes, events, in and out points, and the frame shown."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import timeline_paint as paint
from app.in_out import InOut
from app.palette import state_word
from app.theme import DARK, Theme
from app.time_view import TimeView
from app.tracks import Tracks, clock
from engine.track_log import STATES

LEFT_MARGIN = 54
RIGHT_MARGIN = 16
"""Room beside the strip, the same as beside the plot below it."""
_TOP = 15
_BELOW = 10
_MAX_BANDS = 8
_HIGH, _LOW = 16, 11  # of a band, with few and with many targets
_FEW = 3
_GAP = 4
_REACH = 6.0  # pixels around a mark that take hold of it
_WHEEL = 1.3
_WHEEL_PAN = 0.1  # of what is shown


class Timeline(QWidget):
    """Shows frames of the source and what is known of them.

    Signals: ``sought`` (the frame the user points at), ``view_changed`` (other frames are shown: zoomed or moved),
    ``hovered`` (the frame under the pointer and its pixel in this widget; -1 when there is none).
    """

    sought = Signal(int)
    view_changed = Signal()
    hovered = Signal(int, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._tracks: Tracks | None = None
        self._in_out = InOut(self)
        self._frame, self._fps = 0, 30.0
        self._seekable = False
        self._bands = 1
        self._grip = ""  # what is being dragged: frame, first, last, or pan
        self._pan_x = 0.0
        self._picture: QPixmap | None = None  # all but the playhead, drawn anew only when it changes
        self._view = TimeView()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Timeline"))
        self.setAccessibleDescription(
            self.tr("Click or drag to go to a frame, turn the wheel to zoom; the bands show how sure the track is")
        )

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of the look."""
        self._theme = theme
        self._redraw()

    def set_tracks(self, tracks: Tracks | None) -> None:
        """Whose confidence is shown."""
        self._tracks = tracks
        self.refresh()

    def set_in_out(self, in_out: InOut) -> None:
        """Which in and out points are shown and dragged."""
        self._in_out = in_out
        in_out.changed.connect(self._redraw)
        self._redraw()

    def set_range(self, first: int, last: int, fps: float, seekable: bool) -> None:
        """The frames there are."""
        if (fps, seekable) != (self._fps, self._seekable):
            self._fps, self._seekable = fps, seekable
            self._redraw()
        self._set_view(self.view.with_range(first, last))

    def set_frame(self, frame: int) -> None:
        """The frame that is shown; the view follows it."""
        if frame != self._frame:
            if not self._grip:
                self._set_view(self.view.following(frame))
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

    def zoom(self, factor: float) -> None:
        """Show fewer frames around the one that is shown, or more for a factor below 1."""
        self._set_view(self.view.zoomed(factor, self.x_of(self._frame)))

    def show_all(self) -> None:
        """Show all frames."""
        self._set_view(self.view.whole())

    def sizeHint(self) -> QSize:
        """As high as the bands need."""
        return QSize(400, _TOP + round(self._strip.height()) + _BELOW)

    def minimumSizeHint(self) -> QSize:
        """The height is fixed, the width may shrink."""
        return QSize(200, self.sizeHint().height())

    # geometry
    @property
    def _strip(self) -> QRectF:
        height = self._bands * (self._band_height + _GAP) - _GAP
        return QRectF(LEFT_MARGIN, _TOP, max(self.width() - LEFT_MARGIN - RIGHT_MARGIN, 1), height)

    @property
    def _band_height(self) -> int:
        return _HIGH if self._bands <= _FEW else _LOW

    def _band(self, row: int) -> QRectF:
        strip, height = self._strip, self._band_height
        return QRectF(strip.left(), strip.top() + row * (height + _GAP), strip.width(), height)

    @property
    def view(self) -> TimeView:
        """Which frames are shown, and where."""
        strip = self._strip
        return self._view.with_room(strip.left(), strip.width())

    def x_of(self, frame: float) -> float:
        """The pixel of a frame's middle."""
        return self.view.x_of(frame)

    def frame_at(self, x: float) -> int:
        """The frame under a pixel, of those that are shown."""
        return self.view.frame_at(x)

    def _set_view(self, view: TimeView) -> None:
        before, self._view = self.view, view
        if view != before:
            self._redraw()
            if (view.start, view.end) != (before.start, before.end):
                self.view_changed.emit()

    def _grip_at(self, x: float, y: float) -> str:
        for name, frame, outwards in (("first", self._in_out.first, -1), ("last", self._in_out.last, 1)):
            if frame is not None and y <= _TOP and self.view.shows(frame):
                flag = paint.edge_of(self.view, frame, outwards) - 4 * outwards
                if abs(x - flag) <= _REACH + 2:
                    return name
        return "frame"

    def _snapped(self, x: float, y: float) -> int:
        """The keyframe under the pointer, or else the frame."""
        for row, target in enumerate(self._shown_targets()):
            if self._tracks is not None and self._band(row).top() <= y <= self._band(row).bottom():
                near = min(self._tracks.keyframes(target), key=lambda k: abs(self.x_of(k) - x), default=None)
                if near is not None and self.view.shows(near) and abs(self.x_of(near) - x) <= _REACH:
                    return near
        return self.frame_at(x)

    def _shown_targets(self) -> tuple[int, ...]:
        return self._tracks.targets[:_MAX_BANDS] if self._tracks else ()

    # events
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of an in or out point, move the view, or jump to the frame under the pointer."""
        if not self._seekable:
            return
        x, y = event.position().x(), event.position().y()
        if event.button() == Qt.MouseButton.MiddleButton:
            self._grip, self._pan_x = "pan", x
        elif event.button() == Qt.MouseButton.LeftButton:
            self._grip = self._grip_at(x, y)
            if self._grip == "frame":
                self.sought.emit(self._snapped(x, y))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag what was taken hold of, or say which frame is under the pointer."""
        x, y = event.position().x(), event.position().y()
        frame = self.frame_at(x)
        if self._grip == "frame":
            self.sought.emit(frame)
        elif self._grip == "first":
            self._in_out.set_first(frame)
        elif self._grip == "last":
            self._in_out.set_last(frame)
        elif self._grip == "pan":
            frames = round((self._pan_x - x) / self.view.pitch)
            if frames:
                self._pan_x = x
                self._set_view(self.view.panned(frames))
        else:
            on_flag = self._seekable and self._grip_at(x, y) != "frame"
            self.setCursor(Qt.CursorShape.SizeHorCursor if on_flag else Qt.CursorShape.ArrowCursor)
        self._hover(x)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grip = ""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show all frames."""
        self.show_all()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer; with Shift, or sideways, move along."""
        turned = event.angleDelta()
        sideways = turned.x() or (turned.y() if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0)
        if sideways:
            frames = max(round(_WHEEL_PAN * self.view.shown), 1)
            self._set_view(self.view.panned(-frames if sideways > 0 else frames))
        elif turned.y():
            self._set_view(self.view.zoomed(_WHEEL ** (turned.y() / 120.0), event.position().x()))
        self._hover(event.position().x())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is gone."""
        self.hovered.emit(-1, 0.0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave all keys to the window's actions."""
        event.ignore()

    def _hover(self, x: float) -> None:
        dragged = self._grip == "frame"  # the picture itself goes along
        if self._seekable and not dragged and self._strip.left() <= x <= self._strip.right():
            self.hovered.emit(self.frame_at(x), x)
        else:
            self.hovered.emit(-1, 0.0)

    def words_at(self, frame: int) -> list[str]:
        """What is known of a frame, a line each: its number and time, then each target's state."""
        lines = [self.tr("Frame {0}  ·  {1}").format(frame, clock(frame / self._fps))]
        for target in self._shown_targets():
            assert self._tracks is not None
            columns, confidence, state = self._tracks.columns(target, frame, frame, 1)
            if len(columns):
                lines.append(f"{target}: {state_word(STATES[state[0]])}  {confidence[0]:.0%}")
        return lines

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is kept as a picture, and the frame shown."""
        ratio = self.devicePixelRatioF()
        size = self.size() * ratio
        if self._picture is None or self._picture.size() != size:
            self._picture = QPixmap(size)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(QColor(self._theme.window))
            self._paint_picture(QPainter(self._picture))
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        strip = self._strip
        if self.view.shows(self._frame) and (self.view.last > self.view.first or self._seekable):
            paint.paint_playhead(painter, strip, self.x_of(self._frame), self._theme)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(strip.adjusted(-3, -3, 3, 3), 4, 4)

    def _redraw(self) -> None:
        self._picture = None
        self.update()

    def _paint_picture(self, painter: QPainter) -> None:
        painter.setFont(self.font())
        targets, strip, theme = self._shown_targets(), self._strip, self._theme
        for row in range(self._bands):
            band = self._band(row)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.raised))
            painter.drawRoundedRect(band, 3, 3)
            if row < len(targets) and self._tracks is not None:
                paint.paint_band(painter, band, self.view, self._tracks, targets[row], theme)
                paint.paint_keyframes(painter, band, self.view, self._tracks, targets[row], theme)
                number = self._tracks.color_number(targets[row])
                paint.paint_number(painter, band, LEFT_MARGIN - 9, number, str(targets[row]), theme)
        if self._tracks is not None:
            paint.paint_events(painter, strip.top() - 7, self.view, self._tracks, theme)
        paint.paint_in_out(painter, strip, self.view, self._in_out, theme)
        paint.paint_overview(painter, strip, self.view, theme)
        painter.end()
