import threading

import cv2
import numpy as np
import pytest

from engine.errors import FormatError
from engine.formats import TrackMeta, open_writer
from engine.formats.video import WAITING
from engine.render import Overlay
from engine.sources.base import SourceInfo
from engine.sources.file import FileSource
from engine.testing import FakeSource, FakeTracker, moving_box
from engine.track_log import LogFrame


def results(frames, size=(320, 240)):
    source = FakeSource(frames, size)
    tracker = FakeTracker(lambda t, i: moving_box(i, *size))
    yield tracker.init(source.read(), {1: moving_box(0, *size)})
    while (frame := source.read()) is not None:
        yield tracker.update(frame)


@pytest.mark.parametrize("size", [(320, 240), (161, 121)])
def test_every_frame_is_in_the_video_with_its_box(tmp_path, size):
    path = tmp_path / "out.mp4"
    info = SourceInfo("fake", *size, 29.97, 20, False, "fps")
    with open_writer(path, "video", TrackMeta("fake", info), Overlay()) as writer:
        for result in results(20, size):
            writer.write(result)
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]
    video = FileSource(path)
    assert video.info.frame_count == 20
    assert video.info.fps == pytest.approx(29.97, abs=0.01)
    assert (video.info.width, video.info.height) == (size[0] + size[0] % 2, size[1] + size[1] % 2)
    video.seek(19)
    drawn = video.read().image[: size[1], : size[0]].astype(int)
    plain = FakeSource(20, size)
    plain.seek(19)
    picture = plain.read().image.astype(int)
    box = moving_box(19, *size)
    x, y = round(box.x), round(box.y + box.h / 2)
    assert np.abs(drawn[y, x] - picture[y, x]).sum() > 60, "the box's side is drawn"
    far = np.abs(drawn[-8:, -8:] - picture[-8:, -8:]).mean()
    assert far < 25, "the rest is the picture"
    video.close()


def test_nothing_is_left_after_an_error(tmp_path):
    source = FakeSource()
    with pytest.raises(RuntimeError), open_writer(tmp_path / "o.mp4", "video", TrackMeta("f", source.info)) as writer:
        for result in results(5):
            writer.write(result)
        raise RuntimeError("no")
    assert list(tmp_path.iterdir()) == []


def test_only_mp4_and_only_pictures(tmp_path):
    meta = TrackMeta("f", FakeSource().info)
    with pytest.raises(FormatError, match=r"must end with \.mp4"):
        open_writer(tmp_path / "o.avi", "video", meta)
    writer = open_writer(tmp_path / "o.mp4", "video", meta)
    with pytest.raises(FormatError, match="needs pictures"):
        writer.write(LogFrame(0, 0.0, ()))
    writer.abort()
    with pytest.raises(FormatError, match="is not there"):
        open_writer(tmp_path / "no" / "o.mp4", "video", meta)


def test_an_encoder_that_does_not_open_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(cv2.VideoWriter, "fourcc", lambda *_: 0x21212121)
    with pytest.raises(FormatError, match="cannot be written as a video"):
        open_writer(tmp_path / "o.mp4", "video", TrackMeta("f", FakeSource().info))
    assert list(tmp_path.iterdir()) == []


def test_a_frame_of_another_size_fails_with_a_sentence(tmp_path):
    writer = open_writer(tmp_path / "o.mp4", "video", TrackMeta("f", FakeSource().info))
    writer.write(next(results(1, (640, 480))))
    with pytest.raises(FormatError, match="640x480"):
        writer.close()
    assert list(tmp_path.iterdir()) == []


def test_a_live_recording_leaves_out_what_cannot_be_encoded_in_time(tmp_path):
    live = FakeSource(live=True).info
    writer = open_writer(tmp_path / "o.mp4", "video", TrackMeta("f", live))
    gate = threading.Event()
    render = writer._renderer.render
    writer._renderer.render = lambda result: (gate.wait(20), render(result))[1]
    for result in results(WAITING + 10):
        writer.write(result)
    assert writer.left_out >= 9 - 1
    gate.set()
    writer.close()
    video = FileSource(tmp_path / "o.mp4")
    assert video.info.frame_count == WAITING + 10 - writer.left_out
    video.close()
