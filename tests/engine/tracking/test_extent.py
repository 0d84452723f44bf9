import pytest

from engine.config import SearchConfig
from engine.tracking.extent import MAX_SIDE, MIN_SIDE, MOST, Extent
from engine.types import Box

FIRST = Box(10, 10, 40, 20)


def test_the_size_goes_part_of_the_way():
    extent = Extent(FIRST, SearchConfig(aspect_anchor=0.0))
    assert extent.step(FIRST, Box(0, 0, 48, 28), 0.5) == pytest.approx((44, 24))


def test_the_shape_is_drawn_back_and_the_area_kept():
    extent = Extent(FIRST, SearchConfig(aspect_anchor=0.5))
    w, h = extent.step(FIRST, Box(0, 0, 25, 32), 1.0)
    assert w * h == pytest.approx(800)
    assert 25 / 32 < w / h < 2


def test_what_hides_step_by_step_does_not_shrink_away():
    extent, box = Extent(FIRST, SearchConfig(aspect_anchor=0.0)), FIRST
    for _ in range(30):
        w, h = extent.step(box, Box(0, 0, 0.8 * box.w, 0.8 * box.h), 1.0)
        box = Box(0, 0, w, h)
    assert (box.w, box.h) == pytest.approx((40 / MOST, 20 / MOST))


def test_what_is_sure_may_grow_on():
    extent, box = Extent(FIRST, SearchConfig()), FIRST
    for _ in range(10):
        w, h = extent.step(box, Box(0, 0, 1.2 * box.w, 1.2 * box.h), 1.0)
        box = Box(0, 0, w, h)
        extent.trust(box)
    assert box.w == pytest.approx(40 * 1.2**10)
    assert extent.around((100, 50)) == Box(100 - box.w / 2, 50 - box.h / 2, box.w, box.h)


def test_the_box_goes_all_the_way_and_its_size_a_part():
    box = Extent(FIRST, SearchConfig(aspect_anchor=0.0)).follow(FIRST, Box(100, 60, 48, 28), 0.5, (640, 480))
    assert box.center == pytest.approx((124, 74))
    assert (box.w, box.h) == pytest.approx((44, 24))


@pytest.mark.parametrize("found", [Box(5, 5, 1, 1), Box(-500, -500, 2000, 2000), Box(60, 40, 900, 2)])
def test_the_box_stays_in_the_frame_neither_tiny_nor_all_of_it(found):
    extent = Extent(FIRST, SearchConfig())
    extent.trust(found)
    box = extent.follow(found, found, 1.0, (80, 60))
    assert MIN_SIDE <= box.w <= MAX_SIDE * 80 and MIN_SIDE <= box.h <= MAX_SIDE * 60
    assert box.x >= 0 and box.y >= 0 and box.x + box.w <= 80 and box.y + box.h <= 60
