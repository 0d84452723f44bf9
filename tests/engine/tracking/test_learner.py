from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from engine.backends.select import open_backend
from engine.config import LearnConfig
from engine.tracking.learner import Learner, Samples, surprise

CONFIG = replace(LearnConfig(), init_steps=6, init_lr=1e-2, update_steps=3)


@pytest.fixture(scope="module")
def backend():
    with open_backend("onnxruntime", threads=1) as opened:
        yield opened


@pytest.fixture(scope="module")
def head(backend):
    """Random layers, so that what is tested is learning and not what the published weights know."""
    rng = np.random.default_rng(0)
    return {
        name: (rng.standard_normal(w.shape) * (2 / w.shape[0]) ** 0.5 * (w.ndim > 1)).astype(np.float32)
        for name, w in backend.head().items()
    }


def _clouds(seed, count, shift):
    """Features of targets and background, told apart by some of the dimensions."""
    rng = np.random.default_rng(seed)
    direction = np.zeros(1600, np.float32)
    direction[::7] = shift
    positive = rng.standard_normal((count, 1600)).astype(np.float32) + direction
    negative = rng.standard_normal((4 * count, 1600)).astype(np.float32) - direction
    return positive, negative


def _score(weights, x):
    hidden = np.maximum(x @ weights["w4"] + weights["b4"], 0)
    hidden = np.maximum(hidden @ weights["w5"] + weights["b5"], 0)
    return float((hidden @ weights["w6"] + weights["b6"]).mean())


def _margin(weights, positive, negative):
    return _score(weights, positive) - _score(weights, negative)


def test_the_first_frame_separates_target_and_background(backend, head):
    learner = Learner(backend, head, CONFIG, 0, None)
    positive, negative = _clouds(1, 60, 0.5)
    before = _margin(learner.weights, positive, negative)
    learner.start(Samples(positive, negative))
    assert _margin(learner.weights, *_clouds(2, 60, 0.5)) > before + 1.0


def test_what_was_taught_on_other_frames_is_learned_and_kept(backend, head):
    own, taught = Samples(*_clouds(1, 60, 0.5)), Samples(*_clouds(2, 60, -0.5))
    alone, both = (Learner(backend, head, CONFIG, 0, None) for _ in range(2))
    alone.start(own)
    both.start(own, [taught])
    assert _margin(both.weights, *_clouds(3, 60, -0.5)) > _margin(alone.weights, *_clouds(3, 60, -0.5)) + 1.0
    for _ in range(4):
        for learner in (alone, both):
            learner.collect(Samples(*_clouds(4, 20, 0.5)), 1.0)
            learner.update_long()
    assert _margin(both.weights, *_clouds(3, 60, -0.5)) > _margin(alone.weights, *_clouds(3, 60, -0.5)) + 1.0


def test_updates_follow_a_target_that_changes(backend, head):
    learner = Learner(backend, head, CONFIG, 0, None)
    learner.start(Samples(*_clouds(1, 60, 0.5)))
    changed = _clouds(3, 40, -0.5)
    before = _margin(learner.weights, *changed)
    for _ in range(10):
        learner.collect(Samples(*changed), 1.0)
    learner.update_short()
    learner.update_long()
    assert _margin(learner.weights, *changed) > before


def test_learning_repeats_bit_by_bit_with_the_seed(backend):
    def learned():
        learner = Learner(backend, backend.head(), CONFIG, 5, None)
        learner.start(Samples(*_clouds(1, 60, 0.5)))
        learner.collect(Samples(*_clouds(2, 20, 0.5)), 1.0)
        learner.update_long()
        return learner.weights

    first, second = learned(), learned()
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_beside_tracking_gives_the_same_weights_once_swapped_in(backend):
    inline = Learner(backend, backend.head(), CONFIG, 5, None)
    with ThreadPoolExecutor(1) as pool:
        beside = Learner(backend, backend.head(), CONFIG, 5, pool)
        for learner in (inline, beside):
            learner.start(Samples(*_clouds(1, 60, 0.5)))
            learner.collect(Samples(*_clouds(2, 20, 0.5)), 1.0)
        before = beside.weights
        inline.update_long()
        beside.update_long()
        assert beside.weights is before  # nothing changes under a frame's feet
        beside.wait()
    assert all(np.array_equal(inline.weights[n], beside.weights[n]) for n in inline.weights)


