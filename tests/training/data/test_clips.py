from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.errors import FormatError, SourceError
from training.data.clips import Clip, decode, read_clips, split_clips
from training.data.pack import FramePack, frames_of, pack_clip


def test_clips_carry_the_index(data_folder):
    clips = {clip.name: clip for clip in read_clips(data_folder / "train")}
    assert sorted(clips) == ["alpha", "beta", "delta", "gamma"]
    assert clips["delta"].label == "pseudo"
    assert clips["alpha"].group == "alpha"
    assert np.isnan(clips["alpha"].targets[0][3:5]).all()
    assert clips["beta"].targets[0][5].tolist() == [35, 35, 32, 24]


def test_several_targets_of_one_footage(tmp_path):
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(b"")
    for n in (1, 2):
        (tmp_path / f"a.{n}.txt").write_text(f"{n},0,5,5\n")
    clips = read_clips(tmp_path)  # b has no truth and is left out
    assert [clip.name for clip in clips] == ["a"]
    assert [target[0, 0] for target in clips[0].targets] == [1, 2]


def test_a_folder_without_clips_is_an_error(tmp_path):
    with pytest.raises(SourceError, match="no annotated clip"):
        read_clips(tmp_path)


def test_layouts_side_by_side_become_clips_of_whole_footage(tmp_path):
    for place in ("otb/Jogging/img", "otb/David/img", "vot/one", "other/one"):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        for i in range(3):
            cv2.imwrite(str(folder / f"{i:04d}.png"), np.full((20, 30, 3), 40 * i, np.uint8))
    for n in (1, 2):
        (tmp_path / "otb" / "Jogging" / f"groundtruth_rect.{n}.txt").write_text(f"{n},1,5,5\n" * 3)
    (tmp_path / "otb" / "David" / "groundtruth_rect.txt").write_text("1,1,5,5\n" * 3)
    (tmp_path / "vot" / "one" / "groundtruth.txt").write_text("nan\n1,1,5,5\n1,1,5,5\n")
    (tmp_path / "other" / "one" / "groundtruth.txt").write_text("1,1,5,5\n" * 3)
    clips = {clip.name: clip for clip in read_clips(tmp_path)}
    assert sorted(clips) == ["David", "Jogging", "other__one", "vot__one"]
    assert len(clips["Jogging"].targets) == 2 and clips["Jogging"].label == "gt"
    assert np.isnan(clips["vot__one"].targets[0][0]).all() and clips["vot__one"].first == 0
    pack = pack_clip(clips["Jogging"], tmp_path / "pack")
    assert pack.name == "Jogging.jpegs"
    assert [int(frame[0, 0, 0]) for frame in frames_of(clips["Jogging"])] == [0, 40, 80]


def test_a_broken_clip_says_how_to_find_all_that_is_wrong(tmp_path):
    (tmp_path / "a.mp4").touch()
    (tmp_path / "a.txt").write_text("1,2,3\n")
    with pytest.raises(FormatError, match=r"a\.txt, line 1.*attntrack data check"):
        read_clips(tmp_path)
    (tmp_path / "a.txt").write_text("1,2,3,4\n")
    (tmp_path / "index.csv").write_text("title\na\n")
    with pytest.raises(FormatError, match=r"index\.csv is no index"):
        read_clips(tmp_path)


def _clips(groups):
    return [Clip(f"c{i}", None, label, group, ()) for i, (group, label) in enumerate(groups)]


def test_no_footage_is_on_both_sides_and_only_true_boxes_are_held_out():
    groups = [(f"g{i // 2}", "gt" if i < 30 else "mask") for i in range(40)] + [(f"p{i}", "pseudo") for i in range(20)]
    groups += [("mixed", "gt"), ("mixed", "pseudo")]
    clips = _clips(groups)
    split = split_clips(clips, seed=0)
    side = {clip.name: clip.name in split.dev for clip in clips}
    assert len(split.dev) == 6  # 15 % of 20 groups are 3, of 2 clips each
    for a in clips:
        for b in clips:
            assert a.group != b.group or side[a.name] == side[b.name]
    held = [clip for clip in clips if side[clip.name]]
    assert all(clip.label != "pseudo" and clip.group != "mixed" for clip in held)
    assert sorted(split.train + split.dev) == sorted(side)
    assert split_clips(clips, seed=0) == split
    assert split_clips(clips, seed=1) != split


def test_pack_gives_any_frame_back(data_folder, tmp_path):
    clip = read_clips(data_folder / "train")[0]
    frames = list(decode(clip.path))
    pack_clip(clip, tmp_path)
    pack = FramePack(tmp_path, clip.name)
    assert len(pack) == len(frames) == 24
    for i in (23, 0, 11):
        assert pack[i].shape == frames[i].shape
        assert np.abs(pack[i].astype(int) - frames[i]).mean() < 10
    with pytest.raises(IndexError):
        pack[24]


def test_packing_twice_keeps_the_first(data_folder, tmp_path):
    clip = read_clips(data_folder / "train")[0]
    path = pack_clip(clip, tmp_path)
    stamp = path.stat().st_mtime_ns
    assert pack_clip(clip, tmp_path).stat().st_mtime_ns == stamp


def test_a_file_that_is_no_video_is_an_error(tmp_path):
    (tmp_path / "a.mp4").write_text("no video")
    with pytest.raises(SourceError, match=r"a\.mp4"):
        list(decode(tmp_path / "a.mp4"))
