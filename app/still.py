"""A still of what the picture shows, at the source's own resolution: as pixels, or as an SVG with vector overlays."""

from __future__ import annotations

from pathlib import Path

import cv2
from PySide6.QtCore import QSize
from PySide6.QtGui import QFont, QImage, QPainter

from app import overlays
from app.canvas_view import View
from app.color_bar import paint_color_bar
from app.overlays import OverlayOptions, Scene
from app.picture_file import write_picture
from engine.types import Frame

_USUAL = 1000.0  # pixels of the larger side at which lines and letters have the size they have in the window


def still_image(frame: Frame, scene: Scene, options: OverlayOptions | None, font: QFont) -> QImage:
    """The frame with its overlays as an image of the frame's size; without options there are no overlays."""
    image = _picture(frame)
    painter = QPainter(image)
    _paint(painter, frame, scene, options, font)
    painter.end()
    return image


def save_still(path: Path, frame: Frame, scene: Scene, options: OverlayOptions | None, font: QFont) -> None:
    """Write the still as PNG or SVG, by the name's ending. Raises FormatError if it cannot be written."""

    def paint(painter: QPainter) -> None:
        painter.drawImage(0, 0, _picture(frame))
        _paint(painter, frame, scene, options, font)

    write_picture(path, QSize(*frame.size), paint, lambda: still_image(frame, scene, options, font))


def _paint(painter: QPainter, frame: Frame, scene: Scene, options: OverlayOptions | None, font: QFont) -> None:
    if options is None:
        return
    width, height = frame.size
    grow = max(max(width, height) / _USUAL, 1.0)
    room = (round(width / grow), round(height / grow))
    view = View(image=(width, height), canvas=room, scale=1 / grow)
    painter.scale(grow, grow)
    overlays.paint(painter, view, scene, options, font)
    if options.heatmap and scene.attention is not None:
        paint_color_bar(painter, view, options.colormap, font)  # in the window it is beside the picture


def _picture(frame: Frame) -> QImage:
    pixels = cv2.cvtColor(frame.image, cv2.COLOR_BGR2BGRA)
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
