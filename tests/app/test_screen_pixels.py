"""Frames on the screen: where their edges lie, and what they look like smaller and larger."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from app.screen_pixels import ScreenPixels, scaled

ROOM = QRectF(0, 0, 60, 50)


def painted(image, inside, ratio=1.0):
    canvas = QImage(round(60 * ratio), round(50 * ratio), QImage.Format.Format_RGB32)
    canvas.setDevicePixelRatio(ratio)
    canvas.fill(Qt.GlobalColor.black)
    painter = QPainter(canvas)
    ScreenPixels(image).paint(painter, inside, ROOM, ratio)
    painter.end()
    return np.array(canvas.constBits()).reshape(canvas.height(), canvas.width(), 4)[..., :3]


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_a_frame_lies_on_whole_pixels_of_the_screen(qapp, ratio):
    white = np.full((30, 40, 3), 255, np.uint8)
    seen = painted(white, QRectF(4.0, 8.0, 48.0, 36.0), ratio)
    rows, columns = np.flatnonzero(seen.any((1, 2))), np.flatnonzero(seen.any((0, 2)))
    assert (columns[0], columns[-1]) == (round(4 * ratio), round(52 * ratio) - 1)
    assert (rows[0], rows[-1]) == (round(8 * ratio), round(44 * ratio) - 1)
    assert seen[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].min() == 255


def test_colours_and_sides_stay_what_they_are(qapp):
    image = np.zeros((20, 40, 3), np.uint8)
    image[:, :20] = (255, 0, 0)
    image[:10, 20:] = (0, 0, 200)
    seen = painted(image, QRectF(0, 0, 60, 30))
    assert seen[15, 10].tolist() == [255, 0, 0] and seen[5, 50].tolist() == [0, 0, 200]
    assert seen[25, 50].tolist() == [0, 0, 0]


def test_what_is_much_larger_than_the_room_shows_its_pixels(qapp):
    image = np.zeros((20, 40, 3), np.uint8)
    image[0, 1] = 255
    seen = painted(image, QRectF(-5, 0, 400, 200))  # ten to one
    assert (seen[:10, 5:15] == 255).all() and not seen[:, :5].any() and not seen[:, 15:].any()


@pytest.mark.parametrize("size", [(40, 30), (90, 67), (17, 13), (8, 6), (1, 1)])
def test_scaling_keeps_the_brightness(size):
    stripes = np.zeros((120, 160, 3), np.uint8)
    stripes[:, ::2] = 200
    small = scaled(stripes, *size)
    assert small.shape == (size[1], size[0], 4)
    assert abs(small[..., :3].mean() - 100) < 12