def test_a_long_term_update_is_left_out_where_nothing_was_new_of_late(backend):
    learner = Learner(backend, backend.head(), replace(CONFIG, long_interval=3), 5, None)
    learner.start(Samples(*_clouds(1, 60, 0.5)))
    known = learner.weights
    for was_new in (1.0, 0.0, 0.0, 0.0):
        learner.collect(Samples(*_clouds(2, 20, 0.5)), was_new)
    learner.update_long()
    assert learner.weights is known
    learner.update_short()  # after a failure there is always something to learn
    assert learner.weights is not known
    known = learner.weights
    learner.collect(Samples(*_clouds(2, 20, 0.5)), 1.0)
    learner.update_long()
    assert learner.weights is not known


def test_what_surprises_are_missed_positives_and_the_negatives_most_believed_in():
    sure = surprise(np.full(8, 0.99), np.full(64, 0.01))
    assert sure == pytest.approx(-2 * np.log(0.99))
    missed = surprise(np.full(8, 0.2), np.full(64, 0.01))
    believed = surprise(np.full(8, 0.99), np.append(np.full(64, 0.01), np.full(32, 0.7)))
    assert missed == pytest.approx(-np.log(0.2) - np.log(0.99))
    assert believed == pytest.approx(-np.log(0.3) - np.log(0.99))
    assert np.isfinite(surprise(np.zeros(8), np.ones(64)))
    assert surprise(np.zeros(0), np.full(64, 0.01)) == pytest.approx(-np.log(0.99))


def test_old_frames_fall_out(backend):
    learner = Learner(backend, backend.head(), replace(CONFIG, long_frames=2), 0, None)
    marked = np.full((5, 1600), 7.0, np.float32)
    for samples in ((marked, marked), _clouds(2, 5, 0.5), _clouds(3, 5, 0.5)):
        learner.collect(Samples(*samples), 1.0)
    assert len(learner._recent) == 2
    assert not any((kept.positive == 7.0).any() for kept in learner._recent)


def test_frames_without_samples_of_both_kinds_are_not_kept(backend):
    learner = Learner(backend, backend.head(), CONFIG, 0, None)
    learner.collect(Samples(np.zeros((0, 1600), np.float32), np.zeros((9, 1600), np.float32)), 1.0)
    assert not learner._recent


def test_look_alikes_are_told_apart_until_the_target_is_in_hand_again(backend, head):
    learner = Learner(backend, head, CONFIG, 0, None)
    positive, negative = _clouds(1, 60, 0.5)
    learner.start(Samples(positive, negative))
    alike = positive[:20].copy()
    alike[:, 1::7] += 1.0  # the target but for some dimensions
    before = learner.weights
    learner.beware([alike])
    wary = learner.judging
    assert learner.weights is before
    assert _margin(wary, positive, alike) > _margin(before, positive, alike) + 0.5
    learner.beware([alike])  # once is enough
    assert learner.judging is wary
    learner.beware([])
    assert learner.judging is before


def test_without_look_alikes_there_is_nothing_to_beware_of(backend, head):
    learner = Learner(backend, head, CONFIG, 0, None)
    learner.start(Samples(*_clouds(1, 60, 0.5)))
    learner.beware([])
    assert learner.judging is learner.weights


def test_look_alikes_are_learned_beside_tracking(backend, head):
    with ThreadPoolExecutor(1) as executor:
        learner = Learner(backend, head, CONFIG, 0, executor)
        learner.start(Samples(*_clouds(1, 60, 0.5)))
        learner.collect(Samples(*_clouds(2, 20, 0.5)), 1.0)
        learner.update_long()
        learner.beware([_clouds(3, 20, 0.5)[0]])
        assert learner.judging is learner.weights and learner.learning_others  # nobody waits
        learner.wait()
        assert learner.judging is not learner.weights and not learner.learning_others
        learner.beware([])
        learner.beware([_clouds(3, 20, 0.5)[0]])
        learner.beware([])  # what is under way comes too late
        learner.wait()
        assert learner.judging is learner.weights
