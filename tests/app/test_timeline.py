import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.theme import DARK
from app.timeline import Timeline
from app.tracks import Tracks
from engine.track_log import TrackLog
from engine.types import Box, Target, TrackState


def tracks_of(frames, lost=(), targets=(1,)):
    log = TrackLog()
    for frame in range(frames):
        state = TrackState.LOST if frame in lost else TrackState.TRACKED
        box = None if frame in lost else Box(0, 0, 9, 9)
        log.record(frame, frame / 30, [Target(t, box, 0.9 if box else 0.1, state) for t in targets])
    tracks = Tracks(log)
    tracks.refresh()
    return tracks


@pytest.fixture
def timeline(qtbot):
    widget = Timeline()
    qtbot.addWidget(widget)
    widget.set_theme(DARK)
    widget.set_range(0, 299, 30.0, True)
    widget.resize(670, widget.sizeHint().height())
    return widget


@pytest.mark.parametrize("frame", [0, 1, 150, 298, 299])
def test_pixels_and_frames_agree(timeline, frame):
    assert timeline.frame_at(timeline.x_of(frame)) == frame


def test_outside_the_strip_are_its_ends(timeline):
    assert timeline.frame_at(-50) == 0 and timeline.frame_at(10_000) == 299


def test_scrubbing_seeks_with_every_move_but_not_after_release(timeline, qtbot):
    sought = []
    timeline.sought.connect(sought.append)
    y = timeline.height() // 2
    none = Qt.KeyboardModifier.NoModifier
    QTest.mousePress(timeline, Qt.MouseButton.LeftButton, none, QPoint(round(timeline.x_of(50)), y))
    QTest.mouseMove(timeline, QPoint(round(timeline.x_of(60)), y))
    QTest.mouseRelease(timeline, Qt.MouseButton.LeftButton, none, QPoint(round(timeline.x_of(60)), y))
    QTest.mouseMove(timeline, QPoint(round(timeline.x_of(90)), y))
    assert sought == [50, 60]


def test_a_live_timeline_does_not_seek(timeline, qtbot):
    timeline.set_range(0, 299, 30.0, False)
    with qtbot.assertNotEmitted(timeline.sought):
        QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(200, 20))


def test_the_strip_has_the_colours_of_the_states(timeline):
    timeline.set_tracks(tracks_of(200, lost=range(100, 150)))
    image = timeline.grab().toImage()
    bottom = timeline._strip.bottom() - 2

    def color(frame):
        return image.pixelColor(round(timeline.x_of(frame)), round(bottom)).name()

    assert color(50) == DARK.good
    assert color(250) == DARK.raised
    assert color(125) not in (DARK.good, DARK.raised)


def test_more_targets_need_more_room(timeline):
    one = timeline.sizeHint().height()
    timeline.set_tracks(tracks_of(10, targets=(1, 2, 3)))
    assert timeline.sizeHint().height() > one


def test_a_band_shows_confidence_by_height_and_states_by_colour(timeline):
    log = TrackLog()
    states = [(TrackState.TRACKED, 1.0), (TrackState.TRACKED, 0.5), (TrackState.LOST, 0.0), (TrackState.ABSENT, 0.0)]
    for frame in range(200):
        state, confidence = states[frame // 50]
        box = Box(0, 0, 9, 9) if state is TrackState.TRACKED else None
        log.record(frame, frame / 30, [Target(1, box, confidence, state)])
    tracks = Tracks(log)
    tracks.refresh()
    timeline.set_tracks(tracks)
    image = timeline.grab().toImage()
    band = timeline._band(0)

    def column(frame):
        x = round(timeline.x_of(frame))
        return [image.pixelColor(x, y).rgb() for y in range(round(band.top()), round(band.bottom()))]

    sure, half, lost, unknown = column(25), column(75), column(125), column(250)
    assert len(set(sure[1:])) == 1
    assert half[-1] == sure[-1] != half[1] and half[-4] == sure[-1] and half[4] == half[1]
    assert len({*lost[1:-3]}) == 1 and lost[4] not in (sure[4], half[4], unknown[4])
    assert len(set(unknown)) == 1
    hatched = {image.pixelColor(round(timeline.x_of(f)), round(band.center().y())).rgb() for f in range(155, 195)}
    assert unknown[4] in hatched and len(hatched) == 2
