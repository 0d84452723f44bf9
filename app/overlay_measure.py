"""Scale bar and axes over the picture, where the user has said what a pixel is worth."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from app.canvas_view import View
from app.palette import INK, PLATE
from engine.calibration import PIXELS, Calibration

_BAR_PX = 110.0  # about so long is the scale bar
_ARROW_PX = 46.0
_X, _Y = QColor("#ff8a5c"), QColor("#8fd3ff")


def paint_measure(painter: QPainter, view: View, calibration: Calibration, font: QFont) -> None:
    """Paint the scale bar in the corner of what is seen of the picture, and the axes at the origin."""
    if calibration == PIXELS:
        return
    painter.save()
    painter.setFont(font)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    _paint_axes(painter, view, calibration, font)
    if calibration.scaled:
        _paint_bar(painter, view, calibration, font)
    painter.restore()


def bar_length(units_per_canvas_px: float) -> float:
    """A round length (1, 2 or 5 times a power of ten) that is about as long as the bar shall be."""
    wanted = _BAR_PX * units_per_canvas_px
    power = 10.0 ** math.floor(math.log10(wanted))
    return max((step for step in (1.0, 2.0, 5.0) if step * power <= wanted), default=1.0) * power


def _paint_bar(painter: QPainter, view: View, calibration: Calibration, font: QFont) -> None:
    length = bar_length(calibration.units_per_px / view.scale)
    width = length / calibration.units_per_px * view.scale
    picture = view.picture
    left, bottom = max(picture.x, 0.0) + 14, min(picture.y + picture.h, view.canvas[1]) - 14
    text = f"{length:g} {calibration.unit}"
    metrics = QFontMetricsF(font)
    plate = QRectF(0, 0, max(width, metrics.horizontalAdvance(text)) + 20, metrics.height() + 18)
    plate.moveBottomLeft(QPointF(left, bottom))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PLATE)
    painter.drawRoundedRect(plate, 4, 4)
    painter.setPen(QPen(INK, 2.0))
    x, y = plate.center().x() - width / 2, plate.bottom() - 8
    painter.drawLine(QPointF(x, y), QPointF(x + width, y))
    for end in (x, x + width):
        painter.drawLine(QPointF(end, y - 4), QPointF(end, y + 4))
    painter.drawText(plate.adjusted(0, 2, 0, -12), Qt.AlignmentFlag.AlignCenter, text)


def _paint_axes(painter: QPainter, view: View, calibration: Calibration, font: QFont) -> None:
    origin = QPointF(*view.to_canvas(*calibration.origin))
    upwards = -1.0 if calibration.y_up else 1.0
    for name, color, direction in (("x", _X, np.array([1.0, 0.0])), ("y", _Y, np.array([0.0, upwards]))):
        tip = origin + QPointF(*(direction * _ARROW_PX))
        side = QPointF(*(direction[::-1] * 4.0))
        back = QPointF(*(direction * 8.0))
        for pen in (QPen(QColor(0, 0, 0, 150), 4.0), QPen(color, 2.0)):
            painter.setPen(pen)
            painter.drawLine(origin, tip - back)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(QPolygonF([tip, tip - back + side, tip - back - side]))
        painter.setPen(color)
        label = QRectF(0, 0, 14, QFontMetricsF(font).height())
        label.moveCenter(tip + QPointF(*(direction * 9.0)))
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, name)
    painter.setPen(QPen(QColor(0, 0, 0, 150), 1.0))
    painter.setBrush(INK)
    painter.drawEllipse(origin, 3.5, 3.5)
