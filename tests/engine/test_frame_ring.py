import numpy as np

from engine.frame_ring import FrameRing
from engine.types import Frame


def frame(index, time_s=None, side=10):
    return Frame(index, index * 0.1 if time_s is None else time_s, np.zeros((side, side, 3), np.uint8))


def test_keeps_what_came_within_the_last_seconds():
    ring = FrameRing(seconds=0.5)
    for index in range(20):
        ring.add(frame(index))
    assert ring.get(19) is not None
    assert ring.get(14) is not None
    assert ring.get(13) is None
    assert [f.index for f in ring.after(16)] == [17, 18, 19]


def test_is_bounded_in_frames_and_bytes():
    ring = FrameRing(seconds=1e9, frames=5)
    for index in range(9):
        ring.add(frame(index))
    assert len(ring) == 5
    ring = FrameRing(seconds=1e9, max_bytes=3 * 300 + 10)
    for index in range(9):
        ring.add(frame(index))
    assert len(ring) == 3


def test_a_frame_too_large_for_the_bound_is_still_held():
    ring = FrameRing(max_bytes=10)
    ring.add(frame(0))
    assert ring.get(0) is not None


def test_the_same_frame_is_held_once():
    ring = FrameRing(max_bytes=2 * 300)
    for _ in range(10):
        ring.add(frame(1))
    ring.add(frame(2))
    assert len(ring) == 2
    ring.clear()
    assert len(ring) == 0
    assert ring.get(1) is None
