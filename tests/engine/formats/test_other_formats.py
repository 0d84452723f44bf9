import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import FormatError
from engine.formats import FORMATS, TrackMeta, open_writer, read_track, write_log
from engine.formats import base as base_module
from engine.sources.base import SourceInfo
from engine.track_log import LogFrame, TrackLog
from engine.types import Box, Origin, Target, TrackState

INFO = SourceInfo("clip.mp4", 320, 240, 25.0, 100, False, "pts")
META = TrackMeta("clip.mp4", INFO)
BOX = Box(10.0, 20.5, 30.25, 40.0)


def sample():
    log = TrackLog()
    log.record(0, 0.0, [Target(1, BOX, 1.0, TrackState.INIT, Origin.INIT)])
    log.record(1, 0.04, [Target(1, BOX, 0.75, TrackState.TRACKED), Target(2, BOX, 1.0, TrackState.INIT, Origin.INIT)])
    log.record(2, 0.08, [Target(1, None, 0.1, TrackState.LOST), Target(2, BOX, 0.5, TrackState.UNCERTAIN)])
    return log


def test_mot_counts_from_one_and_leaves_lost_rows_out(tmp_path):
    assert write_log(sample(), tmp_path / "a.txt", "mot", META) == 3
    assert (tmp_path / "a.txt").read_text().splitlines() == [
        "1,1,11.00,21.50,30.25,40.00,1.0000,-1,-1,-1",
        "2,1,11.00,21.50,30.25,40.00,0.7500,-1,-1,-1",
        "2,2,11.00,21.50,30.25,40.00,1.0000,-1,-1,-1",
        "3,2,11.00,21.50,30.25,40.00,0.5000,-1,-1,-1",
    ]


def test_otb_has_a_line_a_frame_and_a_file_a_target(tmp_path):
    write_log(sample(), tmp_path / "a.txt", "otb", META)
    assert (tmp_path / "a.txt").read_text() == "11.00,21.50,30.25,40.00\n" * 2 + "0,0,0,0\n"
    assert (tmp_path / "a_2.txt").read_text() == "0,0,0,0\n" + "11.00,21.50,30.25,40.00\n" * 2


def test_vot_marks_starts_and_unknown_frames_in_the_toolkits_way(tmp_path):
    write_log(sample(), tmp_path / "a.txt", "vot", META)
    assert (tmp_path / "a.txt").read_text() == "1\n10.00,20.50,30.25,40.00\n0\n"
    assert (tmp_path / "a_confidence.value").read_text() == "1.0000\n0.7500\n0.1000\n"
    assert (tmp_path / "a_2.txt").read_text() == "0\n1\n10.00,20.50,30.25,40.00\n"
    assert (tmp_path / "a_2_confidence.value").is_file()


def test_coco_is_complete_and_consistent(tmp_path):
    write_log(sample(), tmp_path / "a.json", "json", META)
    content = json.loads((tmp_path / "a.json").read_text())
    images = {image["id"]: image for image in content["images"]}
    assert [image["frame_index"] for image in images.values()] == [0, 1, 2]
    assert {(image["width"], image["height"]) for image in images.values()} == {(320, 240)}
    ids = [annotation["id"] for annotation in content["annotations"]]
    assert ids == [1, 2, 3, 4]
    for annotation in content["annotations"]:
        assert annotation["image_id"] in images
        assert annotation["bbox"] == [10.0, 20.5, 30.25, 40.0]
        assert annotation["area"] == 1210.0
        assert annotation["category_id"] == content["categories"][0]["id"]
    assert [(row["track_id"], row["state"]) for row in content["missing"]] == [(2, "absent"), (1, "lost")]


def seen(log):
    """Boxes by target and frame."""
    return {(t.id, f.index): t.box for f in log.frames(fill=False) for t in f.targets if t.box is not None}


pixels = st.integers(-50_000, 500_000).map(lambda v: v / 100)
sides = st.integers(1, 500_000).map(lambda v: v / 100)
boxes = st.none() | st.builds(Box, pixels, pixels, sides, sides)


