import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.canvas_view import MAX_SCALE, MIN_SCALE, View
from engine.types import Box

points = st.tuples(st.floats(-500, 1500), st.floats(-500, 1500))
factors = st.floats(0.2, 5.0)


def view(image=(640, 480), canvas=(1000, 700)):
    return View().with_image(*image).with_canvas(*canvas)


def test_a_fitted_picture_is_centred_and_as_large_as_possible():
    v = view()
    assert v.scale == pytest.approx(700 / 480)
    assert v.picture == Box(
        pytest.approx((1000 - 640 * v.scale) / 2), pytest.approx(0), pytest.approx(640 * v.scale), 700
    )


@given(points)
def test_to_image_undoes_to_canvas(point):
    v = view().zoomed(1.7, 300, 200)
    assert v.to_image(*v.to_canvas(*point)) == pytest.approx(point, abs=1e-6)


@given(factors, st.tuples(st.floats(200, 800), st.floats(100, 600)))
def test_the_point_under_the_pointer_stays_while_zooming(factor, at):
    v = view()
    before = v.to_image(*at)
    assert v.zoomed(factor, *at).to_image(*at) == pytest.approx(before, abs=1e-6)


def test_zoom_is_bounded():
    v = view()
    assert v.zoomed(1e9, 10, 10).scale == MAX_SCALE
    assert v.zoomed(1e-9, 500, 350).scale == MIN_SCALE


@given(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5))
def test_the_picture_can_not_be_moved_out_of_sight(dx, dy):
    p = view().zoomed(2.0, 500, 350).panned(dx, dy).picture
    assert p.x < 1000 and p.x + p.w > 0 and p.y < 700 and p.y + p.h > 0


def test_fit_follows_the_canvas_and_a_zoomed_view_keeps_its_middle():
    assert view().with_canvas(500, 700).scale == pytest.approx(500 / 640)
    zoomed = view().zoomed(3.0, 500, 350)
    wider = zoomed.with_canvas(1200, 700)
    assert wider.scale == zoomed.scale
    assert wider.to_image(600, 350) == pytest.approx(zoomed.to_image(500, 350))


def test_another_picture_is_fitted_and_the_same_size_changes_nothing():
    zoomed = view().zoomed(3.0, 500, 350)
    assert zoomed.with_image(640, 480) is zoomed
    assert zoomed.with_image(320, 480).fitted


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_actual_size_is_one_screen_pixel_a_picture_pixel(ratio):
    assert view().actual_size(ratio).scale * ratio == pytest.approx(1.0)


def test_contains_knows_the_border():
    v = view()
    assert v.contains(*v.to_canvas(0, 0)) and v.contains(*v.to_canvas(640, 480))
    assert not v.contains(*v.to_canvas(641, 100))
