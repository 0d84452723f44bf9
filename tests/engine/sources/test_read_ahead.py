import threading

import pytest

from engine.errors import SourceError
from engine.sources import ahead
from engine.sources.ahead import AHEAD, ReadAhead, coming
from engine.testing import FakeSource

PATIENCE_S = 20.0


class Gated(FakeSource):
    """A source whose reads wait for a permit each, and which tells when one has begun."""

    def __init__(self, permits, **options):
        super().__init__(**options)
        self.permits, self.begun = threading.Semaphore(permits), threading.Semaphore(0)

    def read(self):
        self.begun.release()
        self.permits.acquire()
        return super().read()

    def close(self):
        super().close()
        self.permits.release(100)


def read(source, count):
    return [source.read().index for _ in range(count)]


def test_every_frame_comes_once_and_in_order():
    inner = FakeSource(20)
    source = ReadAhead(inner)
    assert read(source, 20) == list(range(20))
    assert source.read() is None and source.read() is None
    assert inner.reads == list(range(20))
    source.close()


def test_frames_are_read_before_they_are_asked_for():
    inner = Gated(3 + AHEAD, frames=50)
    source = ReadAhead(inner)
    assert read(source, 3) == [0, 1, 2]
    for _ in range(3 + AHEAD):
        assert inner.begun.acquire(timeout=PATIENCE_S)
    assert read(source, AHEAD) == [3, 4, 5]  # no further read is let through: they were there
    source.close()


def test_what_comes_next_is_known_when_it_is_there():
    inner = Gated(4, frames=5)
    source = ReadAhead(inner)
    assert coming(source) is None
    read(source, 3)
    for _ in range(5):
        assert inner.begun.acquire(timeout=PATIENCE_S)  # the fifth has begun, so the fourth is there
    known = coming(source)
    assert known.index == 3 and source.read() is known
    assert coming(source) is None, "the fifth waits for its permit"
    source.close()
    assert coming(source) is None
    assert coming(FakeSource(5)) is None


def test_an_error_to_come_is_not_told_before_its_turn():
    source = ReadAhead(FakeSource(20, fail_at=3))
    read(source, 3)
    source._ready[0].exception(PATIENCE_S)
    assert coming(source) is None
    with pytest.raises(SourceError, match="Frame 3"):
        source.read()
    source.close()


def test_large_frames_are_not_piled_up(monkeypatch):
    monkeypatch.setattr(ahead, "AHEAD_BYTES", 320 * 240 * 3)
    inner = FakeSource(50)
    source = ReadAhead(inner)
    read(source, 10)
    source.seek(0)  # what is under way has ended
    assert len(inner.reads) <= 11
    source.close()


def test_who_looks_here_and_there_has_nothing_read_ahead():
    inner = FakeSource(50)
    source = ReadAhead(inner)
    for index in (30, 10, 40):
        source.seek(index)
        assert read(source, 2) == [index, index + 1]
    assert inner.reads == [30, 31, 10, 11, 40, 41]
    source.close()


@pytest.mark.parametrize("goal", [0, 5, 7, 40])
def test_a_seek_lands_on_its_frame_whatever_was_read_ahead(goal):
    source = ReadAhead(FakeSource(60))
    read(source, 5)
    source.seek(goal)
    assert read(source, 10) == list(range(goal, goal + 10))
    source.close()


def test_an_error_comes_where_its_frame_would_have_come():
    source = ReadAhead(FakeSource(20, fail_at=6))
    assert read(source, 6) == list(range(6))
    with pytest.raises(SourceError, match="Frame 6"):
        source.read()
    source.seek(2)
    assert read(source, 3) == [2, 3, 4]
    source.close()


def test_a_wrong_seek_is_an_error():
    source = ReadAhead(FakeSource(10))
    read(source, 5)
    with pytest.raises(SourceError, match="choose one"):
        source.seek(10)
    source.close()


def test_closing_ends_a_read_that_waits():
    inner = Gated(3, frames=50)
    source = ReadAhead(inner)
    read(source, 3)
    got = []
    waiting = threading.Thread(target=lambda: got.append(source.read()))
    waiting.start()
    for _ in range(4):
        assert inner.begun.acquire(timeout=PATIENCE_S)
    source.close()
    waiting.join(PATIENCE_S)
    assert got == [None]
    assert source.read() is None
    source.close()
