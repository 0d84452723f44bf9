"""Saving a plot as a picture: what it shows, with a line above it that says what that is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QFileDialog, QGraphicsView, QWidget

from app.picture_file import with_ending, write_picture
from app.theme import Theme

_PIXELS = 2  # of a PNG for each of the screen, for print
_MARGIN = 12.0


def ask_plot_path(parent: QWidget, suggested: str) -> str:
    """The PNG or SVG the user wants to save, or an empty text."""
    title = QCoreApplication.translate("PlotsPanel", "Save plot")
    path, kind = QFileDialog.getSaveFileName(parent, title, suggested, "PNG (*.png);;SVG (*.svg)")
    return path + ".svg" if path and not Path(path).suffix and "svg" in kind else path


def save_plot(path: str, plot: QGraphicsView, title: str, theme: Theme, font: QFont) -> Path:
    """Write the plot as PNG or SVG, by the name's ending; returns where to. Raises FormatError if that fails."""
    inside = plot.viewport().rect()
    top = QFontMetricsF(font).height() + _MARGIN
    size = QSize(inside.width(), round(inside.height() + top))

    def paint(painter: QPainter) -> None:
        painter.fillRect(QRectF(0, 0, size.width(), size.height()), QColor(theme.window))
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        painter.drawText(QPointF(_MARGIN, top - _MARGIN / 2), title)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plot.render(painter, QRectF(0, top, inside.width(), inside.height()), inside)

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
