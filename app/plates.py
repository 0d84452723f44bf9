"""Short texts on dark plates, readable on any picture."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from app.palette import INK, PLATE


def plate_text(
    painter: QPainter, at: QPointF, text: str, color: QColor, font: QFont, within: QRectF | None = None
) -> None:
    """Text on a dark plate with a coloured edge."""
    paint_plate(painter, plate_at(at, text, font, within), text, color, font)


def plate_at(at: QPointF, text: str, font: QFont, within: QRectF | None) -> QRectF:
    """Where a plate goes for this text, moved left where it would leave ``within``."""
    metrics = QFontMetricsF(font)
    width, height = metrics.horizontalAdvance(text) + 16, metrics.height() + 6
    x = at.x() if within is None else max(min(at.x(), within.right() - width - 2), within.left() + 2)
    return QRectF(x, at.y(), width, height)


def paint_plate(painter: QPainter, rect: QRectF, text: str, color: QColor, font: QFont) -> None:
    """Paint a plate with its text."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PLATE)
    painter.drawRoundedRect(rect, 4.0, 4.0)
    painter.setBrush(color)
    painter.drawRoundedRect(QRectF(rect.left(), rect.top(), 4.0, rect.height()), 2.0, 2.0)
    painter.setFont(font)
    painter.setPen(INK)
    painter.drawText(rect.adjusted(10, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
