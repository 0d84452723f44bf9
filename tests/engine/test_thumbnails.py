import threading

import numpy as np
import pytest

from engine.testing import FakeSource
from engine.thumbnails import KEPT, Thumbnails

PATIENCE_S = 20


class Rig:
    def __init__(self, open_spec):
        self.news = threading.Semaphore(0)
        self.thumbnails = Thumbnails("clip", self.news.release, width=80, open_spec=open_spec)

    def ask(self, frame):
        self.thumbnails.ask(frame)
        assert self.news.acquire(timeout=PATIENCE_S)


@pytest.fixture
def make_rig():
    made = []

    def make(open_spec):
        made.append(Rig(open_spec))
        return made[-1]

    yield make
    for rig in made:
        rig.thumbnails.close()
        assert rig.thumbnails.join(PATIENCE_S)


def test_a_frame_comes_small_and_is_kept(make_rig):
    source = FakeSource(50)
    rig = make_rig(lambda spec: source)
    assert rig.thumbnails.get(30) is None
    rig.ask(30)
    picture = rig.thumbnails.get(30)
    assert picture.shape == (60, 80, 3) and not picture.flags.writeable
    rig.ask(10)
    assert source.reads == [30, 10]
    rig.thumbnails.ask(30)  # it is there: nothing is decoded
    rig.ask(11)
    assert source.reads == [30, 10, 11]
    assert np.abs(picture.astype(int) - rig.thumbnails.get(30)).max() == 0


def test_a_near_frame_stands_in_if_allowed(make_rig):
    rig = make_rig(lambda spec: FakeSource(50))
    rig.ask(30)
    assert rig.thumbnails.get(33, within=3) is not None
    assert rig.thumbnails.get(34, within=3) is None


def test_of_several_wishes_only_the_last_is_fulfilled(make_rig):
    gate, waiting = threading.Event(), threading.Event()
    source = FakeSource(50)

    def open_spec(spec):
        waiting.set()
        assert gate.wait(PATIENCE_S)
        return source

    rig = make_rig(open_spec)
    rig.thumbnails.ask(1)
    assert waiting.wait(PATIENCE_S)
    for frame in (2, 3, 4):
        rig.thumbnails.ask(frame)
    gate.set()
    for _ in range(2):
        assert rig.news.acquire(timeout=PATIENCE_S)
    assert source.reads == [1, 4]


def test_few_pictures_are_kept(make_rig):
    rig = make_rig(lambda spec: FakeSource(KEPT + 20))
    for frame in range(KEPT + 10):
        rig.ask(frame)
    assert rig.thumbnails.get(9) is None and rig.thumbnails.get(10) is not None


def test_a_frame_that_cannot_be_read_is_no_trouble(make_rig):
    rig = make_rig(lambda spec: FakeSource(50, fail_at=7))
    rig.thumbnails.ask(7)
    rig.thumbnails.ask(99)
    rig.ask(8)
    assert rig.thumbnails.get(7) is None and rig.thumbnails.get(8) is not None


def test_closing_frees_the_source():
    source = FakeSource(50)
    rig = Rig(lambda spec: source)
    rig.ask(5)
    rig.thumbnails.close()
    assert rig.thumbnails.join(PATIENCE_S) and source.closed
