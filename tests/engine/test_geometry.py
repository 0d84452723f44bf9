import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.geometry import (
    Mapping2D,
    box_at,
    boxes_to_centers,
    center_distance,
    centers_to_boxes,
    clip_box,
    clip_boxes,
    crop_square,
    iou,
    letterbox,
    search_region,
    snap_box,
)
from engine.types import Box

coordinate = st.floats(-500, 500, allow_nan=False)
side = st.floats(0.5, 400, allow_nan=False)
boxes = st.builds(Box, coordinate, coordinate, side, side)


@given(boxes, boxes)
def test_iou_is_symmetric_and_within_bounds(a, b):
    forward, backward = iou(a.as_array(), b.as_array()), iou(b.as_array(), a.as_array())
    assert forward == pytest.approx(backward)
    assert 0.0 <= forward <= 1.0 + 1e-12


@given(boxes)
def test_iou_with_itself_is_one(box):
    assert iou(box.as_array(), box.as_array()) == pytest.approx(1.0)


def test_iou_of_half_overlap_and_of_useless_boxes():
    a = np.array([0.0, 0.0, 10.0, 10.0])
    assert iou(a, np.array([5.0, 0.0, 10.0, 10.0])) == pytest.approx(1 / 3)
    assert iou(a, np.array([0.0, 0.0, 0.0, 10.0])) == 0.0
    assert iou(a, np.full(4, np.nan)) == 0.0


def test_iou_broadcasts():
    many = np.array([[0.0, 0, 10, 10], [20.0, 0, 10, 10]])
    assert iou(many, many[0]).tolist() == [1.0, 0.0]


@given(boxes)
def test_clipped_boxes_lie_in_the_frame(box):
    clipped = clip_box(box, 320, 240, 2.0)
    assert clipped.x >= 0 and clipped.y >= 0
    assert clipped.x + clipped.w <= 320 + 1e-9 and clipped.y + clipped.h <= 240 + 1e-9
    assert clipped.w >= 2 - 1e-9 and clipped.h >= 2 - 1e-9


@given(boxes)
def test_snapped_boxes_lie_near_and_stay_in_the_frame(box):
    clipped = clip_box(box, 320, 240, 2.0)
    snapped = snap_box(clipped, 1024)
    corners = np.array([snapped.x, snapped.y, snapped.x + snapped.w, snapped.y + snapped.h])
    assert np.array_equal(np.round(corners * 1024), corners * 1024)
    assert np.abs(corners - [clipped.x, clipped.y, clipped.x + clipped.w, clipped.y + clipped.h]).max() <= 1 / 2048
    assert corners.min() >= 0 and corners[2] <= 320 and corners[3] <= 240
    assert np.array_equal(np.float32(snapped.as_array()), snapped.as_array())


def test_clipping_leaves_inner_boxes_alone():
    inner = np.array([[10.0, 20.0, 30.0, 40.0]])
    assert np.array_equal(clip_boxes(inner, 320, 240), inner)


@given(boxes)
def test_centers_round_trip(box):
    array = box.as_array()[None]
    assert np.allclose(centers_to_boxes(boxes_to_centers(array)), array)
    assert boxes_to_centers(array)[0, :2] == pytest.approx(box.center)


@given(boxes, st.floats(0.05, 20), st.floats(0.05, 20), coordinate, coordinate)
def test_mapping_round_trips(box, sx, sy, x0, y0):
    mapping = Mapping2D(x0, y0, sx, sy)
    assert np.allclose(mapping.inverse(mapping.forward(box.as_array())), box.as_array(), atol=1e-6)


@given(boxes, st.floats(1, 6))
def test_search_region_is_a_square_around_the_box(box, factor):
    region = search_region(box, factor)
    assert region.w == region.h == pytest.approx(max(factor * np.sqrt(box.area), 2.0))
    assert region.center == pytest.approx(box.center)


def _spot(width, height, x, y, radius=6):
    """A picture, black but for a bright disc."""
    yy, xx = np.mgrid[:height, :width] + 0.5
    disc = ((xx - x) ** 2 + (yy - y) ** 2 < radius**2).astype(np.uint8) * 255
    return np.repeat(disc[..., None], 3, axis=2)


def _centroid(image):
    weight = image[..., 0].astype(float)
    yy, xx = np.mgrid[: image.shape[0], : image.shape[1]] + 0.5
    return (xx * weight).sum() / weight.sum(), (yy * weight).sum() / weight.sum()


@pytest.mark.parametrize("region_side", [40.0, 63.7, 128.0, 333.3])
def test_a_crop_shows_a_point_where_its_mapping_says(region_side):
    image = _spot(480, 360, 200.0, 150.0)
    region = Box(200.0 - region_side * 0.4, 150.0 - region_side * 0.55, region_side, region_side)
    patch, mapping = crop_square(image, region, 128)
    expected = mapping.forward(np.array([200.0, 150.0, 0.0, 0.0]))[:2]
    assert _centroid(patch) == pytest.approx(expected, abs=0.6)


def test_a_box_at_a_place_has_its_middle_there():
    assert box_at((30.0, 20.0), 10.0, 4.0) == Box(25.0, 18.0, 10.0, 4.0)


def test_the_distance_of_boxes_is_that_of_their_centres():
    a, b = Box(0, 0, 10, 20), Box(6, 10, 4, 8)
    assert center_distance(a, b) == center_distance(b, a) == pytest.approx(5.0)
    assert center_distance(a, Box(4, 9, 2, 2)) == 0.0


def test_a_crop_far_outside_is_the_mean_colour():
    image = np.full((60, 80, 3), 90, np.uint8)
    patch, _ = crop_square(image, Box(500.0, 500.0, 50.0, 50.0), 32)
    assert patch.shape == (32, 32, 3) and (patch == 90).all()


@pytest.mark.parametrize("size", [(640, 480), (1920, 1080), (180, 320), (100, 50)])
def test_letterbox_keeps_aspect_and_maps_points(size):
    width, height = size
    x, y = width * 0.7, height * 0.3
    image = _spot(width, height, x, y, radius=max(min(size) / 20, 3))
    boxed, mapping = letterbox(image, 320, 192)
    assert boxed.shape == (192, 320, 3)
    assert mapping.sx == pytest.approx(mapping.sy, rel=0.02)
    found = _centroid(np.where(boxed > 60, boxed, 0))  # without the padding's mean colour
    assert found == pytest.approx(mapping.forward(np.array([x, y, 0, 0]))[:2], abs=1.0)
