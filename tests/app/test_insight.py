"""Seeing why, by mouse and keyboard: the page, the candidates, the memory, the colours."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from app.panel_stills import PanelStills
from engine.style import HEAT_MAPS, heat_table
from engine.testing import moving_box
from tests.app.conftest import SIZE, drag_box, error_dialog
from tests.app.test_main_job import key, track


@pytest.fixture
def looked(opened, qtbot):
    """A program that has tracked a while, with the page open that says why."""
    track(qtbot, opened, 30)
    key(opened, Qt.Key.Key_W)
    assert opened.window.side.page == 1
    qtbot.waitUntil(lambda: opened.window.why.near.image is not None, timeout=60000)
    return opened


def test_the_page_shows_both_candidates_and_what_decided(looked):
    why = looked.window.why
    assert "beat the near one" in why.sentence.text()
    target = looked.controller.target
    assert why.near.accessibleName() == f"Near {target.confidence:.0%}"
    assert why.far.accessibleName() == "Far 30%"
    box = target.box
    middle = looked.controller.result.frame.image[round(box.center[1]), round(box.center[0])].astype(int)
    seen = why.near.image[why.near.image.shape[0] // 2, why.near.image.shape[1] // 2].astype(int)
    assert np.abs(seen - middle).max() < 60, "the thumbnail is cut around the candidate"


def test_reviewing_shows_what_was_weighed_then(looked, qtbot):
    confidence = looked.controller.log.get(1, 10).confidence
    looked.controller.seek(10)
    qtbot.waitUntil(lambda: looked.controller.frame == 10, timeout=60000)
    qtbot.waitUntil(lambda: looked.window.why.near.accessibleName() == f"Near {confidence:.0%}", timeout=60000)
    looked.controller.seek(0)
    qtbot.waitUntil(lambda: looked.controller.frame == 0, timeout=60000)
    qtbot.waitUntil(lambda: looked.window.memory.tiles[0].image is not None, timeout=60000)


def test_a_click_on_a_remembered_view_goes_to_its_frame(looked, qtbot):
    qtbot.waitUntil(lambda: looked.window.memory.tiles[0].image is not None, timeout=60000)
    tile = looked.window.memory.tiles[0]
    assert tile.image.shape == (64, 64, 3) and tile.accessibleName() == "first"
    QTest.mouseClick(tile, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: looked.controller.frame == 0, timeout=60000)


def test_the_same_key_goes_back_to_the_targets(looked):
    key(looked, Qt.Key.Key_W)
    assert looked.window.side.page == 0 and looked.window.targets.isVisible()


def test_another_selected_target_is_not_explained_by_the_first_ones_figures(looked, qtbot):
    drag_box(looked, moving_box(5, *SIZE), Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: looked.controller.selected == 2, timeout=60000)
    looked.controller.seek(10)
    qtbot.waitUntil(lambda: looked.controller.frame == 10, timeout=60000)
    qtbot.waitUntil(lambda: "target 1" in looked.window.why.sentence.text(), timeout=60000)
    assert looked.window.memory.tiles[0].image is None


def test_the_heatmap_changes_its_colours_and_remembers_them(opened, make_program, qtbot):
    track(qtbot, opened, 10)
    box = opened.window.overlays.colormaps
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_End)
    assert opened.window.canvas.options.colormap == HEAT_MAPS[-1]
    assert make_program().window.canvas.options.colormap == HEAT_MAPS[-1]


@pytest.mark.parametrize("name", HEAT_MAPS)
def test_in_every_colour_map_light_rises_with_attention(name):
    light = heat_table(1.0, name).astype(int)[:, :3] @ [0.299, 0.587, 0.114]
    assert (np.diff(light) >= -1.5).all() and light[-1] > 150


def saved(program, tmp_path, card, name):
    """The panel saved by its button; where to, the name that was offered, and what was seen then."""
    path, asked = tmp_path / name, []

    def ask(parent, suggested):
        asked[:] = suggested, card.grab().toImage()
        return str(path)

    program.window.findChild(PanelStills).ask_path = ask
    button = next(b for b in card.findChildren(QToolButton) if b.accessibleName().startswith("Save"))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert button.isVisible(), "it is not on the picture, but stays in the window"
    return path, *asked


@pytest.mark.parametrize("panel", ["why", "memory", "timings"])
def test_a_panel_is_saved_as_it_is_seen(looked, tmp_path, panel):
    card = getattr(looked.window, panel)
    path, offered, seen = saved(looked, tmp_path, card, "panel.png")
    assert offered.endswith(f"moving_{looked.controller.frame:06d}_{panel}.png")
    assert str(path) in looked.window.banner.text
    image = QImage(str(path))
    assert image.width() == 2 * card.width() and image.height() > 2 * card.height()
    below = image.copy(0, image.height() - 2 * card.height(), image.width(), 2 * card.height())
    inside = QRect(24, 80, image.width() - 48, below.height() - 104)  # without button, border and corners
    seen = seen.scaled(below.size())
    assert np.abs(rgb(below.copy(inside)) - rgb(seen.copy(inside))).mean() < 12


def rgb(image):
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].astype(int)


def test_the_answer_to_why_as_svg_has_both_pictures_and_says_of_what(looked, tmp_path):
    path, *_ = saved(looked, tmp_path, looked.window.why, "why.svg")
    text = path.read_text(encoding="utf-8")
    assert text.count("<image") == 2
    words = " ".join(" ".join(ElementTree.fromstring(text).itertext()).split())  # wherever a line ends
    assert f"frame {looked.controller.frame}" in words and "Target 1" in words
    assert "beat the near one" in words and "30%" in words


def test_a_panel_that_cannot_be_saved_is_said(looked, qtbot, tmp_path):
    saved(looked, tmp_path, looked.window.why, "nowhere/why.png")
    error_dialog(qtbot, looked).close()
