import numpy as np
import pytest

from engine.painting import hole, paint_out
from engine.testing import textured_image
from engine.types import Box


def test_the_target_is_gone_and_the_rest_is_untouched():
    box = Box(100, 80, 90, 60)  # larger than what is filled at full size
    image = np.full((240, 320, 3), 0, np.uint8)
    image[:] = np.linspace(60, 180, 320).astype(np.uint8)[None, :, None]
    ground = image.copy()
    image[80:140, 100:190] = textured_image(0)[:60, :90] // 4
    painted = paint_out(image, box)
    gone = hole(box)
    y, x = np.mgrid[0:240, 0:320]
    inside = (x >= gone.x - 1) & (x <= gone.x + gone.w) & (y >= gone.y - 1) & (y <= gone.y + gone.h)
    np.testing.assert_array_equal(painted[~inside], image[~inside])
    assert np.abs(painted.astype(int) - ground).max() < 25
    assert np.abs(image.astype(int) - ground).max() > 60
    assert not np.shares_memory(painted, image)


@pytest.mark.parametrize(
    "box", [Box(-10, -10, 40, 30), Box(300, 220, 60, 60), Box(-100, -100, 20, 20), Box(0, 0, 320, 240)]
)
def test_boxes_at_and_beyond_the_edge(box):
    image = textured_image(0)
    painted = paint_out(image, box)
    assert painted.shape == image.shape and painted.dtype == np.uint8
    outside = box.x + box.w < 0
    assert np.array_equal(painted, image) == outside


def test_the_margin_is_never_less_than_three_pixels():
    assert hole(Box(50, 50, 4, 100)) == Box(47, 35, 10, 130)
