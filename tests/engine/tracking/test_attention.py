import numpy as np
import pytest

from engine.config import AttentionConfig
from engine.errors import BackendError
from engine.geometry import iou
from engine.tracking.attention import (
    FrameEncoder,
    attend,
    find_regions,
    frame_variant,
    matched_cells,
    region_proposals,
    roi_cells,
)
from engine.types import AttentionMap, Box, Frame

SHAPES = {"encode_wide": (12, 20), "encode_classic": (12, 16), "encode_square": (16, 16)}


class ScriptedBackend:
    """Features are the mean of the image in every cell; the attention map is whatever the test sets."""

    def __init__(self):
        self.calls = []
        self.attention = np.zeros((1, 1, 48, 80), np.float32)

    def run(self, graph, feeds):
        self.calls.append((graph, feeds))
        if graph.startswith("attend"):
            return {"attention": self.attention}
        h, w = SHAPES[graph]
        level = float(feeds["image"].mean())
        return {
            "f16": np.full((1, 112, h, w), level, np.float32),
            "f8": np.full((1, 40, 2 * h, 2 * w), level, np.float32),
        }


def grey(index, level, width=640, height=360):
    return Frame(index, index / 30, np.full((height, width, 3), level, np.uint8))


def blob_map(*cells, shape=(48, 80), value=0.9):
    values = np.zeros(shape, np.float32)
    for x, y, w, h in cells:
        values[y : y + h, x : x + w] = value
    return values


def levels(encoded):
    return [float(f.flat[0]) for f in (encoded.f16_t2, encoded.f16_t1, encoded.f16_t0)]


def test_ring_starts_with_copies_and_then_holds_the_last_three():
    encoder = FrameEncoder(ScriptedBackend())
    assert levels(encoder.encode(grey(0, 10))) == [10, 10, 10]
    assert levels(encoder.encode(grey(1, 20))) == [10, 10, 20]
    assert levels(encoder.encode(grey(2, 30))) == [10, 20, 30]
    assert levels(encoder.encode(grey(3, 40))) == [20, 30, 40]


def test_reset_and_a_new_frame_size_forget_the_past():
    encoder = FrameEncoder(ScriptedBackend())
    encoder.encode(grey(0, 10))
    encoder.reset()
    assert levels(encoder.encode(grey(1, 20))) == [20, 20, 20]
    encoded = encoder.encode(grey(2, 30, 640, 480))
    assert levels(encoded) == [30, 30, 30]
    assert encoded.variant == "classic"
    assert encoded.f8.shape == (1, 40, 24, 32)


@pytest.mark.parametrize(
    ("size", "variant"),
    [
        ((1920, 1080), "wide"),
        ((720, 480), "wide"),
        ((640, 480), "classic"),
        ((1280, 1024), "classic"),
        ((600, 500), "square"),
        ((480, 640), "square"),
    ],
)
def test_variant_follows_the_aspect(size, variant):
    assert frame_variant(*size) == variant


def test_roi_cells_reads_a_linear_ramp_exactly():
    height, width, stride = 12, 20, 16
    columns, rows = np.meshgrid((np.arange(width) + 0.5) * stride, (np.arange(height) + 0.5) * stride)
    features = np.stack([columns, rows])[None].astype(np.float32)
    cells = roi_cells(features, np.array([50.0, 40.0, 100.0, 60.0]), stride)
    assert cells.shape == (1, 2, 5, 5)
    np.testing.assert_allclose(cells[0, 0, 0], 50 + 100 * (np.arange(5) + 0.5) / 5, rtol=1e-5)
    np.testing.assert_allclose(cells[0, 1, :, 0], 40 + 60 * (np.arange(5) + 0.5) / 5, rtol=1e-5)


def test_roi_cells_stays_in_the_map_for_a_box_past_the_edge():
    features = np.random.default_rng(0).normal(size=(1, 3, 12, 20)).astype(np.float32)
    cells = roi_cells(features, np.array([300.0, 180.0, 100.0, 100.0]), 16)
    np.testing.assert_allclose(cells[0, :, -1, -1], features[0, :, -1, -1])


def test_attend_feeds_the_graph_of_the_variant_and_covers_the_letterboxed_frame():
    backend = ScriptedBackend()
    backend.attention = blob_map((10, 10, 5, 5))[None, None]
    encoded = FrameEncoder(backend).encode(grey(0, 90, 640, 360))
    target = matched_cells(encoded, Box(100, 100, 80, 60))
    attention = attend(backend, encoded, target, np.zeros((4, 112, 8, 8), np.float32))
    graph, feeds = backend.calls[-1]
    assert graph == "attend_wide"
    assert feeds["matched16"].shape == (1, 112, 5, 5)
    assert feeds["matched8"].shape == (1, 40, 5, 5)
    # 640x360 in 320x192: scale 1/2, 6 network pixels of letterbox above and below
    assert attention.region.as_array() == pytest.approx([0, -12, 640, 384])
    with pytest.raises(ValueError):
        attention.values[0, 0] = 1


