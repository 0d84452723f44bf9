import pytest

from engine.tracking.watch import CANDIDATE, LONGEST, SHORTEST, SHOWN, Watch
from engine.types import Box

HERE, BESIDE, AWAY = Box(100, 100, 20, 20), Box(104, 100, 20, 20), Box(300, 100, 20, 20)


@pytest.fixture
def watch():
    """One that has a candidate."""
    made = Watch()
    assert made.step(HERE, CANDIDATE)
    return made


def step(watch, box, confidence=CANDIDATE):
    return watch.step(box, confidence)


def test_what_scores_too_little_is_no_candidate():
    watch = Watch()
    assert step(watch, HERE, CANDIDATE - 0.01) and watch.candidate is None


def test_a_candidate_that_keeps_its_place_is_shown_after_a_while(watch):
    assert not watch.shown
    for _ in range(SHORTEST):
        assert step(watch, BESIDE, SHOWN)
    assert watch.shown and watch.candidate == BESIDE
    assert step(watch, BESIDE) and watch.shown  # it was good enough


def test_one_that_never_scores_well_is_looked_at_but_not_shown(watch):
    for _ in range(SHORTEST + 1):
        assert step(watch, BESIDE, SHOWN - 0.01)
    assert watch.candidate == BESIDE and not watch.shown
    assert not step(watch, AWAY, SHOWN)
    for _ in range(SHORTEST):
        assert step(watch, AWAY)
    assert watch.shown  # where it is now


def test_one_that_scores_too_little_on_the_second_look_is_none(watch):
    assert step(watch, HERE, CANDIDATE - 0.01)
    assert watch.candidate is None and not watch.shown


def test_one_that_hops_about_is_no_target_and_begins_anew(watch):
    for _ in range(SHORTEST):
        step(watch, HERE, SHOWN)
    assert not step(watch, AWAY)
    assert watch.candidate == AWAY and not watch.shown


def test_others_get_a_turn_after_a_while(watch):
    for _ in range(LONGEST):
        assert step(watch, HERE, SHOWN) and watch.candidate == HERE
    step(watch, HERE)
    assert watch.candidate is None and not watch.shown


def test_it_ends_when_the_target_is_found(watch):
    for _ in range(SHORTEST):
        step(watch, HERE, SHOWN)
    watch.end()
    assert watch.candidate is None and not watch.shown


def test_what_is_barred_is_no_candidate(watch):
    assert not watch.step(HERE, 1.0, barred=True) and watch.candidate is None
