"""Saving a plot or a panel as a picture: what it shows, with a line above it that says what that is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from app.picture_file import with_ending, write_picture
from app.theme import Theme

_PIXELS = 2  # of a PNG for each of the screen, for print
_MARGIN = 12.0


def save_titled(
    path: str, title: str, inside: QSize, draw: Callable[[QPainter, QRectF], None], theme: Theme, font: QFont
) -> Path:
    """Write a picture with a title as PNG or SVG, by the name's ending; returns where to.

    Args:
        path: Its name.
        title: What it is of; cut where it is too long.
        inside: Width and height of what is drawn below the title.
        draw: Draws it into this rectangle.
        theme: The colours around it.
        font: Of the title.

    Raises:
        FormatError: it cannot be written.
    """
    metrics = QFontMetricsF(font)
    top = metrics.height() + _MARGIN
    size = QSize(inside.width(), round(inside.height() + top))

    def paint(painter: QPainter) -> None:
        painter.fillRect(QRectF(0, 0, size.width(), size.height()), QColor(theme.window))
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        room = size.width() - 2 * _MARGIN
        painter.drawText(
            QPointF(_MARGIN, top - _MARGIN / 2), metrics.elidedText(title, Qt.TextElideMode.ElideMiddle, room)
        )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw(painter, QRectF(0, top, inside.width(), inside.height()))

    def image() -> QImage:
        made = QImage(size * _PIXELS, QImage.Format.Format_RGB32)
        painter = QPainter(made)
        painter.scale(_PIXELS, _PIXELS)
        paint(painter)
        painter.end()
        return made

    found = with_ending(path)
    write_picture(found, size, paint, image)
    return found