def test_attend_refuses_a_map_of_nan():
    backend = ScriptedBackend()
    backend.attention = np.full((1, 1, 48, 80), np.nan, np.float32)
    encoded = FrameEncoder(backend).encode(grey(0, 90))
    target = matched_cells(encoded, Box(100, 100, 80, 60))
    with pytest.raises(BackendError):
        attend(backend, encoded, target, np.zeros((4, 112, 8, 8), np.float32))


def test_region_of_a_rectangle_is_that_rectangle_in_frame_pixels():
    attention = AttentionMap(blob_map((10, 12, 8, 5)), Box(0, -12, 640, 384))
    (region,) = find_regions(attention, (640, 360))
    assert region.box.as_array() == pytest.approx([80, 12 * 8 - 12, 64, 40])
    assert region.peak == pytest.approx(0.9)
    assert region.mass == pytest.approx(0.9 * 40)


def test_regions_are_at_most_three_heaviest_first():
    cells = [(2, 2, 3, 3), (20, 2, 6, 6), (40, 2, 5, 5), (60, 2, 4, 4), (2, 30, 7, 7)]
    regions = find_regions(AttentionMap(blob_map(*cells), Box(0, 0, 640, 384)), (640, 384))
    assert [round(r.box.w / 8) for r in regions] == [7, 6, 5]


def test_the_settings_count_and_threshold_are_honoured():
    attention = AttentionMap(blob_map((2, 2, 3, 3), (20, 2, 6, 6), value=0.6), Box(0, 0, 640, 384))
    assert len(find_regions(attention, (640, 384), config=AttentionConfig(max_regions=1))) == 1
    assert find_regions(attention, (640, 384), config=AttentionConfig(threshold=0.7)) == []


def test_a_dark_map_has_no_region():
    assert find_regions(AttentionMap(blob_map((10, 10, 5, 5), value=0.39), Box(0, 0, 640, 384)), (640, 384)) == []


def test_dim_parts_beside_a_bright_one_are_cut_at_half_its_peak():
    values = blob_map((10, 10, 6, 6), value=1.0)
    values[30:36, 50:56] = 0.45
    attention = AttentionMap(values, Box(0, 0, 640, 384))
    assert len(find_regions(attention, (640, 384))) == 1
    values[10:16, 10:16] = 0.8
    assert len(find_regions(AttentionMap(values, attention.region), (640, 384))) == 2


def test_regions_far_from_the_expected_size_are_dropped():
    attention = AttentionMap(blob_map((2, 2, 4, 4), (20, 10, 30, 30)), Box(0, 0, 640, 384))
    (small,) = find_regions(attention, (640, 384), expected=Box(0, 0, 40, 40))
    assert small.box.w == pytest.approx(32)
    (large,) = find_regions(attention, (640, 384), expected=Box(0, 0, 240, 240))
    assert large.box.w == pytest.approx(240)


def test_a_region_in_the_letterbox_is_not_one():
    attention = AttentionMap(blob_map((10, 0, 6, 1), (30, 20, 6, 6)), Box(0, -12, 640, 384))
    (region,) = find_regions(attention, (640, 360))
    assert region.box.y > 100


def test_proposals_gather_around_their_regions_and_repeat_with_the_seed():
    attention = AttentionMap(blob_map((10, 12, 8, 5), (50, 30, 6, 6)), Box(0, 0, 640, 384))
    regions = find_regions(attention, (640, 384))
    boxes = region_proposals(regions, 64, np.random.default_rng(3))
    assert boxes.shape == (128, 4)
    assert boxes.dtype == np.float64
    for i, region in enumerate(regions):
        mine = boxes[i * 64 : (i + 1) * 64]
        np.testing.assert_allclose(mine[0], region.box.as_array())
        overlap = iou(mine, region.box.as_array())
        assert overlap.mean() > 0.4
        assert len(np.unique(overlap)) > 32
    np.testing.assert_array_equal(boxes, region_proposals(regions, 64, np.random.default_rng(3)))


def test_no_regions_no_proposals():
    assert region_proposals([], 64, np.random.default_rng(0)).shape == (0, 4)
