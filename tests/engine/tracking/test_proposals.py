import numpy as np
import pytest

from engine.geometry import boxes_to_centers, iou
from engine.tracking.proposals import cell_boxes, gaussian_boxes, hann_window, spread_boxes, weighted_box
from engine.types import Box

BOX = Box(100.0, 80.0, 40.0, 20.0)


def test_gaussian_boxes_stay_within_their_cut_off():
    boxes = boxes_to_centers(gaussian_boxes(BOX, 2000, 0.6, 1.05, np.random.default_rng(1), aspect=1.0))
    assert np.abs(boxes[:, :2] - BOX.center).max() <= 0.6 * 30 + 1e-9
    assert boxes[:, 2].min() >= 40 / 1.05 - 1e-9 and boxes[:, 2].max() <= 40 * 1.05 + 1e-9
    assert boxes[:, :2].mean(axis=0) == pytest.approx(BOX.center, abs=1.0)


def test_gaussian_boxes_repeat_with_the_seed():
    first = gaussian_boxes(BOX, 8, 0.6, 1.05, np.random.default_rng(7))
    assert np.array_equal(first, gaussian_boxes(BOX, 8, 0.6, 1.05, np.random.default_rng(7)))


def test_spread_boxes_cover_the_region():
    region = Box(0.0, 0.0, 200.0, 200.0)
    centers = boxes_to_centers(spread_boxes(BOX, region, 1000, np.random.default_rng(1)))[:, :2]
    assert centers.min() >= 0 and centers.max() <= 200
    assert np.histogram2d(*centers.T, bins=4, range=[[0, 200]] * 2)[0].min() > 20


def test_the_hann_window_peaks_in_the_middle():
    window = hann_window(16)
    assert window.shape == (16, 16)
    assert window[8, 8] == window.max() == pytest.approx(1.0)
    assert window[0, 0] < 0.05


def test_cells_become_boxes_around_their_centres():
    ltrb = np.zeros((4, 16, 16), np.float32)
    ltrb[:, 2, 5] = [10, 20, 30, 40]
    boxes = cell_boxes(ltrb)
    assert boxes[2 * 16 + 5] == pytest.approx([5 * 16 + 8 - 10, 2 * 16 + 8 - 20, 40, 60])


def test_the_weighted_box_lies_between():
    boxes = np.array([[0.0, 0, 10, 10], [10.0, 0, 10, 10]])
    assert weighted_box(boxes, np.array([1.0, 3.0])) == pytest.approx([7.5, 0, 10, 10])
    assert iou(weighted_box(boxes, np.array([1.0, 0.0])), boxes[0]) == 1.0
