import pytest

from app.canvas_tools import DragTool, Handle, Intent, Outcome, Refusal, handle_at, moved
from engine.types import Box

IMAGE = (320.0, 240.0)
BOX = Box(100, 80, 60, 40)


def dragged(start, end, **kwargs):
    tool = DragTool()
    tool.press(*start, IMAGE, **kwargs)
    tool.move(*end)
    return tool.release(*end)


@pytest.mark.parametrize(
    ("start", "end"), [((10, 20), (50, 60)), ((50, 60), (10, 20)), ((10, 60), (50, 20)), ((50, 20), (10, 60))]
)
def test_a_drag_in_any_direction_gives_the_same_box(start, end):
    assert dragged(start, end) == Outcome(Box(10, 20, 40, 40), Intent.DRAW)


def test_a_drag_past_the_border_is_cut_and_says_so():
    assert dragged((300, 200), (400, 300)) == Outcome(Box(300, 200, 20, 40), Intent.DRAW, clipped=True)
    assert dragged((20, 20), (-50, -50)) == Outcome(Box(0, 0, 20, 20), Intent.DRAW, clipped=True)


def test_a_drag_outside_the_picture_is_refused():
    assert dragged((330, 10), (400, 100)) is Refusal.OUTSIDE


@pytest.mark.parametrize("end", [(17.9, 60), (60, 17.9), (12, 12)])
def test_a_box_under_eight_pixels_is_refused(end):
    assert dragged((10, 10), end) is Refusal.TOO_SMALL


def test_a_box_of_exactly_eight_pixels_is_taken():
    assert dragged((10, 10), (18, 18)) == Outcome(Box(10, 10, 8, 8), Intent.DRAW)


def test_a_click_is_nothing():
    assert dragged((10, 10), (10, 10)) is None


def test_release_without_press_is_nothing():
    assert DragTool().release(5, 5) is None


def test_cancel_forgets_the_drag():
    tool = DragTool()
    tool.press(10, 10, IMAGE)
    tool.move(60, 60)
    assert tool.active and tool.rubber == Box(10, 10, 50, 50)
    tool.cancel()
    assert not tool.active and tool.rubber is None
    assert tool.release(60, 60) is None


def test_the_purpose_is_passed_on():
    assert dragged((10, 10), (50, 50), intent=Intent.ADD).intent is Intent.ADD


@pytest.mark.parametrize(
    ("point", "handle"),
    [
        ((100, 80), Handle.NW),
        ((130, 80), Handle.N),
        ((160, 80), Handle.NE),
        ((160, 100), Handle.E),
        ((160, 120), Handle.SE),
        ((130, 120), Handle.S),
        ((100, 120), Handle.SW),
        ((100, 100), Handle.W),
        ((130, 100), Handle.INSIDE),
        ((96, 76), Handle.NW),
        ((164, 124), Handle.SE),
        ((90, 100), None),
        ((130, 130), None),
    ],
)
def test_grips_are_where_they_should_be(point, handle):
    assert handle_at(*point, BOX, reach=5) is handle


def test_a_tiny_box_can_still_be_moved_by_its_middle():
    assert handle_at(104.5, 104.5, Box(100, 100, 9, 9), reach=20) is Handle.INSIDE


@pytest.mark.parametrize(
    ("handle", "expected"),
    [
        (Handle.INSIDE, Box(105, 90, 60, 40)),
        (Handle.NW, Box(105, 90, 55, 30)),
        (Handle.SE, Box(100, 80, 65, 50)),
        (Handle.E, Box(100, 80, 65, 40)),
        (Handle.N, Box(100, 90, 60, 30)),
    ],
)
def test_a_grip_moves_its_sides(handle, expected):
    assert moved(BOX, handle, 5, 10) == expected


def test_sides_that_cross_change_places():
    assert moved(BOX, Handle.E, -80, 0) == Box(80, 80, 20, 40)


def test_an_edit_says_that_it_is_one():
    assert dragged((160, 120), (170, 125), editable=BOX, reach=5) == Outcome(Box(100, 80, 70, 45), Intent.EDIT)


def test_a_moved_box_stays_in_the_picture_at_its_size():
    outcome = dragged((130, 100), (400, 400), editable=BOX, reach=5)
    assert outcome == Outcome(Box(260, 200, 60, 40), Intent.EDIT)


def test_a_corner_pulled_across_is_a_new_box():
    outcome = dragged((100, 80), (158, 118), editable=BOX, reach=5)
    assert outcome == Outcome(Box(100, 80, 58, 38), Intent.DRAW)


def test_grips_do_not_catch_a_drag_for_one_more_target():
    outcome = dragged((100, 80), (120, 100), intent=Intent.ADD, editable=BOX, reach=5)
    assert outcome == Outcome(Box(100, 80, 20, 20), Intent.ADD)
