"""Looking back by mouse and keyboard: zoom, in and out points, jumps, small pictures, and never tracking again."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.thumbnail_popup import ThumbnailPopup
from engine.testing import FakeSource, FakeTracker, moving_box
from tests.app.conftest import FRAMES, SIZE, drag_box, open_clip, truth
from tests.app.test_main_job import key

NONE = Qt.KeyboardModifier.NoModifier


def point(timeline, frame, y=None):
    return QPoint(round(timeline.x_of(frame)), timeline.height() // 2 if y is None else y)


def wheel(widget, at, notches, modifiers=NONE):
    event = QWheelEvent(
        QPointF(at), QPointF(widget.mapToGlobal(at)), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        modifiers, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def at_frame(qtbot, program, frame):
    qtbot.waitUntil(lambda: program.controller.frame == frame, timeout=60000)


def at_end(qtbot, program):
    qtbot.waitUntil(lambda: program.controller.frame == FRAMES - 1 and not program.controller.playing, timeout=60000)


@pytest.fixture
def trackers():
    """The trackers that were made."""
    return []


@pytest.fixture
def tracked(make_program, trackers, clip, qtbot):
    """A program with the clip tracked to its end; lost on 40..49, unsure on 20..24 and 70..72."""

    def make_tracker():
        spells = {1: [range(20, 25), range(70, 73)]}
        trackers.append(FakeTracker(truth, lost={1: [range(40, 50)]}, uncertain=spells))
        return trackers[0]

    program = make_program(make_tracker)
    open_clip(qtbot, program, clip)
    drag_box(program, moving_box(0, *SIZE))
    qtbot.waitUntil(lambda: program.controller.active == [1], timeout=60000)
    program.controller.set_speed(0)
    key(program, Qt.Key.Key_Space)
    at_end(qtbot, program)
    return program


def test_reviewing_what_is_tracked_never_tracks_again(tracked, trackers, qtbot):
    before = list(trackers[0].updates)
    timeline = tracked.window.timeline
    QTest.mousePress(timeline, Qt.MouseButton.LeftButton, NONE, point(timeline, 10))
    for frame in (30, 50, 80, 20):
        QTest.mouseMove(timeline, point(timeline, frame))
        at_frame(qtbot, tracked, frame)
    QTest.mouseRelease(timeline, Qt.MouseButton.LeftButton, NONE, point(timeline, 20))
    for keys in ((Qt.Key.Key_Right,), (Qt.Key.Key_Left,), (Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)):
        key(tracked, *keys)
    key(tracked, Qt.Key.Key_Space)
    at_end(qtbot, tracked)
    assert trackers[0].updates == before
    assert len(tracked.controller.tracks.rows(1)) == FRAMES


def test_what_was_seen_then_is_shown_again(tracked, qtbot):
    tracked.controller.seek(33)
    at_frame(qtbot, tracked, 33)
    result = tracked.controller.result
    assert result.attention is not None and result.proposals is not None and result.why.target == 1


def test_jumps_to_lost_and_unsure_places(tracked, qtbot):
    shift = Qt.KeyboardModifier.ShiftModifier
    key(tracked, Qt.Key.Key_Home)
    at_frame(qtbot, tracked, 0)
    for keys, frame in (
        ((Qt.Key.Key_J,), 40),
        ((Qt.Key.Key_U,), 70),
        ((Qt.Key.Key_U, shift), 20),
        ((Qt.Key.Key_U,), 70),
        ((Qt.Key.Key_J, shift), 40),
    ):
        key(tracked, *keys)
        at_frame(qtbot, tracked, frame)
    key(tracked, Qt.Key.Key_J)
    assert tracked.window.banner.text == "None after this frame"


def test_the_wheel_zooms_into_time_and_the_plot_follows(tracked, qtbot):
    timeline, plot = tracked.window.timeline, tracked.window.plot
    wheel(timeline, point(timeline, 60), 4)
    view = timeline.view
    assert view.zoomed_in and view.shows(60)
    (first, last), _ = plot.page.plot.viewRange()
    assert (first, last) == pytest.approx((view.start - 0.5, view.end + 0.5))
    QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, NONE, point(timeline, 62))
    at_frame(qtbot, tracked, 62)
    start = view.start
    wheel(timeline, point(timeline, 60), -1, Qt.KeyboardModifier.ShiftModifier)
    assert timeline.view.start > start and timeline.view.shown == view.shown
    key(tracked, Qt.Key.Key_Home)
    at_frame(qtbot, tracked, 0)
    assert timeline.view.start == 0, "the view follows what is shown"
    QTest.mouseDClick(timeline, Qt.MouseButton.LeftButton, NONE, point(timeline, 3))
    assert not timeline.view.zoomed_in


def test_keys_zoom_into_time(tracked):
    timeline = tracked.window.timeline
    key(tracked, Qt.Key.Key_Plus)
    key(tracked, Qt.Key.Key_Plus)
    assert timeline.view.shown < FRAMES / 2
    key(tracked, Qt.Key.Key_Minus)
    key(tracked, Qt.Key.Key_0)
    assert timeline.view.shown == FRAMES


def test_in_and_out_by_key_and_by_dragging_the_flags(tracked, qtbot):
    c, timeline = tracked.controller, tracked.window.timeline
    for frame, mark in ((30, Qt.Key.Key_I), (90, Qt.Key.Key_O)):
        c.seek(frame)
        at_frame(qtbot, tracked, frame)
        key(tracked, mark)
    assert (c.in_out.first, c.in_out.last) == (30, 90)
    for before, after in ((30, 45), (90, 80)):
        QTest.mousePress(timeline, Qt.MouseButton.LeftButton, NONE, point(timeline, before, 6))
        QTest.mouseMove(timeline, point(timeline, after, 6))
        QTest.mouseRelease(timeline, Qt.MouseButton.LeftButton, NONE, point(timeline, after, 6))
    assert (c.in_out.first, c.in_out.last) == (45, 80)
    assert c.frame == 90, "dragging a flag is no scrubbing"
    key(tracked, Qt.Key.Key_O)
    assert (c.in_out.first, c.in_out.last) == (45, 90)
    c.seek(10)
    at_frame(qtbot, tracked, 10)
    key(tracked, Qt.Key.Key_O)
    assert (c.in_out.first, c.in_out.last) == (None, 10), "an in point behind the out point goes"
    key(tracked, Qt.Key.Key_I, Qt.KeyboardModifier.ShiftModifier)
    assert not c.in_out.is_set and not tracked.window.actions_["clear_in_out"].isEnabled()


def test_another_video_has_no_in_and_out(tracked, clip, qtbot):
    tracked.controller.in_out.set(3, 9)
    open_clip(qtbot, tracked, clip)
    assert not tracked.controller.in_out.is_set


def test_a_keyframe_can_be_hit(tracked, qtbot):
    timeline = tracked.window.timeline
    tracked.controller.seek(60)
    at_frame(qtbot, tracked, 60)
    assert tracked.controller.tracks.keyframes(1) == [0]
    beside = QPoint(round(timeline.x_of(0)) + 4, timeline.height() // 2)
    QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, NONE, beside)
    at_frame(qtbot, tracked, 0)


def test_the_pointer_on_the_timeline_shows_a_small_picture(tracked, qtbot):
    timeline = tracked.window.timeline
    popup = tracked.window.findChild(ThumbnailPopup)
    QTest.mouseMove(timeline, point(timeline, 44))
    assert popup.isVisible() and popup.lines[0].startswith("Frame 44") and "Lost" in popup.lines[1]
    qtbot.waitUntil(lambda: popup.image is not None, timeout=60000)
    assert popup.image.shape == (120, 160, 3)
    assert tracked.controller.frame == FRAMES - 1, "looking is not going there"
    QTest.mouseMove(timeline, QPoint(5, 5))
    assert not popup.isVisible()


def test_a_live_source_has_no_small_pictures(program, qtbot):
    program.controller.open(FakeSource(10_000, live=True))
    qtbot.waitUntil(lambda: program.controller.frame > 3, timeout=60000)
    popup = program.window.findChild(ThumbnailPopup)
    QTest.mouseMove(program.window.timeline, QPoint(300, 20))
    assert not popup.isVisible()
