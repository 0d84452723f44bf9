import numpy as np
import pytest

from engine.testing import moving_box, textured_image
from engine.tracking.glance import Glance
from engine.types import AttentionMap, Box, Frame
from training.ablation import sources

VALUES = np.random.default_rng(0).random((50, 64)).astype(np.float32)
REGION = Box(-10.0, 0.0, 340.0, 240.0)


def glance(failing=False, values=VALUES, image=None):
    image = textured_image(0) if image is None else image
    return Glance(Frame(0, 0.0, image), failing, lambda: AttentionMap(values, REGION))


def test_on_failure_asks_only_then():
    assert sources.on_failure(glance()) is None
    assert sources.on_failure(glance(failing=True)).values is VALUES


def test_bad_maps_keep_their_place_in_the_frame_and_are_read_only():
    for source in (sources.blanked, sources.shifted, sources.shuffled(0)):
        found = source(glance())
        assert found.region == REGION and found.values.shape == VALUES.shape
        assert not found.values.flags.writeable
    assert sources.blanked(glance()).values.max() == 0


def test_a_shifted_map_loses_nothing():
    found = sources.shifted(glance()).values
    assert found[12, 16] == VALUES[0, 0] and found[11, 15] == VALUES[-1, -1]
    assert np.sort(found, axis=None).tolist() == np.sort(VALUES, axis=None).tolist()


def test_a_shuffled_map_has_its_blocks_elsewhere_and_others_each_time():
    source = sources.shuffled(1)
    first, second = source(glance()).values, source(glance()).values
    assert not np.array_equal(first, second)
    block = VALUES[8:16, 8:16]
    places = [
        (y, x) for y in range(0, 48, 8) for x in range(0, 64, 8) if np.array_equal(first[y : y + 8, x : x + 8], block)
    ]
    assert len(places) == 1
    assert (first[48:] == 0).all()  # what is left over of whole blocks
    np.testing.assert_array_equal(sources.shuffled(1)(glance()).values, first)


@pytest.mark.parametrize("source", [sources.spectral_residual, sources.fine_grained])
def test_saliency_finds_what_stands_out_without_being_told(source):
    image = np.full((240, 320, 3), 120, np.uint8)
    box = moving_box(0)
    x, y, w, h = (round(value) for value in (box.x, box.y, box.w, box.h))
    image[y : y + h, x : x + w] = textured_image(0)[y : y + h, x : x + w]
    found = source(glance(image=image))
    assert found.region == Box(0.0, 0.0, 320.0, 240.0)
    assert found.values.dtype == np.float32 and found.values.min() == 0.0 and found.values.max() == 1.0
    row, column = np.unravel_index(found.values.argmax(), found.values.shape)
    scale = 320 / found.values.shape[1]
    assert x - 8 <= column * scale <= x + w + 8 and y - 8 <= row * scale <= y + h + 8


def test_a_plain_frame_has_nothing_that_stands_out():
    found = sources.spectral_residual(glance(image=np.full((240, 320, 3), 90, np.uint8)))
    assert np.isfinite(found.values).all()
