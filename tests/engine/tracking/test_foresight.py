from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from engine.backends.base import Backend, BackendInfo
from engine.errors import BackendError
from engine.tracking.foresight import Foresight
from engine.types import Frame


class Counting(Backend):
    """Features that tell the picture's brightness; lists what it encoded, and fails on black."""

    def __init__(self):
        self.encoded = []

    @property
    def info(self):
        return BackendInfo("counting", "CPU", "fp32", "0")

    def run(self, graph, feeds):
        level = float(feeds["image"].mean())
        self.encoded.append((graph, round(level)))
        if level == 0:
            raise BackendError("nothing to see")
        return {"f16": np.full((1, 112, 12, 20), level, np.float32), "f8": np.zeros((1, 40, 24, 40), np.float32)}


def picture(index, level):
    return Frame(index, index / 30, np.full((90, 160, 3), level, np.uint8))


@pytest.fixture
def seer():
    backend = Counting()
    with ThreadPoolExecutor(1) as executor:
        yield Foresight(backend, executor), backend


def test_what_was_foreseen_is_the_frames_own(seer):
    foresight, backend = seer
    frame = picture(1, 50)
    foresight.begin(frame)
    seen = foresight.take(frame).result()
    assert seen.features.f16.mean() == pytest.approx(50) and seen.features.variant == "wide"
    assert seen.took_ms > 0
    assert backend.encoded == [("encode_wide", 50)]
    assert foresight.take(frame) is None, "it is given once"


def test_another_frame_gets_nothing(seer):
    foresight, _ = seer
    foresight.begin(picture(1, 50))
    assert foresight.take(picture(1, 50)) is None, "the same place in another source is another frame"
    later, last = picture(2, 60), picture(3, 70)
    foresight.begin(later)
    foresight.begin(last)
    assert foresight.take(later) is None
    foresight.begin(last)
    assert foresight.take(last).result().features.f16.mean() == pytest.approx(70)


def test_waiting_leaves_it_to_be_taken(seer):
    foresight, backend = seer
    foresight.wait()
    frame = picture(1, 50)
    foresight.begin(frame)
    foresight.wait()
    assert len(backend.encoded) == 1
    assert foresight.take(frame).done()


def test_an_error_is_that_of_the_frame(seer):
    foresight, _ = seer
    frame = picture(1, 0)
    foresight.begin(frame)
    with pytest.raises(BackendError, match="nothing to see"):
        foresight.take(frame).result()
