from dataclasses import replace

import numpy as np
import pytest

from engine.locating import Finding, Place, locate, look_at, stand_in
from engine.session import Session, SessionHead, SourceRecord
from engine.track_rows import ROW


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "videos" / "mouse.mp4"
    path.parent.mkdir()
    path.write_bytes(b"mouse" * 1000)
    return path


@pytest.fixture
def record(video):
    return SourceRecord(str(video), False, 320, 240, 30.0, 100).identified()


def test_where_it_was(record, video, tmp_path):
    assert locate(record, tmp_path) == Place(str(video), Finding.SAME)


def test_moved_beside_the_project(record, video, tmp_path):
    (tmp_path / "new").mkdir()
    video.rename(tmp_path / "new" / "mouse.mp4")
    assert locate(record, tmp_path / "new") == Place(str(tmp_path / "new" / "mouse.mp4"), Finding.SAME)
    assert locate(record) == Place(str(video), Finding.MISSING), "nobody said where else to look"


def test_the_same_one_beside_the_project_wins_over_another_in_its_place(record, video, tmp_path):
    (tmp_path / "mouse.mp4").write_bytes(video.read_bytes())
    video.write_bytes(b"cat" * 1000)
    assert locate(record, tmp_path) == Place(str(tmp_path / "mouse.mp4"), Finding.SAME)
    (tmp_path / "mouse.mp4").unlink()
    assert locate(record, tmp_path) == Place(str(video), Finding.OTHER)
    video.unlink()
    assert locate(record, tmp_path) == Place(str(video), Finding.MISSING)


def test_what_is_no_file_is_told_by_opening_it(record, tmp_path):
    for path in ("http://host/mouse.mp4", str(tmp_path / "img%04d.jpg"), str(tmp_path / "*.png")):
        assert look_at(replace(record, path=path), path).finding is Finding.SAME
    assert locate(replace(record, path="0", live=True), tmp_path).finding is Finding.LIVE


def test_the_stand_in_has_a_picture_for_every_row(record):
    rows = np.zeros(3, dtype=ROW)
    rows["frame"] = [5, 6, 150]
    info = stand_in(Session(SessionHead(record), {1: rows})).info
    assert (info.name, info.width, info.height, info.fps, info.frame_count) == ("mouse.mp4", 320, 240, 30.0, 151)
    assert stand_in(Session(SessionHead(record), {})).info.frame_count == 100
