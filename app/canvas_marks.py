"""What the canvas paints beside picture and overlays: its margins, the box being drawn and the grips."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QRegion

from app.canvas_view import View
from app.palette import INK, MANUAL, PLATE
from engine.types import Box

_VEIL = QColor(0, 0, 0, 90)
_FEW_PX = 40.0  # a smaller box has grips at its corners only


def paint_margins(painter: QPainter, area: QRect, picture: QRectF, color: QColor) -> None:
    """Paint what the picture leaves free of the area; filling what it covers anyway would be time lost."""
    covered = picture.toRect().adjusted(1, 1, -1, -1)  # less its edge, which may lie between pixels
    for margin in QRegion(area).subtracted(QRegion(covered)):
        painter.fillRect(margin, color)


def paint_rubber(painter: QPainter, view: View, box: Box, area: QRect, font: QFont) -> None:
    """Paint the box being drawn with its size in pixels, the rest of the area dimmed."""
    shown = view.box_to_canvas(box)
    rect, full = QRectF(shown.x, shown.y, shown.w, shown.h), QRectF(area)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(QRectF(full.left(), full.top(), full.width(), rect.top()), _VEIL)
    painter.fillRect(QRectF(full.left(), rect.bottom(), full.width(), full.bottom() - rect.bottom()), _VEIL)
    painter.fillRect(QRectF(full.left(), rect.top(), rect.left(), rect.height()), _VEIL)
    painter.fillRect(QRectF(rect.right(), rect.top(), full.right() - rect.right(), rect.height()), _VEIL)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((QColor(0, 0, 0, 160), 3.5), (INK, 1.5)):
        painter.setPen(QPen(color, width))
        painter.drawRect(rect)
    _paint_size(painter, rect, f"{box.w:.0f} × {box.h:.0f}", full, font)


def _paint_size(painter: QPainter, rect: QRectF, text: str, full: QRectF, font: QFont) -> None:
    """Write on a plate below the right corner, or inside where there is no room."""
    metrics = QFontMetricsF(font)
    plate = QRectF(0, 0, metrics.horizontalAdvance(text) + 12, metrics.height() + 4)
    plate.moveTo(max(rect.right() - plate.width(), 2.0), rect.bottom() + 5)
    if plate.bottom() > full.bottom():
        plate.moveBottom(rect.bottom() - 4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PLATE)
    painter.drawRoundedRect(plate, 4, 4)
    painter.setPen(INK)
    painter.setFont(font)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def paint_adjusted(painter: QPainter, view: View, box: Box, area: QRect, font: QFont) -> None:
    """Paint the box that is moved and resized by keys, with its place and size."""
    shown = view.box_to_canvas(box)
    rect = QRectF(shown.x, shown.y, shown.w, shown.h)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((QColor(0, 0, 0, 170), 4.5), (MANUAL, 2.0)):
        painter.setPen(QPen(color, width))
        painter.drawRect(rect)
    paint_grips(painter, view, box)
    _paint_size(painter, rect, f"{box.x:.0f}, {box.y:.0f}  ·  {box.w:.0f} × {box.h:.0f}", QRectF(area), font)


def paint_grips(painter: QPainter, view: View, box: Box) -> None:
    """Paint the grips by which the selected box can be resized."""
    shown = view.box_to_canvas(box)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(QColor(0, 0, 0, 170), 1.0))
    painter.setBrush(INK)
    steps = (0.0, 1.0) if min(shown.w, shown.h) < _FEW_PX else (0.0, 0.5, 1.0)
    for i in steps:
        for j in steps:
            if not i == j == 0.5:
                painter.drawEllipse(QPointF(shown.x + i * shown.w, shown.y + j * shown.h), 3.6, 3.6)
