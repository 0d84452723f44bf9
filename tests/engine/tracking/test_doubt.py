import pytest

from engine.config import DoubtConfig
from engine.tracking.doubt import Doubt

CONFIG = DoubtConfig(share=0.9, proofs=2, rate=0.1, first_usual=0.9)


def run(doubt, *confidences):
    return [doubt.step(c) for c in confidences]


def test_weak_frames_are_no_reason_to_doubt():
    assert not any(run(Doubt(CONFIG, failure=0.25), 0.9, 0.3, 0.26, 0.5))


def test_a_failure_begins_it_and_a_fair_match_does_not_end_it():
    doubt = Doubt(CONFIG, failure=0.25)
    assert run(doubt, 0.2, 0.7, 0.8, 0.8) == [True] * 4
    assert doubt.frames == 4


def test_what_fits_as_well_as_usual_ends_it_on_the_second_frame():
    doubt = Doubt(CONFIG, failure=0.25)
    assert run(doubt, 0.1, 0.85, 0.85) == [True, True, False]
    assert doubt.frames == 0


def test_the_proofs_have_to_follow_each_other():
    assert run(Doubt(CONFIG, failure=0.25), 0.1, 0.85, 0.5, 0.85, 0.85) == [True, True, True, True, False]


def test_what_is_usual_is_learned_while_there_is_no_doubt():
    doubt = Doubt(CONFIG, failure=0.25)
    run(doubt, *[0.6] * 100)
    assert doubt.step(0.1)
    assert doubt.level == pytest.approx(0.54, abs=1e-3)
    run(doubt, *[0.3] * 100)
    assert doubt.level == pytest.approx(0.54, abs=1e-3)
    assert run(doubt, 0.55, 0.55) == [True, False]


def test_what_fits_clearly_less_than_usual_is_unlike_until_it_has_become_usual():
    doubt, seen = Doubt(CONFIG, failure=0.25), []
    for confidence in [0.9, 0.7, 0.6, *[0.6] * 40]:
        doubt.step(confidence)
        seen.append(doubt.unlike)
    assert seen[:3] == [False, False, True]
    assert not seen[-1]