def track_of(found, target=1, start=0):
    log = TrackLog()
    for frame, box in enumerate(found, start=start):
        state = TrackState.LOST if box is None else TrackState.TRACKED
        log.record(frame, frame / 25, [Target(target, box, 0.5, state)])
    return log


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(boxes, min_size=1, max_size=20), st.sampled_from(FORMATS))
def test_boxes_survive_every_format(tmp_path, found, format):
    log = track_of(found)
    write_log(log, tmp_path / "a.txt", format, META)
    back = read_track(tmp_path / "a.txt", format, fps=25.0)
    expected, got = seen(log), seen(back)
    assert got.keys() == expected.keys()
    for key, box in expected.items():
        assert got[key].as_array() == pytest.approx(box.as_array(), abs=1e-6)
    if format != "mot":
        assert [f.index for f in back.frames()] == [f.index for f in log.frames()]
        assert [f.time_s for f in back.frames()] == pytest.approx([f.time_s for f in log.frames()], abs=1e-6)


def test_json_keeps_states_origins_and_several_targets(tmp_path):
    write_log(sample(), tmp_path / "a.json", "json", META)
    back = read_track(tmp_path / "a.json", "json")
    assert list(back.frames()) == list(sample().frames())


@pytest.mark.parametrize("format", FORMATS)
def test_an_error_leaves_nothing(tmp_path, format):
    with pytest.raises(RuntimeError), open_writer(tmp_path / "a.txt", format, META) as writer:
        for frame in sample().frames():
            writer.write(frame)
        raise RuntimeError("no")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", FORMATS)
def test_a_disk_that_is_full_at_the_end_leaves_nothing(tmp_path, monkeypatch, format):
    writer = open_writer(tmp_path / "a.txt", format, META)
    for frame in sample().frames():
        writer.write(frame)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(base_module.os, "fsync", full)
    with pytest.raises(FormatError, match="No space left"):
        writer.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_track_is_written(tmp_path, format):
    assert write_log(TrackLog(), tmp_path / "a.txt", format, META) == 0


@pytest.mark.parametrize("format", ["otb", "vot", "json"])
def test_a_frame_twice_is_refused_by_formats_that_hold_one_row_each(tmp_path, format):
    writer = open_writer(tmp_path / "a.txt", format, META)
    frame = LogFrame(3, 0.1, (Target(1, BOX, 1.0, TrackState.INIT),))
    writer.write(frame)
    with pytest.raises(ValueError, match="truncate"):
        writer.write(frame)
    writer.abort()


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("mot", "1,1,2,3\n"),
        ("mot", "0,1,1,1,5,5,1,-1,-1,-1\n"),
        ("mot", "1,1,1,1,5,5,1,-1,-1,-1\n1,1,1,1,5,5,1,-1,-1,-1\n"),
        ("otb", "1,2,3\n"),
        ("otb", "hello\n"),
        ("vot", "what\n"),
        ("vot", "1,2,3\n"),
        ("vot", "-7\n"),
        ("json", "[]"),
        ("json", "{"),
        ("json", '{"images": [], "annotations": [{"image_id": 3}], "missing": []}'),
    ],
)
def test_damaged_files_are_a_sentence(tmp_path, format, text):
    (tmp_path / "bad.txt").write_text(text)
    with pytest.raises(FormatError, match=r"bad\.txt"):
        read_track(tmp_path / "bad.txt", format)


def test_otb_takes_tabs_and_blanks(tmp_path):
    (tmp_path / "a.txt").write_text("11\t21\t5\t6\n11 21 5 6\n")
    assert seen(read_track(tmp_path / "a.txt", "otb")) == {(1, 0): Box(10, 20, 5, 6), (1, 1): Box(10, 20, 5, 6)}


def test_vot_confidences_must_belong_to_the_regions(tmp_path):
    write_log(sample(), tmp_path / "a.txt", "vot", META)
    (tmp_path / "a_confidence.value").write_text("1\n")
    with pytest.raises(FormatError, match="1 lines"):
        read_track(tmp_path / "a.txt", "vot")
