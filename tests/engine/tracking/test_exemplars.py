import numpy as np
import pytest

from engine.tracking.exemplars import AROUND, OWN, keep_exemplars
from tests.engine.tracking.test_discriminant import COLUMNS, ROWS, alike, peak, scene

BOX = np.array([6, 4, 5, 5]) * 8.0


def test_they_find_on_another_frame_what_was_in_the_box_of_the_first():
    kept = keep_exemplars(*scene(0, {100: (4, 6), 200: (14, 26)}), BOX)
    response = kept.response(*scene(1, {100: (10, 30), 200: (4, 4)}))
    assert response.shape == (2 * ROWS, 2 * COLUMNS)
    row, column = peak(response)
    assert 10 <= row < 15 and 30 <= column < 35


def test_of_two_halves_each_is_found_alone():
    # a line through the mean of both need not hold either
    f8, f16 = scene(0, {100: (4, 6), 200: (4, 11)})
    kept = keep_exemplars(f8, f16, np.array([6, 4, 10, 5]) * 8.0)
    for half in (100, 200):
        row, column = peak(kept.response(*scene(1, {half: (10, 30)})))
        assert 9 <= row <= 15 and 29 <= column <= 35


def test_what_was_beside_the_target_on_the_first_frame_counts_less_than_what_was_not():
    later = alike(scene(1, {300: (4, 4)}), (4, 4))
    seen, unseen = alike(scene(0, {100: (4, 6), 300: (14, 26)}), (14, 26)), scene(0, {100: (4, 6)})
    known, unknown = (keep_exemplars(*first, BOX).response(*later)[4:9, 4:9].mean() for first in (seen, unseen))
    assert unknown > 1 and known < unknown


def test_few_cells_are_kept_and_no_cell_of_the_target_counts_as_its_surroundings():
    f8, f16 = scene(0, {100: (4, 6)})
    kept = keep_exemplars(f8, f16, np.array([2, 2, 20, 16]) * 8.0)
    assert kept.own == OWN and len(kept.cells) == OWN + AROUND
    assert len(np.unique(kept.cells, axis=0)) == len(kept.cells)
    tiny = keep_exemplars(f8, f16, np.array([100.0, 60.0, 2.0, 2.0]))
    assert 1 <= tiny.own <= 4


def test_a_target_that_fills_the_frame_has_no_surroundings():
    first = scene(0, {100: (4, 6)})
    kept = keep_exemplars(*first, np.array([-8.0, -8.0, 8.0 * COLUMNS * 2 + 16, 8.0 * ROWS * 2 + 16]))
    assert kept.own == len(kept.cells) == OWN
    assert np.isfinite(kept.response(*first)).all()


def test_the_response_is_centred_and_its_unit_is_the_first_frames_spread():
    first = scene(0, {100: (4, 6)})
    response = keep_exemplars(*first, BOX).response(*first)
    assert abs(float(response.mean())) < 1e-4
    assert float(response.std()) == pytest.approx(1, abs=0.03)
