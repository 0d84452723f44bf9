import json
import os
import signal
from pathlib import Path

import cv2
import numpy as np
import pytest

import app.cli.track
from app.cli import main
from engine.formats import read_sidecar, read_track
from engine.testing import FakeSource, FakeTracker, textured_image


@pytest.fixture
def fake(monkeypatch):
    """Run on a fake source and tracker: for what is about files and endings, not about networks."""

    def install(source=None, tracker=None):
        source, tracker = source or FakeSource(frames=30), tracker or FakeTracker()
        monkeypatch.setattr(app.cli.track, "open_source", lambda spec: source)
        monkeypatch.setattr(app.cli.track, "open_backend", lambda *options: tracker.backend)
        monkeypatch.setattr(app.cli.track, "MultiTracker", lambda *options: tracker)
        return source, tracker

    return install


def rows(path):
    return [line.split(",") for line in path.read_text().splitlines()[1:]]


def test_a_real_clip_to_csv_sidecar_and_video(clip, tmp_path, capsys):
    path, box = clip
    csv, video = tmp_path / "t.csv", tmp_path / "t.mp4"
    assert main(["track", str(path), "--box", box, "--csv", str(csv), "--video-out", str(video)]) == 0
    assert csv.read_text().splitlines()[0] == "frame,time_s,target,x,y,w,h,confidence,state,origin"
    assert [int(row[0]) for row in rows(csv)] == list(range(12))
    assert rows(csv)[0][3:7] == [f"{float(v):.2f}" for v in box.split(",")]
    assert rows(csv)[0][8:] == ["init", "init"]
    side = read_sidecar(csv)
    assert side["frames"] == 12 and side["width"] == 320 and side["backend"]["name"] == "onnxruntime"
    assert "features" in side["models"] and side["seed"] == 0
    capture = cv2.VideoCapture(str(video))
    frames = 0
    while capture.read()[0]:
        frames += 1
    assert frames == 12
    out = capsys.readouterr()
    assert out.err == "" and out.out.startswith("12 frames, ") and str(csv) in out.out
    assert not list(tmp_path.glob("*.part*"))


def test_deterministic_runs_give_the_same_bytes(clip, tmp_path):
    path, box = clip
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for file in files:
        assert main(["track", str(path), "--box", box, "--csv", str(file), "--deterministic", "--quiet"]) == 0
    assert files[0].read_bytes() == files[1].read_bytes()


def test_start_and_end_name_the_first_and_last_frame(fake, tmp_path):
    source, _ = fake()
    csv = tmp_path / "t.csv"
    assert main(["track", "x.mp4", "--box", "50,50,40,40", "--start", "5", "--end", "9", "--csv", str(csv)]) == 0
    assert [int(row[0]) for row in rows(csv)] == [5, 6, 7, 8, 9]
    assert source.reads == [5, 6, 7, 8, 9] and source.closed


def test_several_targets_have_a_row_each(fake, tmp_path):
    fake()
    csv = tmp_path / "t.csv"
    arguments = ["track", "x.mp4", "--box", "50,50,40,40", "--box", "-5,60,40,40", "--csv", str(csv), "--quiet"]
    assert main(arguments) == 0
    assert len(rows(csv)) == 60
    assert {row[2] for row in rows(csv)} == {"1", "2"}


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ([], "walk.csv"),
        (["--format", "mot"], "walk.txt"),
        (["--format", "json"], "walk.json"),
        (["--format", "otb", "--out", "o.txt"], "o.txt"),
        (["--out", "o.json"], "o.json"),
        (["--out", "o.csv"], "o.csv"),
    ],
)
def test_where_the_track_goes(fake, tmp_path, monkeypatch, arguments, name):
    fake()
    monkeypatch.chdir(tmp_path)
    assert main(["track", "videos/walk.mp4", "--box", "50,50,40,40", *arguments]) == 0
    assert {path.name for path in tmp_path.iterdir()} - {name + ".json"} == {name}


