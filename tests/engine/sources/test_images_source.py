import cv2
import numpy as np
import pytest

from engine.errors import SourceError
from engine.sources.images import ImagesSource, list_images, natural_key


def shoot(folder, names, size=(20, 16)):
    for value, name in enumerate(names):
        cv2.imwrite(str(folder / name), np.full((size[1], size[0], 3), value * 20, np.uint8))


def test_names_sort_as_people_count():
    names = ["img10.png", "img9.png", "IMG1.png", "a2b10.png", "a2b9.png"]
    assert sorted(names, key=natural_key) == ["a2b9.png", "a2b10.png", "IMG1.png", "img9.png", "img10.png"]


def test_a_folder_is_read_in_natural_order_and_other_files_are_left_out(tmp_path):
    shoot(tmp_path, ["f1.png", "f2.png", "f10.png"])
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "f0.png").mkdir()
    source = ImagesSource(tmp_path, fps=10)
    frames = [source.read() for _ in range(3)]
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [0, 20, 40]
    assert [frame.time_s for frame in frames] == pytest.approx([0.0, 0.1, 0.2])
    assert source.info.time_source == "fps"
    assert source.info.frame_count == 3


def test_patterns_choose(tmp_path):
    shoot(tmp_path, ["img001.png", "img002.png", "img010.png", "imgx.png", "other1.jpg"])
    assert [p.name for p in list_images(str(tmp_path / "img%03d.png"))] == ["img001.png", "img002.png", "img010.png"]
    assert [p.name for p in list_images(str(tmp_path / "*.jpg"))] == ["other1.jpg"]
    assert [p.name for p in list_images(str(tmp_path / "img00?.png"))] == ["img001.png", "img002.png"]


def test_nothing_found_says_so(tmp_path):
    with pytest.raises(SourceError, match="holds no images"):
        ImagesSource(tmp_path)
    with pytest.raises(SourceError, match="No image matches"):
        ImagesSource(str(tmp_path / "*.png"))


def test_a_size_that_changes_and_a_broken_image_are_told_by_name(tmp_path):
    shoot(tmp_path, ["a1.png", "a2.png"])
    shoot(tmp_path, ["a3.png"], size=(30, 16))
    (tmp_path / "a4.png").write_bytes(b"no image")
    source = ImagesSource(tmp_path)
    source.seek(2)
    with pytest.raises(SourceError, match=r"a3.png is 30x16 .* first image is 20x16"):
        source.read()
    source.seek(3)
    with pytest.raises(SourceError, match=r"a4.png is not an image"):
        source.read()


def test_grey_images_become_colour(tmp_path):
    cv2.imwrite(str(tmp_path / "g.png"), np.full((16, 20), 9, np.uint8))
    assert ImagesSource(tmp_path).read().image.shape == (16, 20, 3)


@pytest.mark.parametrize("fps", [0.0, -5.0, float("nan")])
def test_a_useless_frame_rate_is_refused(tmp_path, fps):
    shoot(tmp_path, ["a.png"])
    with pytest.raises(SourceError, match="above 0"):
        ImagesSource(tmp_path, fps)
