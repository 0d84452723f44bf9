import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calibration import PIXELS, Calibration
from engine.errors import FormatError

numbers = st.floats(-1e4, 1e4)
points = st.tuples(numbers, numbers)
calibrations = st.builds(
    Calibration, st.floats(1e-6, 1e6), st.sampled_from(["mm", "m", "µm", "body"]), points, st.booleans()
)


@given(points, st.floats(3.0, 1e3), st.floats(0, 2 * math.pi), st.floats(1e-3, 1e3), calibrations)
def test_the_drawn_line_has_the_length_that_was_given(start, drawn, angle, length, before):
    end = (start[0] + drawn * math.cos(angle), start[1] + drawn * math.sin(angle))
    made = before.with_length(start, end, length, "cm")
    a, b = made.points(np.array([start, end]))
    assert math.dist(a, b) == pytest.approx(length, rel=1e-6)
    assert made.unit == "cm" and (made.origin, made.y_up) == (before.origin, before.y_up)


@given(calibrations, points)
def test_the_origin_is_nought_and_y_points_as_asked(calibration, point):
    assert calibration.points(np.array(calibration.origin)) == pytest.approx([0, 0])
    below = calibration.points(np.array([point[0], point[1] + 10])) - calibration.points(np.array(point))
    assert below[0] == pytest.approx(0, abs=1e-6)
    assert bool(below[1] < 0) is calibration.y_up
    assert abs(below[1]) == pytest.approx(float(calibration.lengths(np.array(10.0))), rel=1e-6)


@given(calibrations)
def test_it_comes_back_from_a_file(calibration):
    assert Calibration.from_dict(calibration.as_dict()) == calibration


def test_without_calibration_points_are_pixels():
    assert PIXELS.points(np.array([3.0, 4.0])).tolist() == [3.0, 4.0]
    assert not PIXELS.scaled and Calibration(0.5, "mm").scaled


@pytest.mark.parametrize("scale", [0.0, -1.0, math.nan, math.inf])
def test_a_scale_of_no_use_is_refused(scale):
    with pytest.raises(FormatError, match="above 0"):
        Calibration(scale, "mm")


@pytest.mark.parametrize("unit", ["", "a,b", "very long unit name", "m\nm"])
def test_a_unit_that_would_break_a_file_is_refused(unit):
    with pytest.raises(FormatError, match="unit"):
        Calibration(1.0, unit)


def test_a_line_too_short_and_a_length_of_nothing_are_refused():
    with pytest.raises(FormatError, match="too short"):
        PIXELS.with_length((0, 0), (1, 0), 5, "mm")
    with pytest.raises(FormatError, match="above 0"):
        PIXELS.with_length((0, 0), (50, 0), 0, "mm")


@pytest.mark.parametrize("damaged", [{}, {"units_per_px": "x", "unit": "mm", "origin": [0, 0], "y_up": False}])
def test_a_damaged_one_is_said(damaged):
    with pytest.raises(FormatError, match="damaged"):
        Calibration.from_dict(damaged)