def test_cameras_and_streams_give_file_names(fake, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for source in ("0", "/dev/video2", "rtsp://host/live/cam?x=1"):
        fake()
        assert main(["track", source, "--box", "50,50,40,40", "--quiet"]) == 0
    assert {path.name for path in tmp_path.glob("*.csv")} == {"camera-0.csv", "camera-2.csv", "cam_x_1.csv"}


@pytest.mark.parametrize("format", ["csv", "mot", "otb", "vot", "json"])
def test_every_format_reads_back(fake, tmp_path, format):
    fake(tracker=FakeTracker(lost={1: [range(10, 15)]}))
    out = tmp_path / "t.out"
    assert main(["track", "x.mp4", "--box", "50,50,40,40", "--format", format, "--out", str(out), "--quiet"]) == 0
    log = read_track(out, format)
    assert log.get(1, 20).box is not None
    assert log.get(1, 12) is None or log.get(1, 12).box is None


def test_ctrl_c_writes_what_was_tracked(fake, tmp_path, capsys):
    class Interrupted(FakeTracker):
        def update(self, frame, only=None, coming=None):
            if frame.index == 7:
                os.kill(os.getpid(), signal.SIGINT)
            return super().update(frame, only, coming)

    fake(tracker=Interrupted())
    before = signal.getsignal(signal.SIGINT)
    csv, video = tmp_path / "t.csv", tmp_path / "t.mp4"
    arguments = ["track", "x.mp4", "--box", "50,50,40,40", "--csv", str(csv), "--video-out", str(video)]
    assert main(arguments) == 0
    assert [int(row[0]) for row in rows(csv)] == list(range(8))
    assert video.stat().st_size > 0
    assert capsys.readouterr().out.startswith("Stopped: 8 frames")
    assert signal.getsignal(signal.SIGINT) == before


def test_a_source_that_breaks_midway_keeps_what_was_tracked(fake, tmp_path, capsys):
    fake(source=FakeSource(frames=30, fail_at=10))
    csv = tmp_path / "t.csv"
    assert main(["track", "x.mp4", "--box", "50,50,40,40", "--csv", str(csv)]) == 1
    assert len(rows(csv)) == 10
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "; the 10 frames tracked before are in" in err


def test_a_disk_that_is_full_leaves_nothing_under_the_final_name(fake, tmp_path, capsys, monkeypatch):
    fake()
    csv = tmp_path / "t.csv"

    def full(self, text):
        from engine.errors import FormatError

        raise FormatError("The disk is full: free some space.")

    monkeypatch.setattr("engine.formats.base.PartFile.write", full)
    assert main(["track", "x.mp4", "--box", "50,50,40,40", "--csv", str(csv)]) == 1
    assert "disk is full" in capsys.readouterr().err
    assert not csv.exists()


def test_drops_of_a_live_source_are_counted(fake, tmp_path, capsys):
    class Live(FakeSource):
        dropped = 3

    fake(source=Live(frames=5))
    csv = tmp_path / "t.csv"
    assert main(["track", "0", "--box", "50,50,40,40", "--csv", str(csv)]) == 0
    assert read_sidecar(csv)["dropped"] == 3
    assert "3 dropped" in capsys.readouterr().out


def test_the_progress_line_shows_on_a_terminal_only(fake, tmp_path, monkeypatch, capsys):
    import io
    import sys

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    fake(tracker=FakeTracker(lost={1: [range(20, 30)]}))
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["track", "x.mp4", "--box", "50,50,40,40", "--csv", str(tmp_path / "t.csv")]) == 0
    assert "30/30 frames" in terminal.getvalue() and "lost: 1" in terminal.getvalue()


def bad_sources(folder):
    empty, text, noise = folder / "empty.mp4", folder / "text.mp4", folder / "noise.mp4"
    empty.touch()
    text.write_text("This is not a video.\n" * 50)
    noise.write_bytes(np.random.default_rng(0).bytes(5000))
    pictureless = folder / "pictureless"
    pictureless.mkdir()
    return [empty, text, noise, pictureless, folder / "missing.mp4"]


