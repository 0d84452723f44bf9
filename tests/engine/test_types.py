import numpy as np
import pytest

from engine.types import Box, Frame, FrameResult, Proposals, read_only


def test_boxes_know_centre_area_and_arrays():
    box = Box(10.0, 20.0, 30.0, 40.0)
    assert box.center == (25.0, 40.0) and box.area == 1200.0
    assert Box.from_array(box.as_array()) == box
    assert box.as_array().dtype == np.float64


def test_values_cannot_be_changed():
    box = Box(0.0, 0.0, 1.0, 1.0)
    with pytest.raises(AttributeError):
        box.x = 3.0  # type: ignore[misc]
    with pytest.raises(ValueError):
        read_only(np.zeros(3))[0] = 1.0


def test_results_default_to_no_regions():
    frame = Frame(0, 0.0, np.zeros((4, 6, 3), np.uint8))
    result = FrameResult(frame, ())
    assert frame.size == (6, 4)
    assert result.regions.shape == (0, 4) and not result.regions.flags.writeable
    assert isinstance(Proposals(np.zeros((1, 4)), np.zeros(1), np.zeros(1, np.uint8)).boxes, np.ndarray)
