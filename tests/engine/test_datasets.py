import cv2
import numpy as np
import pytest

from engine.datasets import find_clips, read_truth
from engine.errors import FormatError


def pictures(folder, count, name="{:04d}.jpg", first=1):
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(first, first + count):
        cv2.imwrite(str(folder / name.format(i)), np.zeros((8, 8, 3), np.uint8))


def test_plain_clips_one_or_several_targets(tmp_path):
    for name in ("one.mp4", "two.MP4", "bare.mp4"):
        (tmp_path / name).touch()
    (tmp_path / "one.txt").write_text("1,2,3,4\nnan,nan,nan,nan\n5,6,7,8\n")
    (tmp_path / "two.1.txt").write_text("1,2,3,4\n")
    (tmp_path / "two.2.txt").write_text("5,6,7,8\n")
    (tmp_path / "two.notes.txt").write_text("not a truth file\n")
    clips = find_clips(tmp_path)
    assert [(clip.name, clip.source.name) for clip in clips] == [
        ("one", "one.mp4"),
        ("two.1", "two.MP4"),
        ("two.2", "two.MP4"),
    ]
    assert np.isnan(clips[0].truth[1]).all()
    np.testing.assert_array_equal(clips[0].truth[2], [5, 6, 7, 8])
    assert not clips[0].truth.flags.writeable


def test_names_that_differ_in_case_only_are_two_clips(tmp_path):
    for name in ("Car1", "car1", "car1.part"):
        (tmp_path / f"{name}.mp4").touch()
        (tmp_path / f"{name}.txt").write_text("1,2,3,4\n")
    assert [(clip.name, clip.source.stem) for clip in find_clips(tmp_path)] == [
        ("Car1", "Car1"),
        ("car1", "car1"),
        ("car1.part", "car1.part"),
    ]


def test_otb(tmp_path):
    pictures(tmp_path / "Walking" / "img", 2)
    (tmp_path / "Walking" / "groundtruth_rect.txt").write_text("10\t20\t30\t40\n11 21 30 40\n\n")
    pictures(tmp_path / "Jogging" / "img", 1)
    (tmp_path / "Jogging" / "groundtruth_rect.1.txt").write_text("1,2,3,4\n")
    (tmp_path / "Jogging" / "groundtruth_rect.2.txt").write_text("5,6,7,8\n")
    pictures(tmp_path / "David" / "img", 2)
    (tmp_path / "David" / "groundtruth_rect.txt").write_text("1,2,3,4\n")
    clips = {clip.name: clip for clip in find_clips(tmp_path)}
    assert set(clips) == {"Walking", "Jogging-1", "Jogging-2", "David"}
    assert clips["Walking"].source == tmp_path / "Walking" / "img"
    np.testing.assert_array_equal(clips["Walking"].truth, [[10, 20, 30, 40], [11, 21, 30, 40]])
    assert clips["David"].start == 299 and clips["Walking"].start == 0
    (tmp_path / "David" / "img" / "0002.jpg").unlink()
    assert {clip.name: clip.start for clip in find_clips(tmp_path)}["David"] == 0  # cut to what has truth


def test_vot_polygons_and_masks_become_enclosing_boxes(tmp_path):
    pictures(tmp_path / "ball" / "color", 4, "{:08d}.jpg")
    (tmp_path / "ball" / "groundtruth.txt").write_text("5,2,9,6,5,10,1,6\nnan\nm3,4,10,20,1,198,1\n1,2,3,4\n")
    (clip,) = find_clips(tmp_path)
    assert clip.source.name == "color"
    np.testing.assert_array_equal(clip.truth[[0, 2, 3]], [[1, 2, 8, 8], [3, 4, 10, 20], [1, 2, 3, 4]])
    assert np.isnan(clip.truth[1]).all()


def test_got10k_absence_and_cover(tmp_path):
    pictures(tmp_path / "val" / "seq_1", 4, "{:08d}.jpg")
    home = tmp_path / "val" / "seq_1"
    (home / "groundtruth.txt").write_text("1,2,3,4\n" * 4)
    (home / "absence.label").write_text("0\n1\n0\n0\n")
    (home / "cover.label").write_text("8\n8\n0\n8\n")
    (clip,) = find_clips(tmp_path)
    assert clip.source == home
    assert np.isnan(clip.truth[:, 0]).tolist() == [False, True, True, False]


def test_lasot_flags_on_one_line(tmp_path):
    home = tmp_path / "bird" / "bird-1"
    pictures(home / "img", 3, "{:08d}.jpg")
    (home / "groundtruth.txt").write_text("1,2,3,4\n0,0,0,0\n1,2,3,4\n")
    (home / "full_occlusion.txt").write_text("0,0,1")
    (home / "out_of_view.txt").write_text("0,1,0")
    (clip,) = find_clips(tmp_path)
    assert clip.name == "bird-1"
    assert np.isnan(clip.truth[:, 0]).tolist() == [False, True, True]


def test_a_clip_starts_at_its_first_box(tmp_path):
    (tmp_path / "late.mp4").touch()
    (tmp_path / "late.txt").write_text("nan,nan,nan,nan\n0,0,0,0\n1,2,3,4\n")
    (clip,) = find_clips(tmp_path)
    assert clip.start == 2 and len(clip.truth) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "empty"), ("1,2,3\n", "line 1"), ("1,2,3,4\nhello\n", "line 2"), ("nan,nan,nan,nan\n", "no box at all")],
)
def test_damaged_truth_names_the_file(tmp_path, text, message):
    (tmp_path / "a.mp4").touch()
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(FormatError, match=message) as caught:
        find_clips(tmp_path)
    assert "a.txt" in str(caught.value)


def test_binary_truth_is_refused(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(FormatError, match="cannot be read"):
        read_truth(path)


def test_missing_and_empty_folders(tmp_path):
    with pytest.raises(FormatError, match="not a folder"):
        find_clips(tmp_path / "none")
    with pytest.raises(FormatError, match="no annotated clip"):
        find_clips(tmp_path)


def test_truth_without_pictures_and_labels_that_do_not_fit(tmp_path):
    home = tmp_path / "clip"
    home.mkdir()
    (home / "groundtruth.txt").write_text("1,2,3,4\n")
    with pytest.raises(FormatError, match="no pictures"):
        find_clips(tmp_path)
    pictures(home, 1)
    (home / "absence.label").write_text("0\n1\n")
    with pytest.raises(FormatError, match="2 labels for 1"):
        find_clips(tmp_path)
    (home / "absence.label").write_text("maybe\n")
    with pytest.raises(FormatError, match="not a list of numbers"):
        find_clips(tmp_path)
