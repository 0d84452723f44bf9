import numpy as np
import pytest

from engine.geometry import Mapping2D
from engine.models import SLOTS, TURNED
from engine.testing import textured_image
from engine.tracking.memory import TargetMemory, shown
from engine.tracking.turned import Turned
from engine.tracking.view import SearchView
from engine.types import Box, Frame

FRAME = Frame(7, 0.7, textured_image(7, 256, 256))


def _view(value):
    """A view of frame pixels 0..256 whose maps hold the cell's column plus a value."""
    f16 = np.broadcast_to(np.arange(16, dtype=np.float32), (1, 112, 16, 16)) + value
    f8 = np.broadcast_to(np.arange(32, dtype=np.float32), (1, 40, 32, 32)) + value
    return SearchView(Box(0, 0, 256, 256), Mapping2D(0, 0, 1, 1), f8.copy(), f16.copy())


def _seen(value):
    """A view and what the frame's trunk makes of the same crop: other features, told apart by 10,000."""
    view = _view(value)
    return view, view.f16 + 10_000


def _memory():
    return TargetMemory(shown(*_seen(0), FRAME))


def test_all_slots_begin_as_the_first_patch():
    memory = _memory()
    assert memory.memory8.shape == (SLOTS + TURNED, 40, 16, 16)
    assert memory.memory16.shape == (SLOTS + TURNED, 112, 8, 8) and memory.global16.shape == (SLOTS, 112, 8, 8)
    assert (memory.memory16 == memory.memory16[:1]).all()
    assert memory.memory16[0, 0, 0].tolist() == list(range(4, 12))


def test_the_first_patch_is_never_replaced_and_the_oldest_goes():
    memory = _memory()
    centred = Box(108, 108, 40, 40)
    for value in (100, 200, 300, 400):
        memory.remember(*_seen(value), centred, FRAME)
    assert [float(memory.memory16[slot, 0, 0, 0]) for slot in range(SLOTS)] == [4, 404, 204, 304]


def test_attention_remembers_the_same_patches_by_the_features_of_the_frames_trunk():
    memory = _memory()
    assert (memory.global16 == memory.memory16[:SLOTS] + 10_000).all()
    published = memory.global16
    memory.remember(*_seen(100), Box(108 + 32, 108, 40, 40), FRAME)
    assert (memory.global16 == memory.memory16[:SLOTS] + 10_000).all()
    assert memory.global16[1, 0, 0, 0] == 10_106
    assert published.max() < 10_100


def test_a_target_off_the_middle_is_cut_where_it_is():
    memory = _memory()
    memory.remember(*_seen(0), Box(108 + 32, 108, 40, 40), FRAME)  # two cells to the right
    assert memory.memory16[1, 0, 0, 0] == pytest.approx(6)
    assert memory.memory8[1, 0, 0, 0] == pytest.approx(12)


def test_a_target_at_the_edge_is_not_remembered():
    memory = _memory()
    memory.remember(*_seen(500), Box(220, 108, 40, 40), FRAME)
    assert memory.memory16.max() < 500


def test_published_memories_do_not_change():
    memory = _memory()
    published = memory.memory16
    memory.remember(*_seen(100), Box(108, 108, 40, 40), FRAME)
    assert published.max() < 100


def test_the_pictures_show_what_is_remembered():
    memory = _memory()
    (first,) = memory.patches
    assert first.first and first.frame_index == 7 and first.image.shape == (64, 64, 3)
    middle = FRAME.image[64:192, 64:192].astype(float)  # half of the view
    shrunk = middle.reshape(64, 2, 64, 2, 3).mean(axis=(1, 3))
    assert np.abs(first.image - shrunk).mean() < 2
    with pytest.raises(ValueError, match="read-only"):
        first.image[0, 0] = 0


def test_pictures_change_only_with_the_memory_and_the_first_one_stays():
    memory = _memory()
    before = memory.patches
    memory.remember(*_seen(0), Box(220, 108, 40, 40), FRAME)  # at the edge
    assert memory.patches is before
    for index in (10, 20, 30, 40):
        memory.remember(*_seen(0), Box(108, 108, 40, 40), Frame(index, 1.0, FRAME.image))
    assert [p.frame_index for p in memory.patches] == [7, 40, 20, 30]
    assert [p.first for p in memory.patches] == [True, False, False, False]


def test_what_the_user_showed_on_other_frames_stays_too():
    other = Frame(3, 0.3, FRAME.image)
    memory = TargetMemory(shown(*_seen(0), FRAME), [shown(*_seen(100), other), shown(*_seen(200), FRAME)])
    assert [float(memory.memory16[slot, 0, 0, 0]) for slot in range(SLOTS)] == [4, 104, 4, 4]
    for value in (300, 400, 500):
        memory.remember(*_seen(value), Box(108, 108, 40, 40), FRAME)
    assert [float(memory.memory16[slot, 0, 0, 0]) for slot in range(SLOTS)] == [4, 104, 504, 404]
    assert (memory.global16 == memory.memory16[:SLOTS] + 10_000).all()
    assert [(p.frame_index, p.first) for p in memory.patches] == [(7, True), (3, True), (7, False), (7, False)]


def test_the_first_view_turned_over_stays_behind_the_others_and_is_no_part_of_the_first_patch():
    turned = Turned(np.full((TURNED, 40, 16, 16), -8, np.float32), np.full((TURNED, 112, 8, 8), -16, np.float32))
    memory = TargetMemory(shown(*_seen(0), FRAME, turned))
    for value in (100, 200, 300, 400):
        memory.remember(*_seen(value), Box(108, 108, 40, 40), FRAME)
    local8, local16 = memory.local
    assert (local8[SLOTS:] == -8).all() and (local16[SLOTS:] == -16).all() and local16[:SLOTS].min() >= 0
    assert all((each >= 0).all() and len(each) == SLOTS + TURNED for each in memory.first)
