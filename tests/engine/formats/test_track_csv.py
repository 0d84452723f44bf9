import csv
import errno
import hashlib
import json
import os
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engine
from engine.backends.base import BackendInfo
from engine.calibration import Calibration
from engine.errors import FormatError
from engine.formats import TrackMeta, open_writer, read_sidecar, read_track, write_log
from engine.formats import base as base_module
from engine.formats.measures import Measures
from engine.sources.base import SourceInfo
from engine.target_info import TargetInfo
from engine.testing import FakeSource, FakeTracker, moving_box
from engine.track_log import LogFrame, TrackLog
from engine.types import Box, Origin, Target, TrackState

INFO = SourceInfo("clip.mp4", 320, 240, 29.97, 100, False, "pts")
META = TrackMeta("clip.mp4", INFO)
HEADER = "frame,time_s,target,x,y,w,h,confidence,state,origin\n"


def run_tracker(writer, frames=10):
    """A fake run of two targets, one of which gets lost, through a writer."""
    source = FakeSource(frames)
    tracker = FakeTracker(lambda t, i: moving_box(i), lost={2: [range(3, 6)]})
    writer.write(tracker.init(source.read(), {1: moving_box(0), 2: Box(10, 20, 30, 40)}))
    while (frame := source.read()) is not None:
        writer.write(tracker.update(frame))


def test_the_file_is_what_was_agreed(tmp_path):
    path = tmp_path / "a.csv"
    with open_writer(path, "csv", META) as writer:
        writer.write(LogFrame(0, 0.0, (Target(1, Box(412, 233.5, 64, 48), 1.0, TrackState.INIT, Origin.INIT),)))
        writer.write(LogFrame(1, 1 / 29.97, (Target(1, Box(-0.001, 2.345, 64.2, 47.9), 0.97314, TrackState.TRACKED),)))
        writer.write(LogFrame(5, 5 / 29.97, (Target(1, None, 0.0812, TrackState.LOST),)))
    assert path.read_bytes().decode() == (
        HEADER
        + "0,0.000000,1,412.00,233.50,64.00,48.00,1.0000,init,init\n"
        + "1,0.033367,1,0.00,2.35,64.20,47.90,0.9731,tracked,track\n".replace("2.35", f"{2.345:.2f}")
        + "5,0.166834,1,,,,,0.0812,lost,track\n"
    )


def test_a_row_for_every_frame_and_target(tmp_path):
    path = tmp_path / "a.csv"
    with open_writer(path, "csv", META) as writer:
        run_tracker(writer, 10)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 20
    assert [row["x"] for row in rows if row["state"] == "lost"] == [""] * 3


def test_the_sidecar_says_how_it_was_made(tmp_path):
    source = tmp_path / "clip.bin"
    source.write_bytes(os.urandom(1 << 21))
    meta = TrackMeta(
        str(source),
        INFO,
        BackendInfo("onnxruntime", "CPU", "fp32", "1.2"),
        MappingProxyType({"features": "ab12"}),
        seed=7,
        targets=(TargetInfo(1, "left mouse", 4), TargetInfo(2)),
    )
    with open_writer(tmp_path / "a.csv", "csv", meta) as writer:
        run_tracker(writer, 4)
    side = read_sidecar(tmp_path / "a.csv")
    assert side == json.loads((tmp_path / "a.csv.json").read_text())
    assert side["versions"]["attntrack"] == engine.__version__
    assert side["source"]["size"] == 1 << 21
    assert side["source"]["sha256_first_mb"] == hashlib.sha256(source.read_bytes()[: 1 << 20]).hexdigest()
    assert (side["width"], side["height"], side["fps"], side["time_source"]) == (320, 240, 29.97, "pts")
    assert side["backend"]["name"] == "onnxruntime"
    assert side["models"] == {"features": "ab12"}
    assert side["seed"] == 7
    assert side["frames"] == 4
    assert side["dropped"] == 0
    assert side["scale"] is None
    assert side["targets"] == [{"id": 1, "name": "left mouse", "color": 4}, {"id": 2, "name": "", "color": 2}]
    assert side["initial_boxes"][1] == {"target": 2, "frame": 0, "box": [10.0, 20.0, 30.0, 40.0], "state": "init"}


def test_nothing_stands_under_the_final_name_before_the_end(tmp_path):
    path = tmp_path / "a.csv"
    writer = open_writer(path, "csv", META)
    writer.write(LogFrame(0, 0.0, (Target(1, Box(1, 2, 3, 4), 1.0, TrackState.INIT),)))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv.part"]
    writer.close()
    writer.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "a.csv.json"]
    with pytest.raises(FormatError, match="closed"):
        writer.write(LogFrame(1, 0.1, ()))


