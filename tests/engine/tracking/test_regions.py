import numpy as np
import pytest

from engine.config import AttentionConfig
from engine.geometry import iou
from engine.tracking.regions import (
    BRIGHT,
    MOST_CHANGE,
    Region,
    bright,
    find_regions,
    nearby,
    region_proposals,
    sized_like,
)
from engine.types import AttentionMap, Box


def blob_map(*cells, shape=(48, 80), value=0.9):
    values = np.zeros(shape, np.float32)
    for x, y, w, h in cells:
        values[y : y + h, x : x + w] = value
    return values


def test_region_of_a_rectangle_is_that_rectangle_in_frame_pixels():
    attention = AttentionMap(blob_map((10, 12, 8, 5)), Box(0, -12, 640, 384))
    (region,) = find_regions(attention, (640, 360))
    assert region.box.as_array() == pytest.approx([80, 12 * 8 - 12, 64, 40])
    assert region.peak == pytest.approx(0.9)
    assert region.mass == pytest.approx(0.9 * 40)


def test_regions_are_at_most_three_highest_first():
    cells = [(2, 2, 4, 4), (20, 2, 4, 4), (40, 2, 4, 4), (60, 2, 4, 4)]
    values = blob_map(*cells)
    for (x, y, w, h), value in zip(cells, (0.84, 0.99, 0.88, 0.92), strict=True):
        values[y : y + h, x : x + w] = value
    regions = find_regions(AttentionMap(values, Box(0, 0, 640, 384)), (640, 384))
    assert [round(r.box.x / 8) for r in regions] == [20, 60, 40]


def test_bright_neighbours_stay_apart():
    values = np.zeros((48, 80), np.float32)
    y, x = np.mgrid[:48, :80]
    for cx, cy, height in ((30, 20, 0.95), (38, 20, 0.85), (30, 28, 0.9)):
        values = np.maximum(values, height * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * 3.0**2)))
    values = np.maximum(values, 0.35).astype(np.float32)  # at this level all of them hang together
    regions = find_regions(AttentionMap(values, Box(0, 0, 80, 48)), (80, 48), expected=Box(0, 0, 6, 6))
    centers = sorted(region.box.center for region in regions)
    np.testing.assert_allclose(centers, [(30.5, 20.5), (30.5, 28.5), (38.5, 20.5)], atol=1.5)


def test_a_region_reaches_no_further_than_the_expected_size_allows():
    attention = AttentionMap(blob_map((0, 20, 80, 4)), Box(0, 0, 640, 384))
    regions = find_regions(attention, (640, 384), expected=Box(0, 0, 32, 32))
    assert len(regions) == 3 and all(region.box.w <= 13 * 8 for region in regions)
    (whole,) = find_regions(attention, (640, 384), expected=Box(0, 0, 600, 32))
    assert whole.box.w > 600


def test_the_settings_count_and_threshold_are_honoured():
    attention = AttentionMap(blob_map((2, 2, 3, 3), (20, 2, 6, 6), value=0.6), Box(0, 0, 640, 384))
    assert len(find_regions(attention, (640, 384), config=AttentionConfig(max_regions=1))) == 1
    assert find_regions(attention, (640, 384), config=AttentionConfig(threshold=0.7)) == []


def test_a_dark_map_has_no_region():
    assert find_regions(AttentionMap(blob_map((10, 10, 5, 5), value=0.49), Box(0, 0, 640, 384)), (640, 384)) == []


def test_dimmer_parts_are_offered_beside_a_bright_one_and_faint_ones_are_not():
    values = blob_map((10, 10, 6, 6), value=1.0)
    values[30:36, 50:56] = 0.3
    values[10:16, 60:66] = 0.1
    regions = find_regions(AttentionMap(values, Box(0, 0, 640, 384)), (640, 384))
    assert [round(r.box.x / 8) for r in regions] == [10, 50]
    assert [round(r.box.x / 8) for r in bright(regions)] == [10] and bright([]) == []
    values[10:16, 10:16] = 0.45  # nothing bright enough: none of them is offered
    assert find_regions(AttentionMap(values, Box(0, 0, 640, 384)), (640, 384)) == []


def test_a_region_in_the_letterbox_is_not_one():
    attention = AttentionMap(blob_map((10, 0, 6, 1), (30, 20, 6, 6)), Box(0, -12, 640, 384))
    (region,) = find_regions(attention, (640, 360))
    assert region.box.y > 100


def test_proposals_gather_around_their_regions_and_repeat_with_the_seed():
    attention = AttentionMap(blob_map((10, 12, 8, 5), (50, 30, 6, 6)), Box(0, 0, 640, 384))
    regions = find_regions(attention, (640, 384))
    boxes = region_proposals(regions, 64, np.random.default_rng(3))
    assert boxes.shape == (128, 4)
    assert boxes.dtype == np.float64
    for i, region in enumerate(regions):
        mine = boxes[i * 64 : (i + 1) * 64]
        np.testing.assert_allclose(mine[0], region.box.as_array())
        overlap = iou(mine, region.box.as_array())
        assert overlap.mean() > 0.4
        assert len(np.unique(overlap)) > 32
    np.testing.assert_array_equal(boxes, region_proposals(regions, 64, np.random.default_rng(3)))


def test_no_regions_no_proposals():
    assert region_proposals([], 64, np.random.default_rng(0)).shape == (0, 4)


@pytest.mark.parametrize("change", [1.2 * MOST_CHANGE, 1 / (1.2 * MOST_CHANGE)])
def test_a_region_of_quite_another_size_tells_where_and_not_how_large(change):
    box = Box(300, 200, 20, 80)
    sized = sized_like(Region(Box(0, 0, 40 * change, 40 * change), 0.9, 3.0), box)
    assert sized.box.center == pytest.approx((20 * change, 20 * change))
    assert (sized.box.w, sized.box.h) == (box.w, box.h)
    assert (sized.peak, sized.mass) == (0.9, 3.0)


def test_a_region_of_about_the_targets_size_keeps_its_own():
    region = Region(Box(0, 0, 50, 30), 0.9, 3.0)
    assert sized_like(region, Box(300, 200, 20, 80)) is region


def test_nearby_are_the_bright_regions_in_the_view_with_the_targets_size_if_that_is_known():
    view, target = Box(0, 0, 200, 200), Box(90, 90, 20, 20)
    small, faint, away = (
        Region(Box(x, 100, 8, 8), peak, 1.0) for x, peak in ((100, 0.9), (60, 0.5 * BRIGHT), (400, 0.9))
    )
    assert nearby([small, away, faint], view, None, AttentionConfig()) == [small]
    assert nearby([small, away, faint], view, target, AttentionConfig()) == [sized_like(small, target)]
