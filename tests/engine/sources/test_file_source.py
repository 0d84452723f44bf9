import random

import cv2
import numpy as np
import pytest

from engine.errors import SourceError
from engine.sources import file as file_module
from engine.sources.file import FileSource
from engine.sources.frame_times import FrameTimes
from engine.testing import write_clip
from tests.engine.sources import mp4_boxes


def numbered(path, frames, size=(64, 48), fps=25.0, codec="mp4v"):
    """A clip whose frame number can be read back from its picture: 12 blocks that are black or white."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, size)
    assert writer.isOpened()
    for index in range(frames):
        image = np.full((size[1], size[0], 3), 128, np.uint8)
        for bit in range(12):
            x, y = 16 * (bit % 4), 16 * (bit // 4)
            image[y : y + 16, x : x + 16] = 255 * (index >> bit & 1)
        writer.write(image)
    writer.release()
    return path


def number(image):
    return sum((int(image[16 * (bit // 4) + 8, 16 * (bit % 4) + 8, 0]) > 127) << bit for bit in range(12))


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory):
    return numbered(tmp_path_factory.mktemp("long") / "long.mp4", 700)


def test_a_storm_of_seeks_is_exact(long_clip):
    source = FileSource(long_clip)
    order = random.Random(5)
    for index in [order.randrange(700) for _ in range(60)] + [699, 0, 698, 350, 351, 349]:
        source.seek(index)
        frame = source.read()
        assert (frame.index, number(frame.image)) == (index, index)
        assert frame.time_s == pytest.approx(index / 25, abs=1e-6)
    source.close()


def test_seeks_are_exact_without_the_times(long_clip, monkeypatch):
    """A file whose packets tell nothing is read from its start instead."""
    monkeypatch.setattr(FrameTimes, "time_of", lambda *_: None)
    source = FileSource(long_clip)
    for index in (600, 100, 650, 3):
        source.seek(index)
        assert number(source.read().image) == index
    source.close()


def test_seeks_are_exact_where_opencv_lands_too_late(long_clip, monkeypatch):
    """Whatever frame a capture says it went to, only the time of what it reads counts."""

    class Late:
        def __init__(self, capture):
            self.capture = capture

        def set(self, prop, value):
            return self.capture.set(prop, min(value + 40, 699) if prop == cv2.CAP_PROP_POS_FRAMES else value)

        def __getattr__(self, name):
            return getattr(self.capture, name)

    opener = file_module.open_file
    monkeypatch.setattr(file_module, "open_file", lambda path: Late(opener(path)))
    source = FileSource(long_clip)
    for index in (500, 120, 655, 3, 330):
        source.seek(index)
        frame = source.read()
        assert (frame.index, number(frame.image)) == (index, index)
    source.close()


def test_variable_frame_rate_keeps_its_times(tmp_path):
    path = numbered(tmp_path / "vfr.mp4", 40)
    clock = mp4_boxes.clock_of(path)
    steps = [clock // 50 * (1 + (index * 7) % 5) for index in range(40)]
    mp4_boxes.set_durations(path, steps)
    expected = np.concatenate([[0], np.cumsum(steps)[:-1]]) / clock
    source = FileSource(path)
    frames = [source.read() for _ in range(40)]
    assert source.read() is None
    np.testing.assert_allclose([frame.time_s for frame in frames], expected, atol=1e-6)
    assert [number(frame.image) for frame in frames] == list(range(40))
    assert source.info.time_source == "pts"
    for index in (31, 5, 17, 39, 0, 38):
        source.seek(index)
        frame = source.read()
        assert (frame.index, number(frame.image)) == (index, index)
        assert frame.time_s == pytest.approx(expected[index], abs=1e-6)
    source.close()


@pytest.mark.parametrize(("degrees", "size"), [(90, (48, 64)), (180, (64, 48)), (270, (48, 64))])
def test_a_phone_held_upright_gives_upright_pictures(tmp_path, degrees, size):
    path = tmp_path / "phone.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25, (64, 48))
    image = np.zeros((48, 64, 3), np.uint8)
    image[:16, :16] = 255  # white in the top-left corner as recorded
    for _ in range(5):
        writer.write(image)
    writer.release()
    mp4_boxes.rotate(path, degrees)
    source = FileSource(path)
    assert (source.info.width, source.info.height) == size
    shown = source.read().image[..., 0]
    corners = {90: shown[4, -4], 180: shown[-4, -4], 270: shown[-4, 4]}
    assert corners[degrees] > 200, "the white corner turned clockwise with the picture"
    assert shown[4, 4] < 60
    source.seek(3)
    assert source.read().size == size
    source.close()


def test_times_that_do_not_rise_are_replaced_by_the_frame_rate(tmp_path, monkeypatch):
    path = write_clip_path(tmp_path)

    class Stuck:
        def __init__(self, capture):
            self.capture = capture

        def get(self, prop):
            return 40.0 if prop == cv2.CAP_PROP_POS_MSEC else self.capture.get(prop)

        def __getattr__(self, name):
            return getattr(self.capture, name)

    opener = file_module.open_file
    monkeypatch.setattr(file_module, "open_file", lambda name: Stuck(opener(name)))
    source = FileSource(path)
    times = [source.read().time_s for _ in range(10)]
    assert times == pytest.approx([index / 30 for index in range(10)])
    assert source.info.time_source == "fps"
    source.seek(7)
    assert source.read().index == 7
    source.close()


def write_clip_path(folder):
    write_clip(folder / "clip.mp4", 12)
    return folder / "clip.mp4"


def test_one_frame_is_enough(tmp_path):
    source = FileSource(numbered(tmp_path / "one.mp4", 1))
    assert source.info.frame_count == 1
    assert source.read().index == 0
    assert source.read() is None
    source.seek(0)
    assert source.read().index == 0
    source.close()


@pytest.mark.parametrize("name", ["süß 短片 №1.mp4", "with space.avi", "UPPER.MP4"])
def test_names_of_every_kind(tmp_path, name):
    path = numbered(tmp_path / name, 5, codec="MJPG" if name.endswith("avi") else "mp4v")
    source = FileSource(path)
    assert source.info.name == name
    assert number(source.read().image) == 0
    source.close()


def test_odd_sizes_are_kept(tmp_path):
    path = numbered(tmp_path / "odd.avi", 3, size=(65, 49), codec="MJPG")
    source = FileSource(path)
    assert source.read().size == (source.info.width, source.info.height)
    source.close()


def broken(folder):
    good = write_clip_path(folder).read_bytes()
    (folder / "text.mp4").write_text("I am a shopping list.\n" * 50)
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "noise.mp4").write_bytes(bytes(range(256)) * 40)
    (folder / "cut.mp4").write_bytes(good[: len(good) // 3])
    (folder / "sound.wav").write_bytes(wav())
    (folder / "sound.mp4").write_bytes(wav())
    return folder


def wav():
    samples = b"\0\1" * 8000
    head = b"fmt " + (16).to_bytes(4, "little") + b"\1\0\1\0" + (8000).to_bytes(4, "little")
    head += (16000).to_bytes(4, "little") + b"\2\0\x10\0"
    body = b"WAVE" + head + b"data" + len(samples).to_bytes(4, "little") + samples
    return b"RIFF" + len(body).to_bytes(4, "little") + body


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("missing.mp4", "is not there"),
        ("text.mp4", "is a text file"),
        ("empty.mp4", "is empty"),
        ("noise.mp4", "no video that can be read"),
        ("cut.mp4", "no video that can be read|no picture"),
        ("sound.wav", "only sound|no picture"),
        ("sound.mp4", "only sound|no picture"),
        (".", "is a folder"),
    ],
)
def test_what_cannot_be_read_says_why_in_one_line(tmp_path, capfd, name, says):
    with pytest.raises(SourceError, match=says) as caught:
        FileSource(broken(tmp_path) / name)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == "", "the decoder must not talk to the user"


def test_closing_from_another_thread_ends_reading(long_clip):
    source = FileSource(long_clip)
    source.read()
    source.close()
    assert source.read() is None
    assert source.info.name == "long.mp4"


def test_more_packets_than_pictures_are_noticed(long_clip):
    """Times that the pictures contradict are not used any more."""
    times = FrameTimes(str(long_clip))
    assert times.wait(20)
    assert times.count == 700
    times.check(5, 5 / 25)
    assert times.trusted
    times.check(6, 7 / 25)
    assert not times.trusted
    assert times.count is None
    assert times.time_of(3, 0) is None
    assert times.index_of(0.12) is None
    times.close()