def test_an_error_leaves_nothing_and_an_older_file_alone(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("older")
    with pytest.raises(RuntimeError), open_writer(path, "csv", META) as writer:
        run_tracker(writer, 3)
        raise RuntimeError("tracking failed")
    assert path.read_text() == "older"
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_an_interrupt_keeps_what_was_tracked(tmp_path):
    path = tmp_path / "a.csv"
    with pytest.raises(KeyboardInterrupt), open_writer(path, "csv", META) as writer:
        run_tracker(writer, 3)
        raise KeyboardInterrupt
    assert len(read_track(path).rows(1)) == 3


def test_what_was_written_reaches_the_disk_every_second(tmp_path):
    now = [0.0]
    part = base_module.PartFile(tmp_path / "a.csv", lambda: now[0])
    part.write("one\n")
    now[0] += base_module.FLUSH_S
    part.write("two\n")
    assert (tmp_path / "a.csv.part").read_text() == "one\ntwo\n"
    part.discard()
    assert list(tmp_path.iterdir()) == []


def full_disk(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("when", ["fsync", "replace"])
def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path, monkeypatch, when):
    writer = open_writer(tmp_path / "a.csv", "csv", META)
    run_tracker(writer, 3)
    monkeypatch.setattr(base_module.os, when, full_disk)
    with pytest.raises(FormatError, match="No space left"):
        writer.close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    monkeypatch.setattr(base_module.os, "access", lambda path, mode: False)
    with pytest.raises(FormatError, match="cannot be written to: choose another"):
        open_writer(tmp_path / "a.csv", "csv", META)


@pytest.mark.parametrize(("name", "says"), [("nowhere/a.csv", "is not there"), (".", "is a folder")])
def test_places_that_are_none(tmp_path, name, says):
    with pytest.raises(FormatError, match=says):
        open_writer(tmp_path / name, "csv", META)


def test_unknown_formats(tmp_path):
    with pytest.raises(FormatError, match="no format 'xls'"):
        open_writer(tmp_path / "a.xls", "xls", META)
    with pytest.raises(FormatError, match="'video' cannot be read"):
        read_track(tmp_path / "a.mp4", "video")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b,c\n1,2,3\n", "not a track of this program"),
        ("", "not a track of this program"),
        (HEADER + "0,0.0,1,1,2,3\n", "line 2 .*6 values"),
        (HEADER + "0,0.0,1,1,2,3,nan,1,tracked,track\n", "line 2 .* finite"),
        (HEADER + "0,0.0,1,1,2,3,4,1,flying,track\n", "line 2 .*flying"),
        (HEADER + "0,0.0,1,,,,,0.1,lost,track\n0,0.0,1,,,,,0.1,lost,track\n", "line 3"),
        (HEADER + "0,0.0,0,,,,,0.1,lost,track\n", "line 2 .* from 1"),
        (HEADER + "0,0.0,1,5,,,,0.1,lost,track\n", "line 2"),
    ],
)
def test_damaged_files_name_the_line(tmp_path, text, says):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(FormatError, match=says):
        read_track(path)


def test_files_that_are_not_there_or_not_text(tmp_path):
    with pytest.raises(FormatError, match="is not there"):
        read_track(tmp_path / "no.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(FormatError, match="cannot be read as text"):
        read_track(tmp_path / "bytes.csv")
    with pytest.raises(FormatError, match="is not there"):
        read_sidecar(tmp_path / "no.csv")
    (tmp_path / "x.csv.json").write_text("{")
    with pytest.raises(FormatError, match="damaged"):
        read_sidecar(tmp_path / "x.csv")
    (tmp_path / "x.csv.json").write_text('{"schema": 99}')
    with pytest.raises(FormatError, match="version"):
        read_sidecar(tmp_path / "x.csv")


def test_more_columns_and_a_byte_order_mark_are_read_over(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("\ufeff" + HEADER.strip() + ",cx,cy\n0,0.0,1,1,2,3,4,1,init,init,9,9\n", encoding="utf-8")
    assert read_track(path).get(1, 0).box == Box(1, 2, 3, 4)


pixels = st.integers(-50_000, 500_000).map(lambda v: v / 100)
sides = st.integers(1, 500_000).map(lambda v: v / 100)
rows = st.builds(
    Target,
    st.integers(1, 4),
    st.none() | st.builds(Box, pixels, pixels, sides, sides),
    st.integers(0, 10_000).map(lambda v: v / 10_000),
    st.sampled_from(TrackState),
    st.sampled_from(Origin),
)
tracks = st.lists(st.tuples(st.integers(1, 9), rows), max_size=30)


def log_of(steps):
    log, frame = TrackLog(), -1
    for step, row in steps:
        frame += step
        log.record(frame, round(frame / 29.97, 6), [row])
    return log


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tracks)
def test_reading_gives_the_same_track_back(tmp_path, steps):
    log = log_of(steps)
    write_log(log, tmp_path / "a.csv", "csv", META)
    back = read_track(tmp_path / "a.csv")
    assert list(back.frames()) == list(log.frames())
    write_log(back, tmp_path / "b.csv", "csv", META)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    lines = (tmp_path / "a.csv").read_text().count("\n") - 1
    assert lines == len(list(log.frames())) * len(log.targets)


def test_measured_columns_stand_behind_the_others_and_do_not_disturb_reading(tmp_path):
    log = TrackLog()
    for index in range(12):
        box = None if index == 5 else Box(10.0 * index, 100, 20, 10)
        state = TrackState.LOST if box is None else TrackState.TRACKED
        log.record(index, index / 10, [Target(1, box, 0.9, state)])
    calibration = Calibration(0.5, "mm", origin=(10, 105), y_up=True)
    path = tmp_path / "a.csv"
    meta = TrackMeta("clip.mp4", INFO, calibration=calibration)
    with open_writer(path, "csv", meta, measures=Measures(log, calibration)) as writer:
        for frame in log.frames():
            writer.write(frame)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[-5:] == ["cx_mm", "cy_mm", "w_mm", "h_mm", "speed_mm_s"]
    assert [rows[2][name] for name in list(rows[0])[-5:]] == ["10", "0", "10", "5", "50"]
    assert [rows[5][name] for name in list(rows[0])[-5:]] == [""] * 5
    assert read_track(path).rows(1).tobytes() == log.rows(1).tobytes()
    side = read_sidecar(path)
    assert side["scale"] == 0.5 and Calibration.from_dict(side["calibration"]) == calibration
