"""The drawn target turned over, and what `locate` makes of it."""

import cv2
import numpy as np
import pytest

from engine.backends.select import open_backend
from engine.geometry import crop_square, search_region
from engine.models import SLOTS, TURNED
from engine.testing import moving_box, textured_image
from engine.tracking.memory import TargetMemory, shown
from engine.tracking.turned import TURNS, Turn, look_turned, turned_crops
from engine.tracking.view import CROP, as_frame, locate, look, network_image
from engine.types import Box, Frame

CENTRED = np.array([96.0, 96.0, 64.0, 64.0])


@pytest.fixture(scope="module")
def backend():
    with open_backend("onnxruntime") as opened:
        yield opened


def test_there_is_a_view_for_every_turned_slot():
    assert len(TURNS) == TURNED


def test_upside_down_and_mirrored_views_keep_every_pixel():
    crop = np.random.default_rng(0).integers(0, 256, (CROP, CROP, 3), dtype=np.uint8)
    turned = dict(zip(TURNS, turned_crops(crop, CENTRED), strict=True))
    np.testing.assert_array_equal(turned[Turn(180)], crop[::-1, ::-1])
    np.testing.assert_array_equal(turned[Turn(0, mirrored=True)], crop[:, ::-1])


@pytest.mark.parametrize("size", [(64, 64), (30, 120), (110, 40)])
def test_turned_targets_fill_their_crop_as_any_other(size):
    crop = np.zeros((CROP, CROP, 3), np.uint8)
    axes = tuple(round(16 * side / 2) for side in size)
    cv2.ellipse(crop, (2040, 2040), axes, 0, 0, 360, (255, 255, 255), -1, shift=4)
    box = np.array([128 - size[0] / 2, 128 - size[1] / 2, *size], dtype=float)
    wanted = float(np.sqrt(size[0] * size[1]))
    for turn, turned in zip(TURNS, turned_crops(crop, box), strict=True):
        rows, columns = (np.flatnonzero((turned[..., 0] > 127).any(axis=axis)) for axis in (1, 0))
        width, height = np.ptp(columns) + 1, np.ptp(rows) + 1
        assert np.sqrt(width * height) == pytest.approx(wanted, abs=2.0), turn
        assert (columns.mean(), rows.mean()) == pytest.approx((127.5, 127.5), abs=1.0), turn


def test_turning_is_clockwise():
    crop = np.zeros((CROP, CROP, 3), np.uint8)
    crop[40:60, 124:132] = 255  # above the middle
    right = turned_crops(crop, CENTRED)[TURNS.index(Turn(60))]
    rows, columns = np.nonzero(right[..., 0] > 127)
    assert columns.mean() > 180 and rows.mean() < 110


def test_the_trunk_sees_the_middle_of_each_turned_crop(backend):
    image, box = textured_image(3), moving_box(3)
    turned = look_turned(backend, image, box, 4.0)
    assert turned.part8.shape == (TURNED, 40, 16, 16) and turned.part16.shape == (TURNED, 112, 8, 8)
    patch, _ = crop_square(image, search_region(box, 4.0), CROP)
    maps = backend.run("features", {"image": network_image(np.ascontiguousarray(patch[::-1, ::-1]))})
    upside_down = TURNS.index(Turn(180))
    np.testing.assert_allclose(turned.part8[upside_down], maps["f8"][0, :, 8:24, 8:24], atol=1e-4)
    np.testing.assert_allclose(turned.part16[upside_down], maps["f16"][0, :, 4:12, 4:12], atol=1e-4)


def test_what_stands_on_its_head_is_seen_better_by_a_memory_with_turned_views(backend):
    frame, box = Frame(3, 0.1, textured_image(3)), moving_box(3)
    view = look(backend, frame.image, box, 4.0)
    frame16 = as_frame(backend, frame.image, view.region)
    turned = look_turned(backend, frame.image, box, 4.0)
    height, width = frame.image.shape[:2]
    over = np.ascontiguousarray(frame.image[::-1, ::-1])
    there = look(backend, over, Box(width - box.x - box.w, height - box.y - box.h, box.w, box.h), 4.0)
    plain, knowing = (TargetMemory(shown(view, frame16, frame, each)) for each in (None, turned))
    seen = [float(locate(backend, there, *memory.local).score.max()) for memory in (plain, knowing)]
    assert 1 - seen[1] < 0.7 * (1 - seen[0])
    assert knowing.local[1][SLOTS:].shape == (TURNED, 112, 8, 8)
