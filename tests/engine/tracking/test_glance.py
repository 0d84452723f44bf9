import numpy as np
import pytest

from engine.backends.select import open_backend
from engine.config import TrackerConfig
from engine.testing import moving_box, textured_image
from engine.tracking.multi import MultiTracker
from engine.types import AttentionMap, Box, Frame


@pytest.fixture(scope="module")
def backend():
    with open_backend("onnxruntime", 1) as opened:
        yield opened


def frame(index, target=True):
    return Frame(index, index / 30, textured_image(index, target=target))


def test_another_source_of_attention_takes_the_networks_place(backend):
    glances = []

    def corner(glance):
        glances.append(glance)
        values = np.zeros((48, 64), np.float32)
        values[:6, :8] = 1.0
        return AttentionMap(values, Box(0.0, 0.0, 320.0, 240.0))

    tracker = MultiTracker(backend, TrackerConfig(deterministic=True), attention=corner)
    tracker.init(frame(0), {1: moving_box(0)})
    result = tracker.update(frame(1))
    tracker.close()
    (glance,) = glances
    assert glance.frame.index == 1 and not glance.failing
    assert result.attention.values[0, 0] == 1.0 and result.attention.values[20, 20] == 0.0
    assert result.regions.shape[0] == 1 and result.regions[0, 0] < 40
    asked = glance.attend()  # the network can still be asked
    assert asked.values.max() > asked.values.min()


def test_without_a_map_it_looks_only_where_the_target_was_and_says_when_that_fails(backend):
    failing = []

    def nothing(glance):
        failing.append(glance.failing)

    tracker = MultiTracker(backend, TrackerConfig(deterministic=True), attention=nothing)
    tracker.init(frame(0), {1: moving_box(0)})
    seen = tracker.update(frame(1))
    for index in range(2, 7):
        tracker.update(frame(index, target=False))
    tracker.close()
    assert seen.attention is None and len(seen.regions) == 0
    assert seen.targets[0].box is not None
    assert failing[0] is False and failing[-1] is True
