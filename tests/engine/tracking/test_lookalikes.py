import numpy as np

from engine.config import TrackerConfig
from engine.tracking.doubt import Doubt
from engine.tracking.judge import Judgement
from engine.tracking.lookalikes import HARDEST, KEPT, WARY_AT, WORTH, LookAlikes
from engine.types import Box, Proposals, read_only

CONFIG = TrackerConfig()
TARGET = Box(100, 100, 20, 20)


def judgement(boxes, belief):
    """What a look showed, each sample's features telling its number."""
    boxes, belief = np.asarray(boxes, float), np.asarray(belief, float)
    count = len(boxes)
    features = np.arange(count, dtype=np.float32)[:, None] * np.ones((1, 1600), np.float32)
    proposals = Proposals(read_only(boxes), read_only(belief.copy()), read_only(np.zeros(count, np.uint8)))
    return Judgement(Box.from_array(boxes[0]), float(belief[0]), 0.0, 0.5, proposals, features, belief)


def elsewhere(count):
    return [[300 + n, 300, 20, 20] for n in range(count)]


def kept(lookalikes):
    return [look[:, 0].tolist() for look in lookalikes.feared(fresh_doubt(), lost=True)]


def fresh_doubt():
    return Doubt(CONFIG.doubt, CONFIG.state.failure)


def test_what_the_classifier_believes_in_most_is_kept_hardest_first():
    lookalikes = LookAlikes(CONFIG.learn)
    belief = np.linspace(0.0, 0.9, HARDEST + 10)
    lookalikes.meet(judgement(elsewhere(len(belief)), belief), TARGET)
    assert kept(lookalikes) == [list(range(HARDEST + 9, 9, -1))]


def test_the_target_itself_is_no_look_alike():
    lookalikes = LookAlikes(CONFIG.learn)
    lookalikes.meet(judgement([TARGET.as_array(), [104, 100, 20, 20], *elsewhere(1)], [0.9, 0.8, 0.4]), TARGET)
    assert kept(lookalikes) == [[2.0]]
    lookalikes.meet(judgement([TARGET.as_array()], [0.9]), TARGET)
    assert len(kept(lookalikes)) == 1


def test_what_nobody_would_confuse_is_not_kept():
    lookalikes = LookAlikes(CONFIG.learn)
    lookalikes.meet(judgement(elsewhere(5), np.full(5, WORTH / 2)), TARGET)
    assert kept(lookalikes) == []


def test_the_latest_looks_are_kept():
    lookalikes = LookAlikes(CONFIG.learn)
    for number in range(KEPT + 3):
        lookalikes.meet(judgement(elsewhere(number + 1), [0.1] * number + [0.9]), TARGET)
    assert [look[0] for look in kept(lookalikes)] == list(range(3, KEPT + 3))


def test_they_are_feared_once_the_target_is_in_doubt_or_lost():
    lookalikes, doubt = LookAlikes(CONFIG.learn), fresh_doubt()
    lookalikes.meet(judgement(elsewhere(1), [0.4]), TARGET)
    feared = []
    for _ in range(WARY_AT + 1):
        feared.append(len(lookalikes.feared(doubt, lost=False)))
        doubt.step(0.1)
    assert feared == [0] * WARY_AT + [1]
    assert len(lookalikes.feared(fresh_doubt(), lost=True)) == 1
