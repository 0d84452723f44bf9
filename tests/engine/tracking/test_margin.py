import numpy as np
import pytest

from engine.geometry import boxes_to_centers
from engine.tracking.margin import MOST, SHARE, Margin
from engine.tracking.view import Located
from engine.types import Box

DRAWN = Box(100, 50, 40, 120)


def located(*boxes: Box) -> Located:
    """What `locate` would say with these boxes, the first the best."""
    rows = np.array([box.as_array() for box in boxes])
    return Located(np.linspace(0.9, 0.1, len(rows)), np.full(len(rows), 0.8), rows)


def about(box: Box, wide: float, high: float) -> Box:
    cx, cy = box.center
    return Box(cx - wide / 2, cy - high / 2, wide, high)


def test_half_of_what_is_missed_on_the_drawn_frame_is_taken_back():
    looks = [located(about(DRAWN, w, 100)) for w in (50, 54, 80)]  # too wide and too low; one look errs by itself
    margin = Margin(DRAWN, looks)
    assert margin.zoom == pytest.approx([(40 / 54) ** SHARE, 1.2**SHARE])


def test_boxes_keep_their_centres_and_scores():
    looked = located(about(DRAWN, 50, 110), Box(0, 0, 10, 10))
    margin = Margin(DRAWN, [looked])
    corrected = margin.applied(looked)
    before, after = boxes_to_centers(looked.boxes), boxes_to_centers(corrected.boxes)
    assert after[:, :2] == pytest.approx(before[:, :2])
    assert after[:, 2:] == pytest.approx(before[:, 2:] * margin.zoom)
    assert corrected.score is looked.score and corrected.quality is looked.quality


def test_what_is_not_understood_at_all_is_corrected_a_little():
    margin = Margin(DRAWN, [located(about(DRAWN, 40, 46))])
    assert margin.zoom == pytest.approx([1.0, np.exp(MOST)])


def test_a_box_of_something_else_says_nothing():
    assert Margin(DRAWN, [located(Box(300, 50, 80, 80))]).zoom == pytest.approx([1.0, 1.0])
