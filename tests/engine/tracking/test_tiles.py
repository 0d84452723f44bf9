import numpy as np
import pytest

from engine.tracking.tiles import AGREED, OVERLAP, SEEN_PX, Tiling, agreed, joined, tiling_for
from engine.types import AttentionMap, Box

SIZE = (1280, 720)


def test_a_large_target_takes_the_whole_frame():
    assert tiling_for(Box(0, 0, 48, 48), SIZE) is None  # 12 px of 320
    assert tiling_for(Box(0, 0, 47, 47), SIZE) is not None


def test_tiles_show_a_small_target_large_enough_but_no_larger_than_its_pixels_allow():
    tiling = tiling_for(Box(0, 0, 24, 24), SIZE)
    assert 24 * 0.25 * tiling.zoom == pytest.approx(SEEN_PX)
    tiny = tiling_for(Box(0, 0, 4, 4), SIZE)
    assert 0.25 * tiny.zoom == 2
    assert tiling_for(Box(0, 0, 4, 4), (160, 96)) is None  # already seen at twice its pixels


@pytest.mark.parametrize("zoom", [1.2, 1.5, 2.0, 3.3, 8.0])
def test_tiles_cover_the_frame_and_overlap(zoom):
    tiles = Tiling(SIZE, zoom).tiles()
    xs, ys = sorted({t.x for t in tiles}), sorted({t.y for t in tiles})
    w, h = SIZE[0] / zoom, SIZE[1] / zoom
    assert xs[0] == 0 and xs[-1] + w == pytest.approx(1280) and ys[-1] + h == pytest.approx(720)
    assert max(np.diff(xs)) <= (1 - OVERLAP) * w + 1e-6 and max(np.diff(ys)) <= (1 - OVERLAP) * h + 1e-6
    assert len(tiles) == len(xs) * len(ys)


def test_the_tile_around_a_box_has_it_in_the_middle_as_far_as_the_frame_allows():
    tiling = Tiling(SIZE, 4.0)
    assert tiling.around(Box(630, 350, 20, 20)) == Box(480, 270, 320, 180)
    assert tiling.around(Box(0, 700, 20, 20)) == Box(0, 540, 320, 180)


def test_joined_maps_put_each_tile_in_its_place():
    tiles = Tiling(SIZE, 2.0).tiles()
    maps = []
    for tile in tiles:
        values = np.zeros((48, 80), np.float32)
        column, row = int((500 - tile.x) / tile.w * 80), int((300 - tile.y) / tile.h * 48)
        if 0 <= column < 80 and 0 <= row < 48:
            values[row, column] = 1.0
        maps.append(AttentionMap(values, tile))
    whole = joined(maps)
    assert whole.region == Box(0, 0, 1280, 720) and whole.values.shape == (96, 160)
    row, column = np.unravel_index(whole.values.argmax(), whole.values.shape)
    assert abs((column + 0.5) * 8 - 500) <= 8 and abs((row + 0.5) * 7.5 - 300) <= 8
    assert whole.values.max() == pytest.approx(1.0, abs=1e-3)


def test_where_tiles_disagree_the_one_that_sees_the_place_in_its_middle_wins():
    pairs = ((1.0, Box(0, 0, 8, 4)), (0.0, Box(4, 0, 8, 4)))
    left, right = (AttentionMap(np.full((4, 8), value, np.float32), part) for value, part in pairs)
    values = joined([left, right]).values
    assert values.shape == (4, 12)
    assert (np.diff(values[0]) <= 1e-6).all() and values[0, 4] > 0.9 and values[0, 7] < 0.1


def test_two_looks_that_agree_are_brighter_than_one_and_a_look_at_a_part_changes_only_that():
    region, part = Box(0, 0, 320, 192), Box(160, 96, 160, 96)
    whole = AttentionMap(np.full((48, 80), 0.6, np.float32), region)
    close = AttentionMap(np.full((48, 80), 0.6, np.float32), part)
    both = agreed(whole, close)
    assert both.region == region and both.values.shape == (96, 160)
    np.testing.assert_allclose(both.values[:47, :79], 0.6, atol=1e-3)
    odds = 0.6 / 0.4 * np.exp(AGREED)
    np.testing.assert_allclose(both.values[49:, 81:], odds / (1 + odds), atol=1e-3)


def test_what_only_one_look_sees_is_dimmed():
    region = Box(0, 0, 320, 192)
    bright, dark = (AttentionMap(np.full((48, 80), v, np.float32), region) for v in (0.9, 0.01))
    assert agreed(bright, dark).values.max() < 0.5 and agreed(dark, bright).values.max() < 0.5
