from dataclasses import replace

import numpy as np
import pytest

from engine.errors import BackendError
from engine.tracking.attention import (
    DOUBT,
    NETWORK_TRUST,
    FrameEncoder,
    attend,
    attention_target,
    encode_part,
    frame_variant,
    roi_cells,
)
from engine.tracking.discriminant import Discriminant
from engine.tracking.exemplars import Exemplars
from engine.types import Box, Frame

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
    target = attention_target(encoded, Box(100, 100, 80, 60))
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
    target = attention_target(encoded, Box(100, 100, 80, 60))
    with pytest.raises(BackendError):
        attend(backend, encoded, target, np.zeros((4, 112, 8, 8), np.float32))


def test_the_map_joins_the_network_with_what_answers_to_the_target():
    backend = ScriptedBackend()
    encoded = FrameEncoder(backend).encode(grey(0, 90))
    target = attention_target(encoded, Box(100, 100, 80, 60))
    memory = np.zeros((4, 112, 8, 8), np.float32)
    backend.attention = np.full((1, 1, 48, 80), 0.999, np.float32)
    plain = attend(backend, encoded, target, memory).values  # on a grey frame nothing answers
    np.testing.assert_allclose(plain, 1 / (1 + np.exp(DOUBT - NETWORK_TRUST * np.log(999))), atol=1e-3)
    f8 = encoded.f8.copy()
    f8[:, 7, 10:14, 20:24] *= -3  # the direction in which the target differs, in one corner only
    mute = Exemplars(np.zeros((1, 152), np.float32), 1, 1.0)
    pointed = replace(target, discriminant=Discriminant(np.eye(152, dtype=np.float32)[7] * -5), exemplars=mute)
    raised = attend(backend, replace(encoded, f8=f8), pointed, memory).values
    assert raised[22:26, 42:46].min() > plain.max() + 0.2 and raised[:16].max() <= plain.max() + 0.01


def test_evidence_of_any_size_gives_probabilities():
    backend = ScriptedBackend()
    encoded = FrameEncoder(backend).encode(grey(0, 90))
    target = attention_target(encoded, Box(100, 100, 80, 60))
    f8 = encoded.f8.copy()
    f8[:, 7, 10:14, 20:24] *= -3
    wild = replace(target, discriminant=Discriminant(np.eye(152, dtype=np.float32)[7] * -1e6))
    values = attend(backend, replace(encoded, f8=f8), wild, np.zeros((4, 112, 8, 8), np.float32)).values
    assert np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1


def test_a_part_of_the_frame_is_mapped_back_to_the_frame():
    backend = ScriptedBackend()
    image = grey(0, 10).image.copy()
    image[90:180, 160:320] = 200
    encoded = encode_part(backend, image, Box(160, 90, 160, 90))
    assert encoded.f16_t0 is encoded.f16_t1 is encoded.f16_t2
    assert encoded.f8.mean() == pytest.approx(200, abs=0.5)  # nothing but the part was seen
    np.testing.assert_allclose(encoded.mapping.forward(np.array([160.0, 90.0, 160.0, 90.0])), [0, 6, 320, 180])
    target = attention_target(encoded, Box(200, 100, 20, 20))
    attention = attend(backend, encoded, target, np.zeros((4, 112, 8, 8), np.float32))
    assert attention.region.as_array() == pytest.approx([160, 87, 160, 96])
