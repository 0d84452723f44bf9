import pytest

from engine.config import DoubtConfig
from engine.tracking.doubt import Doubt

CONFIG = DoubtConfig(share=0.9, proofs=2, blink=2, unlike=0.75, rate=0.1, first_usual=0.9)
GONE = [0.1] * (CONFIG.blink + 1)


def run(doubt, *confidences):
    return [doubt.step(c) for c in confidences]


def test_weak_frames_are_no_reason_to_doubt():
    assert not any(run(Doubt(CONFIG, failure=0.25), 0.9, 0.3, 0.26, 0.5))


def test_a_failure_begins_it_and_once_it_has_lasted_a_fair_match_does_not_end_it():
    doubt = Doubt(CONFIG, failure=0.25)
    assert run(doubt, *GONE, 0.7, 0.8, 0.8) == [True] * (len(GONE) + 3)
    assert doubt.frames == len(GONE) + 3


def test_what_fits_as_well_as_usual_ends_it_on_the_second_frame():
    doubt = Doubt(CONFIG, failure=0.25)
    assert run(doubt, *GONE, 0.85, 0.85)[-2:] == [True, False]
    assert doubt.frames == 0


def test_after_a_blink_a_fair_match_ends_it():
    doubt = Doubt(CONFIG, failure=0.25)
    assert run(doubt, *GONE[1:], 0.7, 0.7)[-2:] == [True, False]
    assert run(doubt, *GONE[1:], 0.6, 0.6)[-2:] == [True, True], "what is unlike the target does not"


def test_what_leaps_to_something_unlike_it_is_doubted_until_it_fits_as_well_as_usual():
    doubt, seen = Doubt(CONFIG, failure=0.25), []
    for confidence, leapt in [(0.9, True), (0.6, False), (0.6, True), (0.75, False), (0.85, False), (0.85, False)]:
        assert not doubt.step(confidence, leapt), "no failure: other places are believed no more easily"
        seen.append(doubt.strayed)
    assert seen == [False, False, True, True, True, False]


def test_what_strayed_does_not_become_usual():
    doubt = Doubt(CONFIG, failure=0.25)
    doubt.step(0.6, leapt=True)
    good = doubt.good
    run(doubt, *[0.6] * 50)
    assert doubt.strayed
    assert doubt.good == good


def test_once_it_is_gone_it_has_not_strayed_any_more():
    doubt = Doubt(CONFIG, failure=0.25)
    doubt.step(0.6, leapt=True)
    run(doubt, *GONE[1:])
    assert doubt.strayed, "a blink says nothing"
    run(doubt, 0.1)
    assert not doubt.strayed
    assert doubt.level == doubt.good


def test_the_proofs_have_to_follow_each_other():
    assert run(Doubt(CONFIG, failure=0.25), *GONE, 0.85, 0.5, 0.85, 0.85)[-4:] == [True, True, True, False]


def test_what_is_usual_is_learned_while_there_is_no_doubt():
    doubt = Doubt(CONFIG, failure=0.25)
    run(doubt, *[0.6] * 100)
    assert doubt.good == pytest.approx(0.54, abs=1e-3)
    run(doubt, *[0.2] * 100)
    assert doubt.good == doubt.level == pytest.approx(0.54, abs=1e-3)
    assert run(doubt, 0.55, 0.55) == [True, False]


def test_what_fits_clearly_less_than_usual_is_unlike_until_it_has_become_usual():
    doubt, seen = Doubt(CONFIG, failure=0.25), []
    for confidence in [0.9, 0.7, 0.6, *[0.6] * 40]:
        doubt.step(confidence)
        seen.append(doubt.unlike)
    assert seen[:3] == [False, False, True]
    assert not seen[-1]


def test_beyond_doubt_is_what_fits_as_well_as_usual_and_was_not_out_of_sight():
    doubt = Doubt(CONFIG, failure=0.25)
    assert doubt.none(0.9)
    assert not doubt.none(0.7)
    doubt.step(0.6, leapt=True)
    assert not doubt.none(0.9), "it may be what stood beside the target"
    other = Doubt(CONFIG, failure=0.25)
    run(other, *GONE)
    assert not other.none(0.9)
