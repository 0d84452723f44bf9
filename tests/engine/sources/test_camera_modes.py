"""What a camera offers, read from a driver that is a table."""

import errno
import struct

import pytest

from engine.sources.camera_modes import CameraMode, camera_modes

MJPG, YUYV = (int.from_bytes(name, "little") for name in (b"MJPG", b"YUYV"))
FORMATS, SIZES, INTERVALS = 0xC0405602, 0xC02C564A, 0xC034564B


def driver(formats, sizes, intervals):
    """An ioctl that answers from these tables as Video4Linux does."""

    def no_more():
        raise OSError(errno.EINVAL, "no more")

    def ioctl(device, request, data):
        index = struct.unpack_from("=I", data)[0]
        if request == FORMATS:
            found = formats
        elif request == SIZES:
            found = sizes.get(struct.unpack_from("=I", data, 4)[0], [])
        else:
            found = intervals.get(struct.unpack_from("=3I", data, 4), [])
        if index >= len(found):
            no_more()
        entry = found[index]
        if request == FORMATS:
            struct.pack_into("=I", data, 44, entry)
        else:
            struct.pack_into(f"={len(entry)}I", data, 8 if request == SIZES else 16, *entry)

    return ioctl


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "video2").write_bytes(b"")
    return tmp_path


def test_each_size_comes_once_with_its_best_rate_and_the_largest_first(folder):
    ioctl = driver(
        [YUYV, MJPG],
        {YUYV: [(1, 640, 480), (1, 1280, 720)], MJPG: [(1, 1280, 720), (1, 1920, 1080)]},
        {
            (YUYV, 640, 480): [(1, 1, 30), (1, 1, 15)],
            (YUYV, 1280, 720): [(1, 1, 10)],
            (MJPG, 1280, 720): [(1, 1001, 30000)],
            (MJPG, 1920, 1080): [(1, 1, 30)],
        },
    )
    assert camera_modes(2, folder, ioctl) == [
        CameraMode(1920, 1080, 30.0, "MJPG"),
        CameraMode(1280, 720, 29.97, "MJPG"),
        CameraMode(640, 480, 30.0, "YUYV"),
    ]


def test_of_any_size_between_two_the_known_ones_are_offered(folder):
    ioctl = driver(
        [YUYV],
        {YUYV: [(3, 160, 1600, 2, 120, 1200, 2)]},
        {(YUYV, w, h): [(2, 1, 60, 1, 5, 1, 1)] for w, h in ((1600, 1200), (1280, 720), (640, 480), (320, 240))},
    )
    modes = camera_modes(2, folder, ioctl)
    assert [(m.width, m.height, m.fps) for m in modes] == [
        (1600, 1200, 60.0),
        (1280, 720, 60.0),
        (640, 480, 60.0),
        (320, 240, 60.0),
    ]


def test_nothing_is_known_of_what_is_no_camera_or_not_there(folder):
    assert camera_modes(2, folder) == []  # a plain file answers no question
    assert camera_modes(7, folder) == []


def test_a_driver_that_never_ends_its_list_does_not_hang(folder):
    calls = []

    def endless(device, request, data):
        calls.append(request)

    assert camera_modes(2, folder, endless) == []
    assert len(calls) < 10_000


def test_how_a_mode_is_asked_for():
    assert CameraMode(1280, 720, 29.97).spec == "@1280x720@29.97"
    assert CameraMode(640, 480, 30.0).spec == "@640x480@30" and CameraMode(640, 480, 0.0).spec == "@640x480"
