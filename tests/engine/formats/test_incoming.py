import numpy as np
import pytest

from engine.errors import FormatError
from engine.formats import FORMATS, TrackMeta, write_log
from engine.formats.guess import guess_format
from engine.formats.incoming import read_for
from engine.sources.base import SourceInfo
from engine.track_log import TrackLog
from engine.types import Box, Origin, Target, TrackState

INFO = SourceInfo("clip.mp4", 320, 240, 25.0, 60, False, "pts")


def log(frames=range(10, 50), targets=(1,), lost=(20, 21)):
    made = TrackLog()
    for frame in frames:
        for target in targets:
            gone = frame in lost
            box = None if gone else Box(2.5 * frame, 30, 40.25, 20)
            state = TrackState.LOST if gone else TrackState.INIT if frame == 10 else TrackState.TRACKED
            made.record(frame, frame / 25, [Target(target, box, 0.5, state)])
    return made


def written(tmp_path, format, track):
    path = tmp_path / f"track.{'json' if format == 'json' else 'csv' if format == 'csv' else 'txt'}"
    write_log(track, path, format, TrackMeta("clip.mp4", INFO))
    return path


@pytest.mark.parametrize("format", FORMATS)
def test_the_format_is_guessed_and_the_boxes_come_back_on_their_frames(tmp_path, format):
    path = written(tmp_path, format, log())
    assert guess_format(path) == format
    found = read_for(path, format, INFO, first=10)
    assert list(found.tracks) == [1] and found.left_out == 0
    for row in found.tracks[1]:
        frame = int(row["frame"])
        assert row["time_s"] == pytest.approx(frame / 25)
        assert (frame in (20, 21)) == bool(row["box"][0] != row["box"][0])
        if frame not in (20, 21):
            assert row["box"] == pytest.approx([2.5 * frame, 30, 40.25, 20], abs=0.01)
    assert {11, 49} <= set(found.tracks[1]["frame"].tolist()) <= set(range(10, 50))


@pytest.mark.parametrize("format", ["otb", "vot"])
def test_the_format_is_guessed_of_a_part_where_the_target_was_always_followed(tmp_path, format):
    path = written(tmp_path, format, log(range(11, 50), lost=()))
    assert guess_format(path) == format


def test_an_otb_file_written_over_a_vot_file_is_guessed(tmp_path):
    written(tmp_path, "vot", log(range(11, 50)))
    assert guess_format(written(tmp_path, "otb", log(range(11, 50)))) == "otb"


def test_several_targets_and_rows_behind_the_end(tmp_path):
    path = written(tmp_path, "mot", log(range(10, 80), targets=(1, 3), lost=()))
    found = read_for(path, "mot", INFO)
    assert list(found.tracks) == [1, 3] and found.left_out == 2 * 20
    assert found.tracks[3]["frame"].tolist() == list(range(10, 60))
    estimated = SourceInfo("clip.mp4", 320, 240, 25.0, 60, False, "pts", count_exact=False)
    assert read_for(path, "mot", estimated).left_out == 0


@pytest.mark.parametrize("format", ["otb", "vot"])
def test_the_files_of_the_other_targets_come_along(tmp_path, format):
    path = written(tmp_path, format, log(targets=(1, 2, 7)))
    got = read_for(path, format, INFO, 10).tracks
    assert sorted(got) == [1, 2, 7] and all(len(rows) == len(got[1]) for rows in got.values())
    (tmp_path / "track_7.txt").write_text("1,2,3,4\n")
    (tmp_path / "track_old.txt").write_text("a note\n")
    assert sorted(read_for(path, format, INFO, 10).tracks) == [1, 2], "another length is another track"
    assert sorted(read_for(tmp_path / "track_2.txt", format, INFO, 10).tracks) == [1]


def test_rows_that_only_fill_the_file_are_left_out_and_marked_absence_stays(tmp_path):
    track = log(range(0, 60), lost=())
    for frame in range(20, 40):
        box, state, origin = Box(5, 5, 20, 20), TrackState.TRACKED, Origin.TRACK
        if 30 <= frame < 35:
            box, state = None, TrackState.ABSENT
            origin = Origin.MANUAL if frame == 30 else Origin.TRACK
        track.record(frame, frame / 25, [Target(2, box, 0.5, state, origin)])
    got = read_for(written(tmp_path, "csv", track), "csv", INFO).tracks
    assert got[2]["frame"].tolist() == list(range(20, 40))
    assert np.isnan(got[2]["box"][:, 0]).tolist() == [30 <= frame < 35 for frame in range(20, 40)]
    assert len(got[1]) == 60


def test_a_track_of_another_video_is_said(tmp_path):
    path = written(tmp_path, "csv", log(range(100, 120), lost=()))
    with pytest.raises(FormatError, match=r"no row of a frame that clip\.mp4 has"):
        read_for(path, "csv", INFO)


@pytest.mark.parametrize("text", ["", "hello world\n", "1,2\n3,4\n", "a;b;c;d\n"])
def test_what_is_no_track_is_said(tmp_path, text):
    path = tmp_path / "a.txt"
    path.write_text(text)
    with pytest.raises(FormatError, match="choose another file"):
        guess_format(path)
