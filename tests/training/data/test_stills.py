from __future__ import annotations

import pytest

from engine.errors import SourceError
from training.data.photos import read_stills


def test_instances_without_the_smallest(data_folder):
    stills = read_stills(data_folder / "images" / "objects")
    assert len(stills) == 3
    assert [item.category for item in stills[0].objects] == ["cup", "cup"]  # the pin is 8 px wide
    assert stills[0].objects[0].polygons[0].shape == (4, 2)
    assert stills[0].objects[1].polygons == ()
    assert stills[0].path.is_file()


def test_coco_takes_polygons_before_boxes(data_folder):
    stills = {still.path.name: still for still in read_stills(data_folder / "images" / "coco")}
    assert stills["0.jpg"].objects[0].box.tolist() == [20, 20, 60, 50]
    assert len(stills["0.jpg"].objects[0].polygons) == 1
    assert [item.box.tolist() for item in stills["1.jpg"].objects] == [[30, 30, 40, 40]]


def test_an_unannotated_folder_is_an_error(tmp_path):
    with pytest.raises(SourceError, match="no annotated photo"):
        read_stills(tmp_path)
