import cv2
import numpy as np
import pytest

from engine import sources
from engine.errors import SourceError
from engine.sources import capture, open_source
from engine.sources.camera_modes import CameraMode
from engine.sources.cameras import Camera, list_cameras
from engine.testing import write_clip


@pytest.fixture
def folder(tmp_path):
    write_clip(tmp_path / "clip.mp4", 4)
    (tmp_path / "shots").mkdir()
    for index in range(3):
        cv2.imwrite(str(tmp_path / "shots" / f"s{index:03d}.png"), np.zeros((16, 20, 3), np.uint8))
    return tmp_path


@pytest.mark.parametrize(
    ("spec", "time_source", "count"),
    [
        ("clip.mp4", "pts", 4),
        ("shots", "fps", 3),
        ("shots/s%03d.png", "fps", 3),
        ("shots/s00[01].png", "fps", 2),
        ("shots/*.png", "fps", 3),
        ("shots/s001.png", "fps", 1),
    ],
)
def test_what_is_named_is_opened_as_what_it_is(folder, spec, time_source, count):
    source = open_source(str(folder / spec))
    assert (source.info.time_source, source.info.frame_count) == (time_source, count)
    source.close()


def test_file_addresses_and_blanks(folder):
    source = open_source(f"  file://{folder}/clip.mp4 ")
    assert source.info.frame_count == 4
    source.close()


@pytest.mark.parametrize(
    ("spec", "says"),
    [("", "No source was given"), ("gopher://x/y", "gopher"), ("nowhere.mp4", "is not there"), ("no*.png", "No image")],
)
def test_what_cannot_be_opened_is_a_sentence(spec, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match=says):
        open_source(spec)


@pytest.mark.parametrize("spec", ["7", "/dev/video7"])
def test_a_camera_that_is_not_there_names_those_that_are(spec, monkeypatch):
    monkeypatch.setattr(sources, "list_cameras", lambda: [Camera(0, "Desk camera"), Camera(2, "Microscope")])
    with pytest.raises(SourceError, match=r"Camera 7 is not there: there is 0 \(Desk camera\), 2 \(Microscope\)"):
        open_source(spec)


def test_a_camera_on_a_machine_without_any(monkeypatch, capfd):
    monkeypatch.setattr(sources, "list_cameras", list)
    with pytest.raises(SourceError, match="Camera 93 sends no picture"):
        open_source("93")
    assert capfd.readouterr().err == ""


def test_a_file_named_like_a_number_is_a_file(folder, monkeypatch):
    (folder / "clip.mp4").rename(folder / "12")
    monkeypatch.chdir(folder)
    source = open_source("12")
    assert (source.info.time_source, source.info.frame_count) == ("pts", 4)
    source.close()


def node(system, name, title, index):
    (system / name).mkdir(parents=True)
    (system / name / "name").write_text(title + "\n")
    (system / name / "index").write_text(f"{index}\n")


def test_cameras_are_listed_by_name_once_each(tmp_path):
    node(tmp_path, "video10", "Microscope", 0)
    node(tmp_path, "video0", "Desk camera", 0)
    node(tmp_path, "video1", "Desk camera", 1)  # the same camera's second node
    node(tmp_path, "v4l-subdev0", "sensor", 0)
    assert list_cameras(tmp_path) == [Camera(0, "Desk camera"), Camera(10, "Microscope")]


def test_a_nameless_camera_has_its_number(tmp_path):
    (tmp_path / "video3").mkdir()
    assert list_cameras(tmp_path) == [Camera(3, "Camera 3")]


def test_no_cameras_at_all(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    assert list_cameras(tmp_path / "missing") == []


def test_other_systems_are_probed(tmp_path, monkeypatch):
    class Probe:
        def __init__(self, index):
            self.index = index

        def isOpened(self):
            return self.index == 1

        def release(self):
            pass

    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr("engine.sources.cameras.open_camera", Probe)
    assert list_cameras(tmp_path / "missing") == [Camera(1, "Camera 1")]


class AskedCapture:
    """A camera that notes what it is asked for."""

    def __init__(self):
        self.asked = {}

    def set(self, prop, value):
        self.asked[prop] = value
        return True


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("3", None),
        ("/dev/video3@1280x720", CameraMode(1280, 720, 0.0, "MJPG")),
        ("3@1280x720@29.97", CameraMode(1280, 720, 29.97, "MJPG")),
        ("3@800x600@15", CameraMode(800, 600, 15.0)),
    ],
)
def test_a_camera_is_asked_for_its_size_and_rate(spec, expected, monkeypatch):
    opened = []
    monkeypatch.setattr(sources, "list_cameras", lambda: [Camera(3, "Desk camera")])
    monkeypatch.setattr(sources, "camera_modes", lambda index: [CameraMode(1280, 720, 30.0, "MJPG")])
    monkeypatch.setattr(sources, "open_camera", lambda index, mode: opened.append((index, mode)))
    monkeypatch.setattr(sources, "LiveSource", lambda open_capture, name, reconnect: open_capture())
    open_source(spec)
    assert opened == [(3, expected)]
    assert sources.camera_number(spec) == 3 and sources.camera_number("clip3.mp4") is None


def test_the_format_is_set_before_size_and_rate(monkeypatch):
    asked = AskedCapture()
    monkeypatch.setattr(capture.cv2, "VideoCapture", lambda index: asked)
    capture.open_camera(0, CameraMode(1280, 720, 30.0, "MJPG"))
    fourcc = capture.cv2.VideoWriter.fourcc(*"MJPG")
    assert list(asked.asked.values()) == [fourcc, 1280, 720, 30.0, 1]
