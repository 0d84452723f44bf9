import pytest

from engine.config import BystanderConfig
from engine.tracking.bystanders import Bystanders
from engine.types import Box

CONFIG = BystanderConfig(reach=0.5, speed=0.1, forget=5, trust=20)
SIDE = 20.0


def at(x):
    return Box(x, 0, 20, 20)


@pytest.fixture
def bystanders():
    """One at 200, seen while the target was in hand."""
    made = Bystanders(CONFIG)
    made.step([at(200)], SIDE, in_hand=True)
    return made


def test_what_is_seen_while_the_target_is_in_hand_is_a_bystander(bystanders):
    assert bystanders.knows(at(205), SIDE)
    assert not bystanders.knows(at(215), SIDE), "that is too far away to be it"


def test_what_is_seen_otherwise_may_be_the_target():
    bystanders = Bystanders(CONFIG)
    bystanders.step([at(200)], SIDE, in_hand=False)
    assert not bystanders.knows(at(200), SIDE)


def test_a_known_one_is_followed_whether_the_target_is_in_hand_or_not(bystanders):
    for x in range(208, 300, 8):
        bystanders.step([at(x)], SIDE, in_hand=False)
    assert bystanders.knows(at(296), SIDE) and not bystanders.knows(at(200), SIDE)


def test_the_longer_it_is_unseen_the_further_it_may_have_gone_until_it_is_forgotten(bystanders):
    for _ in range(CONFIG.forget):
        bystanders.step([], SIDE, in_hand=True)
    assert bystanders.knows(at(219), SIDE) and not bystanders.knows(at(221), SIDE)
    bystanders.step([], SIDE, in_hand=True)
    assert not bystanders.knows(at(200), SIDE)


def test_without_the_target_for_long_it_may_be_any_of_them(bystanders):
    for _ in range(CONFIG.trust):
        bystanders.step([at(200)], SIDE, in_hand=False)
    assert bystanders.knows(at(200), SIDE)
    bystanders.step([at(200)], SIDE, in_hand=False)
    assert not bystanders.knows(at(200), SIDE)


def test_sides_are_those_of_the_target(bystanders):
    assert bystanders.knows(at(230), SIDE * 4)
