"""A frame's pixels as the screen wants them, made once for each size they are shown at rather than with every paint."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QImage, QPainter

_SHARP = 3.0
"""Screen pixels a picture pixel from which on the user wants to see the pixels, not smooth ones."""
_LARGEST = 1.5
"""How much larger than the room a picture may be that is scaled as a whole, most of it for nothing."""


class ScreenPixels:
    """One frame, ``(H, W, 3)`` BGR."""

    def __init__(self, image: NDArray[np.uint8]) -> None:
        self._image = image
        self._whole: NDArray[np.uint8] | None = None
        self._scaled: NDArray[np.uint8] | None = None

    def paint(self, painter: QPainter, inside: QRectF, room: QRectF, ratio: float) -> None:
        """Paint the frame ``inside`` a rectangle, of which ``room`` is seen; ``ratio``: device pixels a unit."""
        scale = inside.width() / self._image.shape[1]
        if scale >= _SHARP or inside.width() * inside.height() > _LARGEST * room.width() * room.height():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < _SHARP)
            painter.drawImage(inside, _as_image(self._all()))
            return
        left, top = round(inside.left() * ratio), round(inside.top() * ratio)
        wide, high = round(inside.right() * ratio) - left, round(inside.bottom() * ratio) - top
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        painter.drawImage(QPoint(left, top), _as_image(self._sized(max(wide, 1), max(high, 1))))
        painter.restore()

    def _all(self) -> NDArray[np.uint8]:
        if self._whole is None:
            self._whole = _with_fourth(self._image)
        return self._whole

    def _sized(self, width: int, height: int) -> NDArray[np.uint8]:
        if self._scaled is None or self._scaled.shape[:2] != (height, width):
            self._scaled = scaled(self._image, width, height)
        return self._scaled


def scaled(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """The frame as ``(height, width, 4)`` BGRA; halved until the rest of the way is short, so that nothing flickers."""
    while image.shape[1] >= 2 * width and image.shape[0] >= 2 * height:
        half = (max(image.shape[1] // 2, 1), max(image.shape[0] // 2, 1))
        image = np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    pixels = _with_fourth(image)
    if pixels.shape[:2] == (height, width):
        return pixels
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _with_fourth(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2BGRA), dtype=np.uint8)


def _as_image(pixels: NDArray[np.uint8]) -> QImage:
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
