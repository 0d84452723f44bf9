"""Nobody is shut out: every control has a name and says what it does, every colour is told apart, keys reach all."""

import itertools

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QScrollBar,
    QSplitterHandle,
    QTabBar,
    QToolButton,
    QWidget,
)

from app.actions import ACTIONS
from app.dialogs.base import Dialog
from app.palette import target_color_on
from app.theme import DARK, LIGHT
from engine import style
from engine.testing import moving_box
from engine.types import TrackState
from tests.app.conftest import SIZE, drag_box

CONTROLS = (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QAbstractItemView,
    QPlainTextEdit,
)
ELSEWHERE = frozenset({"open", "open_project", "record", "save_still", "save_as", "rename", "set_scale", "restore"})
"""Actions that ask with the system's own dialog, or on the spot, or have nothing to show here."""
DIALOGS = (
    *(spec.id for spec in ACTIONS if spec.text.endswith("…") and spec.id not in ELSEWHERE),
    "shortcuts",
    "about",
)
"""Actions that open a dialog of the program's own."""


def controls(root):
    """Everything below that takes the keyboard or the mouse."""
    for widget in root.findChildren(QWidget):
        parents = iter(lambda w=[widget]: w.__setitem__(0, w[0].parentWidget()) or w[0], None)
        if isinstance(widget, QScrollBar | QSplitterHandle | QHeaderView) or widget.objectName().startswith("qt_"):
            continue
        if any(isinstance(parent, QAbstractSpinBox | QComboBox | QMenu | QTabBar) for parent in parents):
            continue  # a part of a control
        if isinstance(widget.parentWidget(), QAbstractScrollArea) and widget is widget.parentWidget().viewport():
            continue
        if isinstance(widget, CONTROLS) or widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            yield widget


def text_of(widget):
    return widget.text().replace("&", "").strip() if isinstance(widget, QAbstractButton) else ""


def described(widget):
    return (
        f"{type(widget).__name__} {widget.objectName()} {text_of(widget)!r} in {type(widget.parentWidget()).__name__}"
    )


@pytest.fixture
def tracked(opened, qtbot):
    """The program with two targets on its first frames."""
    for count, modifier in enumerate((Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier), start=1):
        drag_box(opened, moving_box(0, *SIZE), modifier)
        qtbot.waitUntil(lambda count=count: len(opened.controller.active) == count, timeout=60000)
    opened.controller.step(4)
    qtbot.waitUntil(lambda: opened.controller.frame == 4, timeout=60000)
    return opened


def test_every_control_of_the_window_has_a_name_and_says_what_it_does(tracked):
    found = list(controls(tracked.window))
    assert len(found) > 30
    assert [described(w) for w in found if not (w.accessibleName() or text_of(w))] == []
    buttons = [w for w in found if isinstance(w, QAbstractButton | QComboBox | QAbstractSlider)]
    assert [described(w) for w in buttons if not w.toolTip()] == []


@pytest.mark.parametrize("action", DIALOGS)
def test_every_control_of_the_dialogs_has_a_name(tracked, qtbot, action):
    before = set(tracked.window.findChildren(Dialog))
    assert tracked.window.actions_[action].isEnabled()
    tracked.window.actions_[action].trigger()
    dialog = next(iter(set(tracked.window.findChildren(Dialog)) - before))
    qtbot.waitUntil(dialog.isVisible, timeout=60000)
    found = list(controls(dialog))
    assert found, "a dialog needs a way out"
    nameless = [described(w) for w in found if not (w.accessibleName() or text_of(w))]
    wordless = [described(w) for w in found if isinstance(w, QToolButton) and not (w.toolTip() or text_of(w))]
    dialog.close()
    assert nameless == [] and wordless == []


def test_every_action_says_what_it_does():
    assert [spec.id for spec in ACTIONS if not spec.text or not spec.tip] == []


def test_the_keyboard_reaches_the_picture_the_timeline_and_the_panel(tracked):
    window = tracked.window
    window.canvas.setFocus()
    reached = set()
    for _ in range(80):
        widget = QApplication.focusWidget()
        reached.add(widget)
        window.focusNextChild()
    assert {window.canvas, window.timeline} <= reached
    assert any(window.side.isAncestorOf(widget) for widget in reached if widget is not None)


# colours: Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]]
    ),
}


def lab(rgb, matrix):
    """CIE L*a*b* of an sRGB colour as somebody sees it whose colour vision the matrix stands for."""
    value = np.array(rgb) / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    seen = np.clip(matrix @ linear, 0.0, 1.0)
    srgb = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
    return cv2.cvtColor(srgb.astype(np.float32).reshape(1, 1, 3), cv2.COLOR_RGB2Lab)[0, 0]


def difference(a, b, matrix):
    return float(np.linalg.norm(lab(a, matrix) - lab(b, matrix)))


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_states_are_told_apart_with_any_colour_vision(blindness):
    matter = (TrackState.TRACKED, TrackState.UNCERTAIN, TrackState.LOST, TrackState.MANUAL)
    for a, b in itertools.combinations(matter, 2):
        apart = difference(style.STATE_COLORS[a], style.STATE_COLORS[b], BLINDNESS[blindness])
        other_line = style.STATE_DASHES[a] != style.STATE_DASHES[b]
        assert apart > 20 or other_line, (a, b, apart)
    words = [style.STATE_WORDS[state] for state in (*matter, TrackState.ABSENT)]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_targets_are_told_apart_with_any_colour_vision(blindness):
    for a, b in itertools.combinations(style.TARGET_COLORS, 2):
        assert difference(a, b, BLINDNESS[blindness]) > 18, (a, b)
    for a in style.TARGET_COLORS:
        for state in (TrackState.UNCERTAIN, TrackState.LOST):
            assert difference(a, style.STATE_COLORS[state], BLINDNESS["none"]) > 35, (a, state)


def test_targets_are_told_apart_on_white_too():
    colors = [target_color_on(LIGHT, target) for target in range(1, 9)]
    for matrix in BLINDNESS.values():
        for a, b in itertools.combinations(colors[:4], 2):
            assert difference(a.getRgb()[:3], b.getRgb()[:3], matrix) > 12, (a.name(), b.name())
    assert [c.name() for c in colors if contrast(c.name(), LIGHT.surface) < 4.5] == []


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_text_stands_out_from_its_ground(theme):
    for ink, ground in itertools.product((theme.text, theme.muted), (theme.window, theme.surface, theme.raised)):
        assert contrast(ink, ground) >= 4.5, (ink, ground)
    for ink in (theme.good, theme.warn, theme.bad, theme.accent):
        assert contrast(ink, theme.surface) >= 3.0, ink


def contrast(a, b):
    bright, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(name):
    value = np.array([int(name[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))
