import numpy as np
import pytest

from engine.tracking.continuity import PATIENCE, Continuity
from engine.tracking.judge import Judgement
from engine.types import Box, Proposals

WIDTH = 64
RNG = np.random.default_rng(0)
SCENE, TARGET, OTHER, NEXT = RNG.standard_normal((4, WIDTH))
"""What all candidates share, and what sets three of them apart."""


def seen(look):
    """A view whose best candidates look like this, among others that show nothing but the scene."""
    boxes = np.array([[10.0, 10, 20, 20], [11, 10, 20, 20], *([100.0 + 30 * n, 0, 20, 20] for n in range(8))])
    features = np.tile(5 * SCENE, (len(boxes), 1))
    features[:2] += look
    scores = np.array([0.1, 0.1, *[0.0] * 8])
    proposals = Proposals(boxes, scores, np.zeros(len(boxes), np.uint8))
    return Judgement(Box(10, 10, 20, 20), 0.1, 0.0, 0.0, proposals, features.astype(np.float32), scores)


@pytest.fixture
def known():
    continuity = Continuity()
    assert continuity.step(seen(TARGET), sure=True)
    return continuity


def test_nothing_goes_on_from_nothing():
    assert not Continuity().step(seen(TARGET), sure=False)


def test_what_changes_bit_by_bit_into_something_else_goes_on(known):
    assert all(known.step(seen((1 - s) * TARGET + s * OTHER), sure=False) for s in np.linspace(0.1, 1, 10))
    assert known.step(seen(OTHER), sure=False)


def test_what_is_something_else_all_at_once_does_not_and_stays_so_though_it_hardly_changes(known):
    held = [known.step(seen(OTHER), sure=False) for _ in range(PATIENCE + 3)]
    assert held == [True] * PATIENCE + [False] * 3, "what all candidates share, the scene, is not what goes on"


def test_a_blink_is_no_end(known):
    for look in [OTHER] * PATIENCE + [TARGET] + [OTHER] * PATIENCE:
        assert known.step(seen(look), sure=False)


def test_once_it_has_ended_only_what_is_sure_begins_it_again(known):
    for _ in range(PATIENCE + 1):
        known.step(seen(OTHER), sure=False)
    assert not known.step(seen(TARGET), sure=False)
    assert known.step(seen(NEXT), sure=True)
    assert known.step(seen(NEXT), sure=False)
