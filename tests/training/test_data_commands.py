import shutil

import cv2
import numpy as np
import pytest

from engine.errors import FormatError, SourceError
from training.commands import main
from training.data.clips import read_clips, split_clips
from training.data.pack import frames_of
from training.data.packfile import unpack
from training.data.photos import read_stills
from training.workspace import Workspace, prepare


@pytest.fixture
def copy(data_folder, tmp_path):
    return shutil.copytree(data_folder, tmp_path / "copy")


def check(*arguments):
    return main("data", ["check", *map(str, arguments)])


def test_check_counts_what_is_there(data_folder, capsys):
    assert check(data_folder) == 0
    out, err = capsys.readouterr()
    assert "plain: 4 targets, 94 boxes, 2 absent" in out
    assert "instances.json: 3 photos, 6 objects, 3 with outlines" in out
    assert "split: 3 to train, 1 to develop" in out
    assert err == ""


def test_check_names_every_file_that_is_wrong(copy, capsys):
    (copy / "train" / "alpha.txt").write_text("1,2,3\n")
    long = (copy / "train" / "beta.txt").read_text()
    (copy / "train" / "beta.txt").write_text(long * 2)
    (copy / "train" / "gamma.txt").write_text("900,900,10,10\n" * 24)
    (copy / "train" / "delta.mp4").write_text("no video")
    (copy / "images" / "objects" / "1.png").unlink()
    (copy / "images" / "coco" / "boxes.csv").write_text("image,x\n")
    (copy / "images" / "coco" / "boxes.csv").write_text("image,x,y,w,h,category\na.jpg,1,2,wide,4,cup\n")
    assert check(copy) == 1
    lines = capsys.readouterr().err.splitlines()
    for words in (
        ("alpha.txt, line 1",),
        ("beta.txt: 48 rows for the 24 frames",),
        ("gamma.txt: 24 boxes of gamma lie outside its 160x120 frames, first in row 1",),
        ("delta.mp4",),
        ("instances.json", "1.png is not there"),
        ("boxes.csv does not hold boxes",),
    ):
        assert any(all(word in line for word in words) for line in lines), words
    assert len(lines) == 6 and all(line.startswith("attntrack: ") for line in lines)


def test_a_deep_check_reads_the_pictures(copy, capsys):
    path = copy / "images" / "objects" / "0.png"
    path.write_bytes(path.read_bytes()[:40])
    cv2.imwrite(str(copy / "images" / "objects" / "2.png"), np.zeros((20, 20, 3), np.uint8))
    assert check(copy) == 0
    assert check("--deep", copy) == 1
    lines = capsys.readouterr().err.splitlines()
    assert any("0.png is not a picture" in line for line in lines)
    assert any("an object of 2.png lies outside its 20x20 pixels" in line for line in lines)


def test_check_of_nothing(tmp_path, capsys):
    assert check(tmp_path) == 0
    assert "no annotated data" in capsys.readouterr().out
    with pytest.raises(FormatError, match="not a folder"):
        check(tmp_path / "none")


def test_a_packed_file_trains_like_its_folder(data_folder, tmp_path, capsys):
    file = tmp_path / "small.zip"
    assert main("data", ["pack", str(data_folder), "--out", str(file), "--side", "80"]) == 0
    assert "4 clips with 100% of their frames, 5 photos" in capsys.readouterr().out
    space = Workspace(file, tmp_path / "work")
    prepare(space)
    original = read_clips(data_folder / "train")
    packed = read_clips(space.clips)
    assert [(c.name, c.label, c.group) for c in packed] == [(c.name, c.label, c.group) for c in original]
    assert split_clips(packed) == split_clips(original)
    for old, new in zip(original, packed, strict=True):
        frames = list(frames_of(new))
        assert len(frames) == 24 and frames[0].shape == (60, 80, 3)
        np.testing.assert_allclose(new.targets[0], old.targets[0] / 2, atol=0.01)
    stills = read_stills(space.photos)
    assert len(stills) == 5 and stills[0].path.is_file()
    cups = [still.objects[0] for still in stills if still.objects[0].category == "cup"]
    assert [cup.box.tolist() for cup in cups] == [[24, 20, 20, 16]] * 3 and cups[0].polygons[0].shape == (4, 2)
    assert check(space.root) == 0


def test_a_limit_keeps_a_share_of_everything(data_folder, tmp_path, capsys):
    for name, options in (("all", []), ("less", ["--limit-mb", "0.12"])):
        arguments = ["pack", str(data_folder), "--out", str(tmp_path / f"{name}.zip"), "--side", "80", *options]
        assert main("data", arguments) == 0
    assert (tmp_path / "less.zip").stat().st_size <= 120_000 < (tmp_path / "all.zip").stat().st_size
    unpack(tmp_path / "less.zip", tmp_path / "less")
    clips = read_clips(tmp_path / "less" / "train")
    assert len(clips) == 4
    counts = {len(list(frames_of(clip))) for clip in clips}
    assert len(counts) == 1 and 2 <= counts.pop() < 24
    assert all(len(clip.targets[0]) <= 24 for clip in clips)


def test_what_cannot_be_packed_or_unpacked_is_said(data_folder, tmp_path):
    with pytest.raises(FormatError, match=r"must end with \.zip"):
        main("data", ["pack", str(data_folder), "--out", str(tmp_path / "a.tar")])
    with pytest.raises(FormatError, match=r"where 0\.001 were allowed"):
        main("data", ["pack", str(data_folder), "--out", str(tmp_path / "a.zip"), "--limit-mb", "0.001"])
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SourceError, match="no annotated clips"):
        main("data", ["pack", str(data_folder / "images"), "--out", str(tmp_path / "a.zip")])
    (tmp_path / "b.zip").write_text("nothing")
    with pytest.raises(SourceError, match="cannot be unpacked"):
        prepare(Workspace(tmp_path / "b.zip", tmp_path / "work"))
