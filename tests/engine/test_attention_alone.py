import numpy as np
import pytest

from engine.attention_alone import figures, judged
from engine.tracking.regions import Region
from engine.types import AttentionMap, Box, Frame

FRAME = Frame(0, 0.0, np.zeros((384, 640, 3), np.uint8))
ABSENT = np.full(4, np.nan)


def lit(column, row, value=0.9, rest=0.0):
    values = np.full((48, 80), rest, np.float32)
    values[row, column] = value
    return AttentionMap(values, Box(0, 0, 640, 384))


def at(x, y):
    return Region(Box(x - 5, y - 5, 10, 10), 0.9, 1.0)


def test_the_peak_counts_by_its_cells_centre():
    truth = np.array([80.0, 80.0, 40.0, 40.0])
    inside = judged(lit(12, 12), [], truth, FRAME)  # centre 100, 100
    assert inside.present and inside.peak and inside.near and not inside.lit
    beside = judged(lit(16, 12), [], truth, FRAME)  # centre 132, 100; 16 px of the frame are 8 of the network
    assert not beside.peak and beside.near
    far = judged(lit(17, 12), [], truth, FRAME)
    assert not far.peak and not far.near


def test_one_of_the_first_three_regions_is_enough():
    truth = np.array([80.0, 80.0, 40.0, 40.0])
    wrong = [at(300, 300), at(400, 300)]
    assert judged(lit(60, 30), [*wrong, at(100, 100)], truth, FRAME).top3
    assert not judged(lit(60, 30), [*wrong, at(500, 300), at(100, 100)], truth, FRAME).top3


def test_energy_outside_is_a_share():
    truth = np.array([80.0, 80.0, 40.0, 40.0])  # 5 x 5 cells
    even = judged(AttentionMap(np.full((48, 80), 0.5, np.float32), Box(0, 0, 640, 384)), [], truth, FRAME)
    assert even.outside == pytest.approx(1 - 25 / (48 * 80))
    assert judged(lit(12, 12), [], truth, FRAME).outside == pytest.approx(0)


def test_figures_keep_present_and_absent_apart():
    truth = np.array([80.0, 80.0, 40.0, 40.0])
    seen = [
        judged(lit(12, 12), [at(100, 100)], truth, FRAME),
        judged(lit(60, 30), [at(484, 244)], truth, FRAME),
        judged(lit(60, 30), [at(484, 244)], ABSENT, FRAME),
        judged(lit(60, 30, 0.2), [], ABSENT, FRAME),
        judged(lit(60, 30, 0.2), [], ABSENT, FRAME),
    ]
    found = figures(seen)
    assert (found.frames, found.absent_frames) == (2, 3)
    assert found.peak_in_box == found.top3_in_box == found.peak_near == 0.5
    assert found.absent_dark == pytest.approx(2 / 3)
    assert np.isnan(figures(seen[:2]).absent_dark)