@pytest.mark.parametrize("which", range(5))
def test_bad_sources(tmp_path, capfd, which):
    source = bad_sources(tmp_path)[which]
    csv = tmp_path / "t.csv"
    assert main(["track", str(source), "--box", "1,2,30,40", "--csv", str(csv)]) == 1
    err = [line for line in capfd.readouterr().err.splitlines() if line.startswith("attntrack: ")]
    assert len(err) == 1 and "Traceback" not in err[0]
    assert not csv.exists() and not list(tmp_path.glob("*.part*"))


def test_a_camera_that_is_not_there(tmp_path, capfd):
    csv = tmp_path / "t.csv"
    assert main(["track", "97", "--box", "1,2,30,40", "--csv", str(csv)]) == 1
    assert any(line.startswith("attntrack: ") for line in capfd.readouterr().err.splitlines())
    assert not csv.exists()


@pytest.mark.parametrize("box", ["900,20,30,40", "-200,20,30,40", "10,20,0.5,0.5"])
def test_a_box_that_is_not_on_the_picture(clip, tmp_path, capsys, box):
    csv = tmp_path / "t.csv"
    assert main(["track", str(clip[0]), "--box", box, "--csv", str(csv)]) == 1
    err = capsys.readouterr().err
    assert err.startswith("attntrack: ") and err.count("\n") == 1 and "box" in err
    assert not csv.exists() and not list(tmp_path.glob("*.part*"))


@pytest.mark.parametrize("option", ["--csv", "--out", "--video-out"])
def test_folders_that_cannot_be_written_to(clip, tmp_path, capsys, option):
    for target in (tmp_path / "none" / "t.mp4", clip[0] / "t.mp4"):  # no such folder; a file in its place
        assert main(["track", str(clip[0]), "--box", clip[1], option, str(target)]) == 1
        err = capsys.readouterr().err
        assert err.startswith("attntrack: ") and err.count("\n") == 1
        assert not target.exists()


def test_a_read_only_folder(clip, tmp_path, capsys, monkeypatch):
    locked, access = tmp_path / "locked", os.access
    locked.mkdir()
    # root may write anywhere: the system's answer is that to another user
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != locked and access(path, mode))
    assert main(["track", str(clip[0]), "--box", clip[1], "--csv", str(locked / "t.csv")]) == 1
    assert f"The folder {locked} cannot be written to" in capsys.readouterr().err
    assert not list(locked.iterdir())


def test_the_source_and_other_outputs_are_never_written_over(clip, tmp_path, capsys):
    path, box = clip
    before = path.read_bytes()
    assert main(["track", str(path), "--box", box, "--video-out", str(path)]) == 2
    same = str(tmp_path / "same.mp4")
    assert main(["track", str(path), "--box", box, "--csv", same, "--video-out", same]) == 2
    assert "written over" in capsys.readouterr().err
    assert path.read_bytes() == before and not Path(same).exists()


def test_frames_that_are_not_there(clip, tmp_path, capsys):
    path, box = clip
    csv = tmp_path / "t.csv"
    assert main(["track", str(path), "--box", box, "--start", "500", "--csv", str(csv)]) == 1
    assert main(["track", str(path), "--box", box, "--start", "5", "--end", "3", "--csv", str(csv)]) == 2
    assert capsys.readouterr().err.count("attntrack: ") == 2
    assert not csv.exists()


def test_pictures_in_a_folder(tmp_path):
    folder = tmp_path / "shots"
    folder.mkdir()
    for index in range(3):
        cv2.imwrite(str(folder / f"{index:03}.png"), textured_image(index))
    out = tmp_path / "t.json"
    assert main(["track", str(folder), "--box", "150,100,48,36", "--out", str(out), "--quiet"]) == 0
    assert len(json.loads(out.read_text())["images"]) == 3
