from pathlib import Path

import numpy as np
import pytest

from engine.datasets import Clip, read_truth
from engine.errors import FormatError
from engine.one_pass import Track
from engine.redetection import (
    ABSENT,
    HIDDEN,
    LEAD,
    LENGTH,
    CaseScore,
    find_cases,
    score_case,
    stretches,
    summary,
)
from engine.testing import write_clip

SIZE = (640, 480)


def moving(frames, speed, side=40.0):
    boxes = np.full((frames, 4), side)
    boxes[:, 0] = 20 + speed * np.arange(frames)
    boxes[:, 1] = 200
    return boxes


def test_stretches_follow_each_other_up_to_three():
    assert stretches(moving(4 * LENGTH + 20, 1.0), (2000, 480)) == [0, LENGTH, 2 * LENGTH]
    assert stretches(moving(LENGTH, 1.0), SIZE) == [0]
    assert stretches(moving(LENGTH - 1, 1.0), SIZE) == []


def test_a_target_that_comes_back_where_it_was_makes_no_case():
    assert stretches(moving(300, 0.05), SIZE) == []  # 3 pixels of 40 in 60 frames


def test_absent_and_large_targets_make_no_case():
    gap = moving(2 * LENGTH, 1.0)
    gap[50] = np.nan
    assert stretches(gap, SIZE) == [51]
    assert stretches(moving(LENGTH, 3.0, side=300.0), SIZE) == []


def test_a_target_that_comes_back_outside_the_frame_makes_no_case():
    assert stretches(moving(LENGTH, 6.0), SIZE) == []  # at 644 of 640 pixels by the end


def test_cases_of_the_demo_clip_are_parts_of_it():
    assets = Path(__file__).parents[2] / "assets"
    clip = Clip("demo", assets / "demo.mp4", read_truth(assets / "demo.txt"))
    cases = find_cases(clip)
    assert [case.start for case in cases] == [0, 182]  # it hides behind a pillar on frames 174 to 181
    for case in cases:
        assert case.truth.shape == (LENGTH, 4)
        np.testing.assert_array_equal(case.truth, clip.truth[case.start : case.start + LENGTH])


def track(boxes, tracked):
    return Track(boxes, np.ones(len(boxes)), tracked)


def test_the_delay_counts_from_the_first_frame_back():
    truth = moving(LENGTH, 1.0)
    found = truth.copy()
    found[HIDDEN.start : LEAD + ABSENT + 4] = np.nan
    claims = np.ones(LENGTH, dtype=bool)
    claims[HIDDEN.start + 6 : HIDDEN.stop] = False
    score = score_case(track(found, claims), truth)
    assert score.delay == 5
    assert score.honest == pytest.approx(0.9)


def test_a_track_that_stays_where_it_was_is_not_back():
    truth = moving(LENGTH, 1.0)
    frozen = truth.copy()
    frozen[LEAD:] = truth[LEAD - 1]
    score = score_case(track(frozen, np.ones(LENGTH, dtype=bool)), truth)
    assert score == CaseScore(None, 0.0)


def test_shares_are_over_cases():
    total = summary([CaseScore(3, 1.0), CaseScore(None, 0.5), CaseScore(15, 0.9), CaseScore(1, 1.0)])
    assert (total.back, total.honest, total.cases) == (0.75, pytest.approx(0.85), 4)
    with pytest.raises(FormatError):
        summary([])


def test_a_case_keeps_the_clips_offset(tmp_path):
    write_clip(tmp_path / "c.mp4", frames=4)
    (case,) = find_cases(Clip("c", tmp_path / "c.mp4", moving(LENGTH, 1.0), start=7))
    assert case.start == 7
