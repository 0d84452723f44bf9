"""The colour bar of the heatmap: its colours from no attention to full, in the panel and on stills."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QLinearGradient, QPainter

from app.canvas_view import View
from app.palette import INK, PLATE
from engine.style import heat_table

_STEPS = 20
_WIDTH, _HEIGHT, _GAP = 110.0, 8.0, 8.0


def heat_gradient(colormap: str) -> QLinearGradient:
    """The colours of attention 0 to 1; low attention is clear, as on the picture."""
    table = heat_table(1.0, colormap)
    gradient = QLinearGradient()
    for step in range(_STEPS + 1):
        red, green, blue, alpha = (int(v) for v in table[round(255 * step / _STEPS)])
        gain = 255.0 / max(alpha, 1)
        color = QColor(*(min(round(channel * gain), 255) for channel in (red, green, blue)), alpha)
        gradient.setColorAt(step / _STEPS, color)
    return gradient


def paint_color_bar(painter: QPainter, view: View, colormap: str, font: QFont) -> None:
    """Paint the bar on a plate in the lower right corner of what is seen of the picture."""
    bold = QFont(font)
    bold.setBold(True)
    metrics = QFontMetricsF(bold)
    low, high = QCoreApplication.translate("HeatLegend", "attention 0"), "1"
    words = metrics.horizontalAdvance(low), metrics.horizontalAdvance(high)
    plate = QRectF(0, 0, sum(words) + _WIDTH + 4 * _GAP, metrics.height() + 8)
    corner = view.picture
    plate.moveBottomRight(QPointF(corner.x + corner.w - 10, corner.y + corner.h - 10))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PLATE)
    painter.drawRoundedRect(plate, 4, 4)
    left = plate.left() + _GAP + words[0] + _GAP
    gradient = heat_gradient(colormap)
    gradient.setStart(left, 0)
    gradient.setFinalStop(left + _WIDTH, 0)
    painter.setBrush(gradient)
    painter.drawRect(QRectF(left, plate.center().y() - _HEIGHT / 2, _WIDTH, _HEIGHT))
    painter.setFont(bold)
    painter.setPen(INK)
    baseline = plate.center().y() + (metrics.ascent() - metrics.descent()) / 2
    painter.drawText(QPointF(plate.left() + _GAP, baseline), low)
    painter.drawText(QPointF(left + _WIDTH + _GAP, baseline), high)
