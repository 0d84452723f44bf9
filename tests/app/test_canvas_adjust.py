from app.canvas_adjust import AdjustTool
from app.canvas_tools import MIN_SIDE_PX
from engine.types import Box

IMAGE = (320.0, 240.0)


def adjusting(box):
    tool = AdjustTool()
    tool.begin(box, IMAGE)
    return tool


def test_moves_stay_inside_the_picture():
    tool = adjusting(Box(10, 20, 30, 40))
    tool.move(-3, 5)
    assert tool.box == Box(7, 25, 30, 40)
    tool.move(-100, 500)
    assert tool.box == Box(0, 200, 30, 40)


def test_sizes_stay_useful_and_inside():
    tool = adjusting(Box(10, 20, 30, 40))
    tool.resize(1, -2)
    assert tool.box == Box(10, 20, 31, 38)
    tool.resize(-100, 900)
    assert tool.box == Box(10, 20, MIN_SIDE_PX, 220)


def test_the_end_gives_the_box_only_if_it_changed():
    tool = adjusting(Box(10, 20, 30, 40))
    tool.move(5, 0)
    tool.move(-5, 0)
    assert tool.end() is None and not tool.active
    tool.begin(Box(10, 20, 30, 40), IMAGE)
    tool.put(Box(1, 2, 30, 40))
    assert tool.end() == Box(1, 2, 30, 40)


def test_without_a_box_nothing_moves():
    tool = AdjustTool()
    tool.move(1, 1)
    tool.resize(1, 1)
    assert tool.end() is None
