import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from engine.backends.select import open_backend
from engine.testing import moving_box, textured_image
from engine.tracking.memory import TargetMemory, shown
from engine.tracking.recall import Recall
from engine.tracking.view import as_frame, look
from engine.types import Box, Frame, read_only

PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def backend():
    with open_backend("onnxruntime") as opened:
        yield opened


@pytest.fixture
def executor():
    with ThreadPoolExecutor(1) as made:
        yield made


def seen(backend, index):
    """A frame, the target's box on it and the view around that."""
    frame = Frame(index, index / 30, read_only(textured_image(index)))
    box = moving_box(index)
    return frame, box, look(backend, frame.image, box, 4.0)


@pytest.fixture(scope="module")
def first(backend):
    frame, _, view = seen(backend, 0)
    return TargetMemory(shown(view, as_frame(backend, frame.image, view.region), frame)).first


def elsewhere(box):
    return Box(box.x + box.w, box.y + box.h, box.w, box.h)


def test_a_view_is_worth_remembering_where_the_first_patch_agrees(backend, first):
    frame, box, view = seen(backend, 2)
    recall = Recall(backend, None)
    recall.offer(view, box, frame, first)
    worthy = recall.take()
    assert (worthy.view, worthy.box, worthy.frame) == (view, box, frame)
    np.testing.assert_array_equal(worthy.frame16, as_frame(backend, frame.image, view.region))
    assert recall.take() is None


def test_what_the_first_patch_does_not_find_is_not(backend, first):
    frame, box, view = seen(backend, 2)
    recall = Recall(backend, None)
    recall.offer(view, elsewhere(box), frame, first)
    assert recall.take() is None


def test_beside_tracking_it_finds_the_same(backend, first, executor):
    frame, box, view = seen(backend, 2)
    at_once, beside = Recall(backend, None), Recall(backend, executor)
    for recall in (at_once, beside):
        recall.offer(view, box, frame, first)
    beside.wait()
    np.testing.assert_array_equal(beside.take().frame16, at_once.take().frame16)


def test_nobody_waits_and_what_is_offered_meanwhile_is_passed_over(backend, first, executor):
    gate = threading.Event()
    executor.submit(gate.wait, PATIENCE_S)
    recall = Recall(backend, executor)
    offered = [seen(backend, index) for index in (2, 3)]
    for frame, box, view in offered:
        recall.offer(view, box, frame, first)
    assert recall.take() is None
    gate.set()
    recall.wait()
    assert recall.take().frame.index == 2
    recall.wait()
    assert recall.take() is None
