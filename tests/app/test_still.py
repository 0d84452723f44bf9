"""Stills and the clipboard: what is seen is what is saved, at the source's resolution."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QGuiApplication, QImage

from app.overlays import OverlayOptions, Scene
from app.still import save_still, still_image
from app.still_actions import StillActions
from engine.errors import FormatError
from engine.types import AttentionMap, Box, Frame, Target, TrackState
from tests.app.conftest import SIZE, error_dialog
from tests.app.test_main_job import key, track

SCENE = Scene((Target(1, Box(100, 60, 80, 60), 0.9, TrackState.TRACKED),))
BOX_ONLY = OverlayOptions(False, False, False, False, False, True, False)


def picture(width=320, height=240):
    image = np.full((height, width, 3), 90, np.uint8)
    image[: height // 2] = (10, 20, 200)
    return Frame(7, 0.2, image)


def pixels(image):
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].astype(int)


@pytest.mark.usefixtures("qapp")
def test_the_still_has_the_sources_size_and_colours_and_the_box_where_it_is():
    image = pixels(still_image(picture(), SCENE, BOX_ONLY, QFont()))
    assert image.shape == (240, 320, 3)
    assert image[5, 5].tolist() == [10, 20, 200] and image[200, 300].tolist() == [90, 90, 90]
    changed = np.argwhere(np.abs(image - picture().image).max(axis=2) > 30)
    assert (changed.min(axis=0) >= (56, 96)).all() and (changed.max(axis=0) <= (124, 184)).all()


@pytest.mark.usefixtures("qapp")
def test_on_a_large_picture_lines_are_as_bold_as_in_the_window():
    def thickness(width, height):
        image = pixels(still_image(picture(width, height), Scene((
            Target(1, Box(width * 0.2, height * 0.6, width * 0.3, height * 0.2), 0.9, TrackState.TRACKED),
        )), BOX_ONLY, QFont()))  # fmt: skip
        row = np.abs(image[round(height * 0.7)] - 90).max(axis=1)
        return (row[: width // 3] > 60).sum()

    assert thickness(4000, 3000) == pytest.approx(4 * thickness(1000, 750), abs=2)


@pytest.mark.usefixtures("qapp")
def test_a_still_of_the_heatmap_has_its_color_bar():
    attention = AttentionMap(np.zeros((6, 8), np.float32), Box(0, 0, 320, 240))
    shown = OverlayOptions(True, False, False, False, False, False, False, False)
    hidden = OverlayOptions(False, False, False, False, False, False, False, False)
    scene = Scene(attention=attention)
    bar = pixels(still_image(picture(), scene, shown, QFont()))
    bare = pixels(still_image(picture(), scene, hidden, QFont()))
    changed = np.argwhere(np.abs(bar - bare).max(axis=2) > 30)
    assert (changed.min(axis=0) >= (190, 60)).all(), "it lies in the lower right corner"
    row = bar[changed[:, 0].min() + (changed[:, 0].max() - changed[:, 0].min()) // 2]
    assert len({tuple(pixel) for pixel in row[bar.shape[1] // 2 :]}) > 30, "all its colours are there"
    assert (bare == picture().image).all()


@pytest.mark.usefixtures("qapp")
def test_without_overlays_it_is_the_bare_picture():
    assert (pixels(still_image(picture(), SCENE, None, QFont())) == picture().image).all()


@pytest.mark.usefixtures("qapp")
def test_the_svg_holds_the_picture_and_the_box_as_a_shape(tmp_path):
    path = tmp_path / "a.svg"
    save_still(path, picture(), SCENE, BOX_ONLY, QFont())
    root = ElementTree.parse(path).getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("viewBox") == "0 0 320 240"
    assert len(list(root.iter(f"{space}image"))) == 1
    assert len(list(root.iter(f"{space}path"))) + len(list(root.iter(f"{space}rect"))) >= 2
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.usefixtures("qapp")
def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path):
    folder = tmp_path / "stills"
    folder.mkdir()
    for path in (folder / "nowhere" / "a.png", folder / "a.gif"):
        with pytest.raises(FormatError):
            save_still(path, picture(), SCENE, None, QFont())
    assert list(folder.iterdir()) == []


def actions(program, path):
    program.window.findChild(StillActions).ask_path = lambda parent, suggested: str(path)


@pytest.mark.parametrize("name", ["shot.png", "shot.svg", "shot"])
def test_f12_saves_what_is_shown(opened, qtbot, tmp_path, name):
    track(qtbot, opened, 10)
    actions(opened, tmp_path / name)
    key(opened, Qt.Key.Key_F12)
    path = tmp_path / (name if "." in name else f"{name}.png")
    assert str(path) in opened.window.banner.text
    if path.suffix == ".png":
        image = pixels(QImage(str(path)))
        assert image.shape[:2] == (SIZE[1], SIZE[0])
        assert np.abs(image - opened.controller.result.frame.image).max() > 60, "the overlays are on it"
    else:
        assert path.read_text().startswith("<?xml")


def test_a_still_that_cannot_be_saved_is_said(opened, qtbot, tmp_path):
    actions(opened, tmp_path / "nowhere" / "a.png")
    key(opened, Qt.Key.Key_F12)
    error_dialog(qtbot, opened).close()


def test_ctrl_c_copies_the_picture_and_with_shift_the_track(opened, qtbot):
    track(qtbot, opened, 20)
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    key(opened, Qt.Key.Key_C, control)
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == SIZE
    opened.controller.in_out.set(5, 9)
    key(opened, Qt.Key.Key_C, control | shift)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].startswith("frame,time_s,target")
    assert [line.split(",")[0] for line in lines[1:]] == ["5", "6", "7", "8", "9"]
    assert opened.window.banner.text == "Copied 5 rows of the track"
