"""The layouts of video datasets whose annotations lie apart from their pictures."""

import cv2
import numpy as np
import pytest

from engine.datasets import find_clips, survey
from engine.errors import FormatError
from engine.sources import open_source


def pictures(folder, names, size=(40, 30)):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        cv2.imwrite(str(folder / name), np.zeros((size[1], size[0], 3), np.uint8))


def trackingnet(root):
    pictures(root / "TRAIN_0" / "frames" / "abc_0", [f"{i}.jpg" for i in range(11)])
    anno = root / "TRAIN_0" / "anno"
    anno.mkdir()
    (anno / "abc_0.txt").write_text("".join(f"{i}.5,2,10,8\n" for i in range(11)))


def vid_xml(objects):
    items = "".join(
        f"<object><trackid>{n}</trackid><name>n0</name><bndbox><xmax>{x + 10}</xmax><xmin>{x}</xmin>"
        f"<ymax>{y + 5}</ymax><ymin>{y}</ymin></bndbox></object>"
        for n, x, y in objects
    )
    return f"<annotation><folder>a</folder>{items}</annotation>"


def imagenet_vid(root):
    pictures(root / "Data" / "VID" / "train" / "part" / "v1", [f"{i:06d}.JPEG" for i in range(3)])
    anno = root / "Annotations" / "VID" / "train" / "part" / "v1"
    anno.mkdir(parents=True)
    frames = ([(0, 1, 2)], [(0, 2, 2), (3, 20, 9)], [(3, 21, 9)])
    for i, objects in enumerate(frames):
        (anno / f"{i:06d}.xml").write_text(vid_xml(objects))


def mask(path, boxes, palette=True, size=(40, 30)):
    """A mask with a filled rectangle an object; DAVIS's palette comes out of OpenCV as colours."""
    colours = [(0, 0, 128), (0, 128, 0), (0, 128, 128)]
    canvas = np.zeros((size[1], size[0], 3) if palette else size[::-1], np.uint8)
    for value, (x, y, w, h) in boxes.items():
        canvas[y : y + h, x : x + w] = colours[value - 1] if palette else value
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), canvas)


def davis(root, palette=True):
    pictures(root / "JPEGImages" / "480p" / "bear", [f"{i:05d}.jpg" for i in range(3)])
    at = root / "Annotations" / "480p" / "bear"
    mask(at / "00000.png", {1: (2, 3, 10, 5)}, palette)
    mask(at / "00001.png", {1: (4, 3, 10, 5), 2: (20, 10, 6, 6)}, palette)
    mask(at / "00002.png", {2: (22, 10, 6, 6)}, palette)


def youtube_vos(root):
    pictures(root / "JPEGImages" / "0a1b", [f"{i:05d}.jpg" for i in range(11)])
    at = root / "Annotations" / "0a1b"
    mask(at / "00000.png", {1: (0, 0, 10, 10)})
    mask(at / "00005.png", {1: (10, 5, 20, 10)})
    mask(at / "00010.png", {})


def test_trackingnet_counts_its_pictures_without_leading_zeros(tmp_path):
    trackingnet(tmp_path)
    (clip,) = find_clips(tmp_path)
    assert clip.name == "abc_0" and len(clip.truth) == 11
    source = open_source(str(clip.source))
    assert source.info.frame_count == 11
    source.close()


def test_imagenet_vid_has_a_clip_an_object(tmp_path):
    imagenet_vid(tmp_path)
    first, other = find_clips(tmp_path)
    assert (first.name, other.name) == ("v1-0", "v1-3")
    np.testing.assert_array_equal(first.truth[:2], [[1, 2, 10, 5], [2, 2, 10, 5]])
    assert np.isnan(first.truth[2]).all() and first.start == 0
    assert other.start == 1 and len(other.truth) == 2
    assert first.source == tmp_path / "Data" / "VID" / "train" / "part" / "v1"


@pytest.mark.parametrize("palette", [True, False])
def test_davis_boxes_go_around_the_masks(tmp_path, palette):
    davis(tmp_path, palette)
    first, other = find_clips(tmp_path)
    assert (first.name, other.name) == ("bear-1", "bear-2")
    np.testing.assert_array_equal(first.truth[:2], [[2, 3, 10, 5], [4, 3, 10, 5]])
    assert np.isnan(first.truth[2]).all()
    assert other.start == 1
    np.testing.assert_array_equal(other.truth, [[20, 10, 6, 6], [22, 10, 6, 6]])


def test_what_nobody_is_sure_of_is_no_object_but_white_alone_is(tmp_path):
    davis(tmp_path, palette=False)
    at = tmp_path / "Annotations" / "480p" / "bear" / "00000.png"
    canvas = cv2.imread(str(at), cv2.IMREAD_UNCHANGED)
    canvas[20:, 30:] = 255
    cv2.imwrite(str(at), canvas)
    assert len(find_clips(tmp_path)) == 2
    for path in at.parent.glob("*.png"):
        mask(path, {255: (5, 6, 7, 8)}, palette=False)
    (clip,) = find_clips(tmp_path)
    assert clip.name == "bear"
    np.testing.assert_array_equal(clip.truth[0], [5, 6, 7, 8])


def test_youtube_vos_fills_in_between_its_masks(tmp_path):
    youtube_vos(tmp_path)
    (clip,) = find_clips(tmp_path)
    assert clip.name == "0a1b" and len(clip.truth) == 11
    np.testing.assert_allclose(clip.truth[[0, 1, 5]], [[0, 0, 10, 10], [2, 1, 12, 10], [10, 5, 20, 10]])
    assert np.isnan(clip.truth[6:]).all()


def test_layouts_side_by_side_keep_to_their_own(tmp_path):
    for make in (trackingnet, imagenet_vid, davis, youtube_vos):
        make(tmp_path / make.__name__)
    (tmp_path / "loop").symlink_to(tmp_path)
    found = {each.layout: len(each.clips) for each in survey(tmp_path)}
    assert found == {"TrackingNet": 1, "ImageNet-VID": 2, "DAVIS": 2, "YouTube-VOS": 1}


def damaged_pictures(root):
    trackingnet(root)
    (root / "TRAIN_0" / "frames" / "abc_0").rename(root / "elsewhere")


def damaged_xml(root):
    imagenet_vid(root)
    (root / "Annotations" / "VID" / "train" / "part" / "v1" / "000001.xml").write_text("<annotation>")


def xml_without_numbers(root):
    imagenet_vid(root)
    text = vid_xml([(1, 1, 1)]).replace("<xmin>1</xmin>", "")
    (root / "Annotations" / "VID" / "train" / "part" / "v1" / "000002.xml").write_text(text)


def damaged_mask(root):
    davis(root)
    (root / "Annotations" / "480p" / "bear" / "00001.png").write_text("no picture")


def masks_of_nothing(root):
    youtube_vos(root)
    for path in (root / "Annotations" / "0a1b").glob("*.png"):
        mask(path, {})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (damaged_pictures, r"abc_0\.txt has no pictures"),
        (damaged_xml, r"000001\.xml is no annotation"),
        (xml_without_numbers, r"000002\.xml is no annotation"),
        (damaged_mask, r"00001\.png is not a mask"),
        (masks_of_nothing, "0a1b shows no object"),
    ],
)
def test_what_is_wrong_is_named_and_the_rest_is_read(tmp_path, make, message):
    make(tmp_path / "bad")
    trackingnet(tmp_path / "good")
    with pytest.raises(FormatError, match=message):
        find_clips(tmp_path)
    good = [found for found in survey(tmp_path) if found.error is None]
    assert [clip.name for found in good for clip in found.clips] == ["abc_0"]
