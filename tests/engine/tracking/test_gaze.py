import numpy as np
import pytest

from engine.backends.select import open_backend
from engine.config import TrackerConfig
from engine.testing import moving_box, textured_image
from engine.tracking.attention import FrameEncoder
from engine.tracking.gaze import Gaze
from engine.tracking.memory import TargetMemory, shown
from engine.tracking.multi import MultiTracker
from engine.tracking.view import as_frame, look
from engine.types import Box, Frame

FULL = (1280, 960)


@pytest.fixture(scope="module")
def backend():
    with open_backend("onnxruntime") as opened:
        yield opened


def frame(index):
    """The textured target, 48 x 36, on a frame in which it is about 8 network pixels large."""
    image = np.full((FULL[1], FULL[0], 3), 128, np.uint8)
    image[::7] += 10
    image[400:640, 640:960] = textured_image(index)
    image.flags.writeable = False
    return Frame(index, index / 30, image)


def box(index):
    inner = moving_box(index)
    return Box(inner.x + 640, inner.y + 400, inner.w, inner.h)


def test_a_large_target_is_looked_for_on_the_whole_frame(backend):
    first = frame(0)
    gaze = Gaze(backend, first, box(0), FrameEncoder(backend).encode(first))
    assert gaze.takes_parts(box(0), FULL) and not gaze.takes_parts(Box(0, 0, 200, 200), FULL)
    assert gaze.parts(Box(0, 0, 200, 200), FULL, searching=True, lost=True) == []


def test_tiles_take_turns_with_the_targets_surroundings_until_it_is_lost(backend):
    first = frame(0)
    gaze = Gaze(backend, first, box(0), FrameEncoder(backend).encode(first))
    followed = [part for _ in range(8) for part in gaze.parts(box(0), FULL, searching=False, lost=False)]
    around = [part for part in followed if part == followed[0]]
    cx = box(0).center[0]
    assert len(around) >= 4 and around[0].x <= cx <= around[0].x + around[0].w
    searched = {part for _ in range(40) for part in gaze.parts(box(0), FULL, searching=True, lost=False)}
    rows = len({part.y for part in searched})
    assert len(searched) == rows**2 >= 4  # every tile had its turn
    pairs = [gaze.parts(box(0), FULL, searching=True, lost=True) for _ in range(-(-len(searched) // 2))]
    assert all(len(pair) == 2 for pair in pairs)
    assert {part for pair in pairs for part in pair} == searched, "a lost target's tiles take half as long"


def test_all_tiles_together_show_where_a_small_target_went(backend):
    first, now = frame(0), frame(25)
    encoder = FrameEncoder(backend)
    gaze = Gaze(backend, first, box(0), encoder.encode(first))
    view = look(backend, first.image, box(0), 4.0)
    memory = TargetMemory(shown(view, as_frame(backend, first.image, view.region), first)).global16
    whole = gaze.everywhere(now, box(0), encoder.encode(now), memory)
    rows, columns = whole.values.shape
    row, column = np.unravel_index(whole.values.argmax(), whole.values.shape)
    x = whole.region.x + (column + 0.5) * whole.region.w / columns
    y = whole.region.y + (row + 0.5) * whole.region.h / rows
    truth = box(25)
    assert truth.x <= x <= truth.x + truth.w and truth.y <= y <= truth.y + truth.h


def test_following_only_small_targets_encodes_parts_and_never_the_whole(backend):
    tracker = MultiTracker(backend, TrackerConfig(deterministic=True))
    tracker.init(frame(0), {1: box(0)})
    regions = []
    for index in range(1, 5):
        result = tracker.update(frame(index))
        assert result.attention is not None
        regions.append(result.attention.region)
    tracker.close()
    assert all(region.w < FULL[0] for region in regions) and len({region.x for region in regions}) > 1


def test_a_closer_look_covers_a_part_of_the_frame_and_the_parts_take_turns(backend):
    first, now = frame(0), frame(1)
    large = Box(box(0).x - 20, box(0).y - 20, 90, 80)
    encoder = FrameEncoder(backend)
    gaze = Gaze(backend, first, large, encoder.encode(first))
    view = look(backend, first.image, large, 4.0)
    memory = TargetMemory(shown(view, as_frame(backend, first.image, view.region), first)).global16
    whole = gaze.at(encoder.encode(now), memory)
    maps = [gaze.closer(now, whole, memory).values for _ in range(4)]
    assert all(each.shape == maps[0].shape for each in maps)
    plain = np.median(maps, axis=0)
    changed = [np.argwhere(abs(each - plain) > 1e-6).mean(axis=0) for each in maps]
    quarters = {tuple((place > np.array(plain.shape) / 2).tolist()) for place in changed}
    assert len(quarters) == 4
