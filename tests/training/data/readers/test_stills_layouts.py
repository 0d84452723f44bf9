import json

import cv2
import numpy as np
import pytest

from engine.errors import FormatError
from training.cutouts import read_photos
from training.data.photos import read_stills, survey_photos
from training.data.readers.voc import colour


def photo(path, size=(100, 80)):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((size[1], size[0], 3), 120, np.uint8))


def coco(root, **changes):
    photo(root / "val2017" / "000001.jpg")
    photo(root / "val2017" / "000002.jpg")
    square = [10, 10, 50, 10, 50, 40, 10, 40]
    record = {
        "images": [{"id": 7, "file_name": "000001.jpg"}, {"id": 8, "file_name": "000002.jpg"}],
        "categories": [{"id": 3, "name": "cup"}],
        "annotations": [
            {"image_id": 7, "category_id": 3, "bbox": [10, 10, 40, 30], "segmentation": [square], "iscrowd": 0},
            {"image_id": 7, "category_id": 3, "bbox": [0, 0, 90, 70], "segmentation": {"counts": []}, "iscrowd": 1},
            {"image_id": 7, "category_id": 3, "bbox": [0, 0, 5, 5], "segmentation": [], "iscrowd": 0},
            {"image_id": 8, "category_id": 3, "bbox": [1, 2, 30, 40], "segmentation": [], "iscrowd": 0},
        ],
        **changes,
    }
    (root / "annotations").mkdir(parents=True)
    (root / "annotations" / "instances_val2017.json").write_text(json.dumps(record))


def voc(root, masks=True):
    photo(root / "JPEGImages" / "a.jpg")
    corners = "<bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox>"
    box = "<object><name>{}</name>" + corners + "</object>"
    objects = box.format("dog", 11, 21, 44, 60) + box.format("cat", 61, 11, 94, 50)
    (root / "Annotations").mkdir(parents=True)
    (root / "Annotations" / "a.xml").write_text(f"<annotation><filename>a.jpg</filename>{objects}</annotation>")
    if masks:
        mask = np.zeros((80, 100, 3), np.uint8)
        mask[20:60, 10:44], mask[10:50, 60:94] = colour(1), colour(2)
        (root / "SegmentationObject").mkdir()
        cv2.imwrite(str(root / "SegmentationObject" / "a.png"), mask)


def test_coco_leaves_crowds_and_crumbs_out(tmp_path):
    coco(tmp_path)
    first, second = read_stills(tmp_path)
    assert [item.box.tolist() for item in first.objects] == [[10, 10, 40, 30]]
    assert first.objects[0].category == "cup" and first.objects[0].polygons[0].shape == (4, 2)
    assert second.path.is_file() and second.objects[0].polygons == ()


def test_voc_counts_from_one_and_outlines_come_from_the_masks(tmp_path):
    voc(tmp_path)
    (still,) = read_stills(tmp_path)
    dog, cat = still.objects
    assert dog.category == "dog" and dog.box.tolist() == [10, 20, 34, 40]
    points = np.concatenate(cat.polygons)
    assert points.min(axis=0).tolist() == [60.5, 10.5] and points.max(axis=0).tolist() == [93.5, 49.5]


def test_voc_without_masks_has_boxes_only(tmp_path):
    voc(tmp_path, masks=False)
    assert all(item.polygons == () for still in read_stills(tmp_path) for item in still.objects)


def test_vocs_palette():
    assert [colour(n) for n in (0, 1, 2, 3, 8)] == [(0, 0, 0), (0, 0, 128), (0, 128, 0), (0, 128, 128), (0, 0, 64)]


def test_pictures_without_annotations_are_backgrounds(tmp_path):
    coco(tmp_path / "coco")
    voc(tmp_path / "voc")
    for n in range(3):
        photo(tmp_path / "plain" / "deep" / f"{n}.jpg")
    survey = survey_photos(tmp_path)
    assert {found.layout for found in survey.found} == {"COCO", "VOC"}
    assert len(survey.plain) == 3
    photos = read_photos(tmp_path)
    assert len(photos.pictures) == 3 + 3
    assert len(photos.outlined) == 2  # those of VOC; COCO's outlined cup is less than 32 px high


def no_photos(root):
    coco(root)
    (root / "val2017").rename(root / "elsewhere")


def half_a_file(root):
    coco(root)
    path = root / "annotations" / "instances_val2017.json"
    path.write_text(path.read_text()[:100])


def unknown_category(root):
    coco(root, categories=[])


def broken_xml(root):
    voc(root)
    (root / "Annotations" / "a.xml").write_text("<annotation><object>")


def broken_mask(root):
    voc(root)
    (root / "SegmentationObject" / "a.png").write_text("no picture")


def broken_instances(root):
    root.mkdir()
    (root / "instances.json").write_text('[{"image": "a.jpg", "objects": [{"box": [1, 2, 3]}]}]')


def broken_table(root):
    root.mkdir()
    (root / "boxes.csv").write_text("image,x,y,w,h,category\na.jpg,1,2,wide,4,cup\n")


def broken_outlines(root):
    root.mkdir()
    (root / "boxes.csv").write_text("image,x,y,w,h,category\n")
    (root / "polygons.json").write_text('{"a.jpg": [{"category": 1}]}')


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (no_photos, r"instances_val2017\.json has no photos"),
        (half_a_file, r"instances_val2017\.json is no annotation file of COCO"),
        (unknown_category, r"instances_val2017\.json is no annotation file of COCO"),
        (broken_xml, r"a\.xml is no annotation of VOC"),
        (broken_mask, r"a\.png is not a mask"),
        (broken_instances, r"instances\.json is no list of photos"),
        (broken_table, r"boxes\.csv does not hold boxes"),
        (broken_outlines, r"polygons\.json does not hold boxes"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, make, message):
    make(tmp_path / "bad")
    with pytest.raises(FormatError, match=message):
        read_stills(tmp_path)
    with pytest.raises(FormatError, match=message):
        read_photos(tmp_path)
