"""Measuring by mouse and keyboard: a known length, the origin, the direction; units wherever figures stand."""

import math

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.dialogs.scale import ScaleDialog
from app.overlay_measure import bar_length
from engine.calibration import PIXELS
from tests.app.conftest import at
from tests.app.test_main_job import key, track

SHIFT = Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


def draw(program, start, end, modifiers=NONE):
    """Drag on the ruler between two image points; where the mouse really went, in image points."""
    ruler, view = program.window.ruler, program.window.canvas.view
    a, b = at(program, *start), at(program, *end)
    QTest.mousePress(ruler, Qt.MouseButton.LeftButton, modifiers, a)
    QTest.mouseMove(ruler, QPoint((a.x() + b.x()) // 2, (a.y() + b.y()) // 2))
    QTest.mouseRelease(ruler, Qt.MouseButton.LeftButton, modifiers, b)
    return view.to_image(a.x(), a.y()), view.to_image(b.x(), b.y())


def set_scale(program, start, end, length, unit):
    key(program, Qt.Key.Key_M)
    line = draw(program, start, end)
    dialog = program.window.findChild(ScaleDialog)
    dialog.length.clear()
    QTest.keyClicks(dialog.length, length)
    dialog.unit.setCurrentText(unit)
    QTest.keyClick(dialog.length, Qt.Key.Key_Return)
    return math.dist(*line)


def test_a_known_length_gives_the_scale_everywhere(opened, qtbot):
    track(qtbot, opened, 20)
    key(opened, Qt.Key.Key_M)
    assert opened.window.banner.text.startswith("Drag along something")
    key(opened, Qt.Key.Key_Escape)
    assert opened.window.ruler.mode is None and not opened.window.ruler.isVisible()
    drawn = set_scale(opened, (20, 200), (220, 200), "25", "cm")
    scale = opened.controller.scale.calibration
    assert scale.units_per_px == pytest.approx(25 / drawn) and scale.unit == "cm"
    assert "cm" in opened.window.banner.text
    assert opened.controller.meta().calibration == scale
    assert opened.window.canvas.scene.calibration == scale
    opened.window.plot.show_page("speed")
    assert opened.window.plot.page.caption.startswith("cm/s")
    opened.window.canvas.hovered.emit(100.0, 50.0)
    assert "cm" in opened.window.status.pointer.text()
    assert len(opened.controller.active) == 1, "measuring draws no boxes"


def test_the_origin_and_the_direction(opened, qtbot):
    key(opened, Qt.Key.Key_M, SHIFT)
    spot = at(opened, 60, 180)
    QTest.mouseClick(opened.window.ruler, Qt.MouseButton.LeftButton, NONE, spot)
    scale = opened.controller.scale
    assert scale.calibration.origin == pytest.approx((60, 180), abs=1)
    opened.window.actions_["y_up"].trigger()
    assert scale.calibration.y_up and scale.calibration.origin == pytest.approx((60, 180), abs=1)
    with_axes = opened.window.canvas.grab().toImage()
    key(opened, Qt.Key.Key_X)
    assert opened.window.canvas.grab().toImage() != with_axes
    opened.window.actions_["clear_scale"].trigger()
    assert scale.calibration == PIXELS and not opened.window.actions_["y_up"].isChecked()


def test_measures_can_be_taken_back(opened, qtbot):
    scale = opened.controller.scale
    key(opened, Qt.Key.Key_M, SHIFT)
    QTest.mouseClick(opened.window.ruler, Qt.MouseButton.LeftButton, NONE, at(opened, 60, 180))
    opened.window.actions_["y_up"].trigger()
    after = scale.calibration
    assert "y" in opened.window.actions_["undo"].text()
    key(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not scale.calibration.y_up and not opened.window.actions_["y_up"].isChecked()
    key(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert scale.calibration == PIXELS
    for _ in range(2):
        key(opened, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert scale.calibration == after
    opened.window.actions_["clear_scale"].trigger()
    key(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert scale.calibration == after


def test_a_line_can_be_kept_level_and_a_click_is_no_line(opened, qtbot):
    lines = []
    opened.window.ruler.measured.disconnect()
    opened.window.ruler.measured.connect(lambda a, b: lines.append((a, b)))
    key(opened, Qt.Key.Key_M)
    QTest.mouseClick(opened.window.ruler, Qt.MouseButton.LeftButton, NONE, at(opened, 50, 50))
    assert lines == [] and opened.window.ruler.isVisible()
    draw(opened, (30, 40), (200, 60), SHIFT)
    ((a, b),) = lines
    assert a[1] == b[1] and b[0] - a[0] == pytest.approx(170, abs=1)


def test_a_length_or_unit_of_no_use_is_said_and_the_dialog_stays(opened, qtbot):
    key(opened, Qt.Key.Key_M)
    draw(opened, (20, 200), (220, 200))
    dialog = opened.window.findChild(ScaleDialog)
    dialog.length.clear()
    assert not dialog._use.isEnabled()
    QTest.keyClicks(dialog.length, "5")
    dialog.unit.setCurrentText("a,b")
    QTest.keyClick(dialog.length, Qt.Key.Key_Return)
    assert dialog.isVisible() and "unit" in dialog._problem.text()
    assert opened.controller.scale.calibration == PIXELS
    dialog.close()


def test_the_unit_is_remembered_and_the_scale_is_not_for_another_video(opened, clip, qtbot):
    from tests.app.conftest import open_clip

    set_scale(opened, (20, 200), (220, 200), "3.5", "m")
    open_clip(qtbot, opened, clip)
    assert opened.controller.scale.calibration == PIXELS
    key(opened, Qt.Key.Key_M)
    draw(opened, (20, 200), (220, 200))
    dialog = opened.window.findChild(ScaleDialog)
    assert (dialog.length.text(), dialog.unit.currentText()) == ("3.5", "m")
    dialog.close()


@pytest.mark.parametrize("units", [1e-6, 0.003, 0.5, 1.0, 7.7, 4e5])
def test_the_scale_bar_is_round_and_fits(units):
    length = bar_length(units)
    assert 40 <= length / units <= 111
    assert f"{length:e}"[0] in "125"
