import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.errors import FormatError
from engine.metrics import (
    LongTermClip,
    center_errors,
    got10k,
    long_term,
    normalised_errors,
    ope,
    overlaps,
    success_curve,
)

NAN = [np.nan] * 4
BOX = [10.0, 20.0, 40.0, 30.0]


def track(*rows):
    return np.array(rows, dtype=np.float64)


@st.composite
def boxes(draw, count):
    corner = draw(arrays(np.float64, (count, 2), elements=st.floats(-200, 600)))
    size = draw(arrays(np.float64, (count, 2), elements=st.floats(0.5, 300)))
    return np.hstack([corner, size])


def test_a_perfect_track_scores_twenty_of_twenty_one_bins():
    # overlap > 1 never holds, so the last of the 21 bins is always empty
    scores = ope(track(BOX, BOX, BOX), track(BOX, BOX, BOX))
    assert scores.success_auc == pytest.approx(20 / 21)
    assert scores.precision_20 == 1.0 and scores.norm_precision == 1.0 and scores.frames == 3


def test_overlap_is_compared_strictly_and_error_inclusively():
    half = success_curve(np.array([0.5]))
    assert half[9] == 1.0 and half[10] == 0.0  # > 0.45 yes, > 0.5 no
    moved = track([BOX[0] + 20.0, *BOX[1:]])
    assert ope(moved, track(BOX)).precision_20 == 1.0
    assert ope(track([BOX[0] + 20.001, *BOX[1:]]), track(BOX)).precision_20 == 0.0


def test_normalised_error_is_in_widths_and_heights_of_the_truth():
    truth = track([0, 0, 100, 10])
    assert normalised_errors(track([20, 0, 100, 10]), truth)[0] == pytest.approx(0.2)
    assert normalised_errors(track([0, 2, 100, 10]), truth)[0] == pytest.approx(0.2)
    assert center_errors(track([3, 4, 100, 10]), truth)[0] == pytest.approx(5.0)


def test_a_lost_frame_counts_as_a_miss_and_an_absent_one_not_at_all():
    predicted, truth = track(BOX, NAN, BOX, BOX), track(BOX, BOX, NAN, BOX)
    scores = ope(predicted, truth)
    assert scores.frames == 3
    assert scores.precision_20 == pytest.approx(2 / 3)
    assert scores.success_auc == pytest.approx(2 / 3 * 20 / 21)


def test_lasot_keeps_absent_frames_in_the_total():
    predicted, truth = track(BOX, BOX), track(BOX, NAN)
    assert ope(predicted, truth).precision_20 == 1.0
    assert ope(predicted, truth, absent_in_total=True).precision_20 == 0.5


def test_boxes_without_area_count_as_lost():
    truth = track(BOX, BOX)
    scores = ope(track([10, 20, 0, 30], [10, 20, 40, -1]), truth)
    assert scores.success_auc == 0.0 and scores.precision_20 == 0.0 and scores.norm_precision == 0.0


def test_got10k_leaves_out_the_first_frame_and_absent_ones():
    half = [10.0, 20.0, 40.0, 15.0]  # overlap exactly 0.5
    scores = got10k(track(NAN, BOX, half, BOX), track(BOX, BOX, BOX, NAN))
    assert scores.ao == pytest.approx(0.75)
    assert scores.sr_50 == 0.5 and scores.sr_75 == 0.5  # strictly above


def test_long_term_rewards_silence_while_the_target_is_absent():
    truth = track(BOX, BOX, NAN, NAN)
    honest = long_term([LongTermClip(track(BOX, BOX, BOX, BOX), truth, np.array([0.9, 0.8, 0.1, 0.1]))])
    assert honest.f == pytest.approx(1.0) and honest.threshold == pytest.approx(0.8)
    boastful = long_term([LongTermClip(track(BOX, BOX, BOX, BOX), truth, np.array([0.9, 0.9, 0.9, 0.9]))])
    assert boastful.precision == pytest.approx(0.5) and boastful.recall == pytest.approx(1.0)
    assert boastful.f == pytest.approx(2 / 3)


def test_long_term_averages_over_clips_not_frames():
    good = LongTermClip(track(BOX), track(BOX), np.ones(1))
    far = track(*[[500.0, 500.0, 10.0, 10.0]] * 9)
    bad = LongTermClip(far, track(*[BOX] * 9), np.ones(9))
    assert long_term([good, bad]).recall == pytest.approx(0.5)


def test_a_tracker_that_reports_nothing_has_recall_zero():
    scores = long_term([LongTermClip(track(NAN, NAN), track(BOX, BOX), np.zeros(2))])
    assert scores.recall == 0.0 and scores.f == 0.0


@pytest.mark.parametrize("score", [ope, got10k])
def test_unscorable_input_is_refused(score):
    with pytest.raises(FormatError, match="match"):
        score(track(BOX), track(BOX, BOX))
    with pytest.raises(FormatError, match="nothing can be scored"):
        score(track(BOX), track(NAN))


def test_long_term_refuses_what_it_cannot_score():
    with pytest.raises(FormatError, match="no clip"):
        long_term([])
    with pytest.raises(FormatError, match="confidences"):
        long_term([LongTermClip(track(BOX), track(BOX), np.ones(2))])
    with pytest.raises(FormatError, match="nothing can be scored"):
        long_term([LongTermClip(track(BOX), track(NAN), np.ones(1))])


@given(st.data(), st.integers(2, 12))
@settings(max_examples=60, deadline=None)
def test_scores_are_shares_and_ignore_a_common_shift(data, count):
    predicted, truth = data.draw(boxes(count)), data.draw(boxes(count))
    scores = ope(predicted, truth)
    for value in (scores.success_auc, scores.precision_20, scores.norm_precision):
        assert 0.0 <= value <= 1.0
    shift = np.array([16.0, -32.0, 0.0, 0.0])
    np.testing.assert_allclose(overlaps(predicted + shift, truth + shift), overlaps(predicted, truth), atol=1e-9)
    np.testing.assert_allclose(
        center_errors(predicted + shift, truth + shift), center_errors(predicted, truth), atol=1e-6
    )


@given(st.data(), st.integers(2, 12))
@settings(max_examples=60, deadline=None)
def test_auc_is_the_mean_overlap_to_within_a_bin(data, count):
    predicted, truth = data.draw(boxes(count)), data.draw(boxes(count))
    assert ope(predicted, truth).success_auc == pytest.approx(overlaps(predicted, truth).mean(), abs=0.051)
    curve = success_curve(overlaps(predicted, truth))
    assert (np.diff(curve) <= 0).all() and curve[-1] == 0.0


@given(st.data(), st.integers(2, 10))
@settings(max_examples=40, deadline=None)
def test_losing_a_frame_never_helps(data, count):
    predicted, truth = data.draw(boxes(count)), data.draw(boxes(count))
    lost = predicted.copy()
    lost[data.draw(st.integers(0, count - 1))] = np.nan
    whole, less = ope(predicted, truth), ope(lost, truth)
    assert less.success_auc <= whole.success_auc + 1e-12
    assert less.precision_20 <= whole.precision_20 and less.norm_precision <= whole.norm_precision
