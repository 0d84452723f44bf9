import gc
import weakref

import numpy as np

from engine.overlay_cache import OverlayCache
from engine.types import AttentionMap, Box, Frame, FrameResult, Target, TrackState


class Picture(np.ndarray):
    """An array that can be watched being freed."""


def result(index):
    image = np.zeros((8, 8, 3), np.uint8).view(Picture)
    attention = AttentionMap(np.full((2, 2), index / 100, np.float32), Box(0, 0, 8, 8))
    return FrameResult(Frame(index, index / 10, image), (), attention)


def test_overlays_come_back_with_the_frame_and_targets_of_now():
    cache = OverlayCache()
    cache.keep(result(3))
    frame = Frame(3, 0.3, np.ones((8, 8, 3), np.uint8))
    targets = (Target(1, Box(1, 1, 2, 2), 0.9, TrackState.TRACKED),)
    shown = cache.result(frame, targets)
    assert shown.frame is frame
    assert shown.targets == targets
    assert shown.attention.values[0, 0] == np.float32(0.03)


def test_nothing_is_shown_without_targets_or_for_other_frames():
    cache = OverlayCache()
    cache.keep(result(3))
    frame = Frame(3, 0.3, np.ones((8, 8, 3), np.uint8))
    assert cache.result(frame, ()).attention is None
    other = Frame(4, 0.4, frame.image)
    assert cache.result(other, (Target(1, None, 0.0, TrackState.LOST),)).attention is None


def test_pictures_are_not_kept_alive_and_the_number_is_bounded():
    cache = OverlayCache(limit=5)
    pictures = []
    for index in range(9):
        made = result(index)
        pictures.append(weakref.ref(made.frame.image))
        cache.keep(made)
    del made
    gc.collect()
    assert [ref() for ref in pictures] == [None] * 9
    assert len(cache) == 5
    cache.clear()
    assert len(cache) == 0
