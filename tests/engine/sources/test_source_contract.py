"""What every source must do, whatever it reads."""

import itertools

import cv2
import numpy as np
import pytest

from engine.errors import SourceError
from engine.sources import open_source
from engine.sources.base import LiveFrameSource
from engine.sources.blank import BlankSource
from engine.sources.live import LiveSource
from engine.testing import FakeSource, textured_image, write_clip

FRAMES = 24


def a_file(folder):
    write_clip(folder / "clip.mp4", FRAMES)
    return open_source(str(folder / "clip.mp4"))


def some_images(folder):
    for index in range(FRAMES):
        cv2.imwrite(str(folder / f"shot{index}.png"), textured_image(index))
    return open_source(str(folder))


def a_blank(folder):
    return BlankSource("gone.mp4", (320, 240), 25.0, FRAMES)


def a_fake(folder):
    return FakeSource(FRAMES)


class FiniteCapture:
    """A camera that gives so many pictures and is then unplugged."""

    def __init__(self, frames=FRAMES):
        self.left = frames

    def isOpened(self):
        return True

    def read(self):
        self.left -= 1
        return (True, textured_image(self.left)) if self.left >= 0 else (False, None)

    def get(self, prop):
        return 25.0

    def release(self):
        self.left = 0


def a_camera(folder):
    return LiveSource(FiniteCapture, "test camera")


@pytest.fixture(params=[a_file, some_images, a_blank, a_fake, a_camera], ids=lambda make: make.__name__)
def source(request, tmp_path):
    opened = request.param(tmp_path)
    yield opened
    opened.close()


@pytest.fixture(params=[a_file, some_images, a_blank, a_fake], ids=lambda make: make.__name__)
def still_there(request, tmp_path):
    """A source that can be rewound."""
    opened = request.param(tmp_path)
    yield opened
    opened.close()


def test_frames_are_what_the_info_says(source):
    info, frame = source.info, source.read()
    assert (info.width, info.height) == (320, 240) == frame.size
    assert frame.image.dtype == np.uint8
    assert frame.image.shape == (240, 320, 3)
    assert info.fps > 0
    assert info.name
    assert (frame.arrival_s is not None) == info.live == isinstance(source, LiveFrameSource) or isinstance(
        source, FakeSource
    )


def test_pictures_cannot_be_written_to(source):
    with pytest.raises(ValueError, match="read-only"):
        source.read().image[:] = 0


def test_indices_and_times_rise_to_the_end(source):
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    indices = [frame.index for frame in frames]
    assert indices == sorted(set(indices))
    assert all(a.time_s < b.time_s for a, b in itertools.pairwise(frames))
    assert source.read() is None
    if not source.info.live:
        assert indices == list(range(FRAMES))
        assert source.info.frame_count == FRAMES
        assert source.info.count_exact
        assert frames[0].time_s == 0.0
    else:
        assert source.info.frame_count is None
        assert len(frames) + source.dropped == FRAMES


def test_reading_after_close_ends(source):
    source.close()
    source.close()
    assert source.read() is None


@pytest.mark.parametrize("index", [0, 1, 11, FRAMES - 1])
def test_a_seek_lands_on_exactly_that_frame(still_there, index):
    expected = {}
    while (frame := still_there.read()) is not None:
        expected[frame.index] = frame
    still_there.seek(index)
    frame = still_there.read()
    assert frame.index == index
    assert frame.time_s == pytest.approx(expected[index].time_s, abs=1e-9)
    np.testing.assert_array_equal(frame.image, expected[index].image)
    following = still_there.read()
    assert (following.index if following else None) == (index + 1 if index + 1 < FRAMES else None)


@pytest.mark.parametrize("index", [-1, FRAMES, 10_000])
def test_a_seek_out_of_range_says_so_and_does_no_harm(still_there, index):
    with pytest.raises(SourceError, match="not there"):
        still_there.seek(index)
    still_there.seek(3)
    assert still_there.read().index == 3


def test_live_sources_refuse_to_seek():
    source = LiveSource(FiniteCapture, "test camera")
    with pytest.raises(SourceError, match="rewound"):
        source.seek(0)
    source.close()
