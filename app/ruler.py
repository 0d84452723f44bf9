"""A ruler laid over the picture: drag a line of known length, or click where the origin shall be."""

from __future__ import annotations

import math
from enum import Enum

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.canvas import Canvas
from app.palette import INK, PLATE
from engine.calibration import SHORTEST_PX

Point = tuple[float, float]
_TICK = 7.0


class Measuring(Enum):
    """What the ruler is out for."""

    LENGTH = "length"
    ORIGIN = "origin"


class Ruler(QWidget):
    """Covers the canvas while it is out and takes its mouse; the wheel still zooms.

    Signals: ``measured`` (two image points), ``pointed`` (an image point), ``changed`` (it was taken out or put away).
    """

    measured = Signal(object, object)
    pointed = Signal(object)
    changed = Signal()

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.mode: Measuring | None = None
        self._start: Point | None = None
        self._end: Point | None = None
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Ruler"))
        canvas.installEventFilter(self)
        canvas.view_changed.connect(self.update)
        self.hide()

    def take(self, mode: Measuring) -> None:
        """Lay the ruler over the picture."""
        self.mode, self._start, self._end = mode, None, None
        self.resize(self._canvas.size())
        self.show()
        self.raise_()
        self.changed.emit()

    def cancel(self) -> bool:
        """Put it away; says whether it was out."""
        out = self.mode is not None
        self.mode = self._start = self._end = None
        self.hide()
        if out:
            self.changed.emit()
        return out

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the canvas."""
        if event.type() == QEvent.Type.Resize:
            self.resize(self._canvas.size())
        return False

    # events
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin the line."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._start = self._end = self._image_point(event)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the line; with Shift it is level or upright."""
        if self._start is not None:
            self._end = self._straightened(self._image_point(event), event)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the line, or take the point."""
        if event.button() != Qt.MouseButton.LeftButton or self._start is None:
            return
        start, end, mode = self._start, self._straightened(self._image_point(event), event), self.mode
        if mode is Measuring.ORIGIN:
            self.cancel()
            self.pointed.emit(end)
        elif math.dist(start, end) >= SHORTEST_PX:
            self.cancel()
            self.measured.emit(start, end)
        else:  # a mere click: the line is still to be drawn
            self._start = self._end = None
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave zooming to the canvas."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line with its length in pixels."""
        if self._start is None or self._end is None or self.mode is not Measuring.LENGTH:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        view = self._canvas.view
        a, b = QPointF(*view.to_canvas(*self._start)), QPointF(*view.to_canvas(*self._end))
        length = math.hypot(b.x() - a.x(), b.y() - a.y())
        across = QPointF(0, _TICK) if length < 1 else QPointF(-(b.y() - a.y()), b.x() - a.x()) * (_TICK / length)
        for color, width in ((QColor(0, 0, 0, 170), 4.0), (INK, 1.8)):
            painter.setPen(QPen(color, width, c=Qt.PenCapStyle.RoundCap))
            painter.drawLine(a, b)
            for end in (a, b):
                painter.drawLine(end - across, end + across)
        text = self.tr("{0:.1f} px").format(math.dist(self._start, self._end))
        metrics = QFontMetricsF(self.font())
        plate = QRectF(0, 0, metrics.horizontalAdvance(text) + 14, metrics.height() + 4)
        plate.moveCenter((a + b) / 2 + QPointF(0, 20))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(PLATE)
        painter.drawRoundedRect(plate, 4, 4)
        painter.setPen(INK)
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)

    def _image_point(self, event: QMouseEvent) -> Point:
        width, height = self._canvas.view.image
        x, y = self._canvas.view.to_image(event.position().x(), event.position().y())
        return min(max(x, 0.0), float(width)), min(max(y, 0.0), float(height))

    def _straightened(self, end: Point, event: QMouseEvent) -> Point:
        if self._start is None or not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            return end
        dx, dy = end[0] - self._start[0], end[1] - self._start[1]
        return (end[0], self._start[1]) if abs(dx) >= abs(dy) else (self._start[0], end[1])
