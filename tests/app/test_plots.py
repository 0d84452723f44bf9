"""The plots: values in their units, gaps, clicks that seek, the table, and the window of their own."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest

from app.plots.page import Source
from app.plots.panel import PlotsPanel
from app.plots.series import Series, thinned, with_gaps
from app.tracks import Tracks
from engine.calibration import Calibration
from engine.motion import motion
from engine.track_log import TrackLog
from engine.types import Box, Frame, Target, TrackState
from tests.app.conftest import FRAMES, error_dialog
from tests.app.test_main_job import key, track

PAGES = ("confidence", "position", "speed", "size", "trajectory", "presence", "summary")


def moving(frames, target=1, lost=()):
    log = TrackLog()
    add(log, range(frames), target, lost)
    return log


def add(log, frames, target=1, lost=()):
    for frame in frames:
        gone = frame in lost
        box = None if gone else Box(2.0 * frame, 50 + 10 * np.sin(frame / 9), 20 + frame / 10, 10)
        state = TrackState.LOST if gone else TrackState.TRACKED
        log.record(frame, frame / 30, [Target(target, box, 0.1 if gone else 0.9, state)])


def same(a, b):
    return all(np.allclose(getattr(a, n), getattr(b, n), equal_nan=True) for n in a.__slots__)


def test_values_grow_with_the_tracks_as_if_computed_at_once():
    log = moving(300, lost=range(280, 290))
    tracks = Tracks(log)
    tracks.refresh()
    series = Series(tracks)
    for more in (301, 340, 900):
        add(log, range(int(log.last_frame(1)) + 1, more), lost=range(500, 520))
        tracks.refresh()
        assert same(series.of(1), Series(tracks).of(1))
    m = motion(log.rows(1))
    assert np.allclose(series.of(1).speed, m.speed, equal_nan=True)


def test_rows_that_change_change_the_values():
    log = moving(300)
    tracks = Tracks(log)
    tracks.refresh()
    series = Series(tracks)
    before = series.of(1)
    log.truncate(1, 100)
    add(log, range(100, 300), lost=range(150, 200))
    tracks.refresh()
    assert not same(before, series.of(1)) and np.isnan(series.of(1).speed[150:200]).all()


def test_gaps_between_rows_are_not_joined():
    frames = np.array([0.0, 1, 2, 10, 11])
    x, y = with_gaps(frames, frames * 2)
    assert np.isnan(x).nonzero()[0].tolist() == [3] and np.isnan(y[3]) and len(x) == 6


def test_thinning_keeps_peaks_and_gaps():
    values = np.sin(np.arange(100_000) / 5000)
    values[70_123] = 9.0
    values[20_000:40_000] = np.nan
    x, y = thinned(np.arange(100_000.0), values, 2000)
    assert len(x) <= 2000 and np.nanmax(y) == 9.0
    assert np.isnan(y[(x > 20_100) & (x < 39_900)]).all() and np.isfinite(y[(x < 19_900)]).all()


@pytest.fixture
def panel(qtbot, make_program):
    """A panel of its own with one track, lost on 40..49, on frames 0..99 of a 320x240 picture."""
    made = PlotsPanel(make_program().window.theme)
    qtbot.addWidget(made)
    tracks = Tracks(moving(100, lost=range(40, 50)))
    tracks.refresh()
    made.set_tracks(tracks)
    made.set_source(Source(30.0, (320, 240), True))
    made.set_view(0, 99)
    made.resize(900, 400)
    with qtbot.waitExposed(made):
        made.show()
    made.set_frame(20, Frame(20, 20 / 30, np.full((240, 320, 3), 128, np.uint8)))
    yield made
    made.hide()


def curve(panel, page, at=0):
    panel.show_page(page)
    return panel.page.curves[1, at].getOriginalDataset()


def test_curves_are_in_pixels_or_in_the_users_units(panel):
    y = curve(panel, "position")[1]
    assert y[10] == pytest.approx(20 + 10.5) and np.isnan(y[40:50]).all()
    speed = curve(panel, "speed")[1]
    panel.set_calibration(Calibration(0.5, "mm", origin=(30.5, 0), y_up=True))
    assert curve(panel, "position")[1][10] == pytest.approx(0.0)
    assert curve(panel, "position", 1)[1][10] == pytest.approx(-0.5 * (55 + 10 * np.sin(10 / 9)))
    assert curve(panel, "speed")[1][:40] == pytest.approx(0.5 * speed[:40])
    assert curve(panel, "size")[1][10] == pytest.approx(0.5 * 21)
    assert "mm" in panel.page.caption


def test_a_click_on_a_curve_seeks(panel):
    panel.show_page("speed")
    sought = []
    panel.sought.connect(sought.append)
    view = panel.page.plot.getPlotItem().getViewBox()
    at = panel.page.plot.mapFromScene(view.mapViewToScene(QPointF(63, 60)))
    QTest.mouseClick(panel.page.plot.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert sought == [63]


def test_a_click_on_the_way_seeks_to_when_it_was_there(panel):
    panel.show_page("trajectory")
    sought = []
    panel.sought.connect(sought.append)
    page = panel.page
    view = page.plot.getPlotItem().getViewBox()
    center = page.series.of(1).center[70]
    at = page.plot.mapFromScene(view.mapViewToScene(QPointF(*center)))
    QTest.mouseClick(page.plot.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert len(sought) == 1 and abs(sought[0] - 70) <= 1
    away = page.plot.mapFromScene(view.mapViewToScene(QPointF(center[0], center[1] + 120)))
    QTest.mouseClick(page.plot.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, away)
    assert len(sought) == 1


def test_the_way_lies_on_the_picture_also_with_y_upwards(panel):
    for calibration in (Calibration(), Calibration(0.1, "m", (160, 120), y_up=True)):
        panel.set_calibration(calibration)
        panel.show_page("trajectory")
        page = panel.page
        corners = page._below.mapRectToView(page._below.boundingRect())
        world = calibration.points(np.array([[0.0, 0], [320, 240]]))
        assert sorted((corners.left(), corners.right())) == pytest.approx(sorted(world[:, 0]))
        assert sorted((corners.top(), corners.bottom())) == pytest.approx(sorted(world[:, 1]))
        assert page.plot.getPlotItem().getViewBox().yInverted() is not calibration.y_up


def test_the_picture_below_can_be_left_out(panel):
    panel.show_page("trajectory")
    assert panel.over_picture.isVisible() and panel.page._below.isVisible()
    QTest.mouseClick(panel.over_picture, Qt.MouseButton.LeftButton, pos=QPoint(8, panel.over_picture.height() // 2))
    assert not panel.page._below.isVisible()
    panel.show_page("speed")
    assert not panel.over_picture.isVisible()


def test_presence_is_of_the_frames_that_are_shown(panel):
    panel.show_page("presence")
    assert panel.page.seconds().sum() == pytest.approx(90 / 30)
    panel.set_view(0, 29)
    assert panel.page.seconds().sum() == pytest.approx(1.0)


def test_the_table_can_be_copied_and_saved(panel, tmp_path):
    panel.set_calibration(Calibration(0.5, "mm"))
    panel.show_page("summary")
    page = panel.summary
    assert page.table.rowCount() == 1 and page.table.item(0, 5).text() == "10.0"
    QTest.mouseClick(page.copy_button, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("target,rows,first_frame,last_frame,visible_s,lost_%,path_mm,")
    page.ask_path = lambda parent, suggested: str(tmp_path / "s.csv")
    QTest.mouseClick(page.save_button, Qt.MouseButton.LeftButton)
    assert (tmp_path / "s.csv").read_text() == copied


@pytest.mark.parametrize("page", [name for name in PAGES if name != "summary"])
def test_a_plot_can_be_saved(panel, tmp_path, page):
    panel.show_page(page)
    for name in ("plot.png", "plot.svg"):
        panel.ask_path = lambda parent, suggested, name=name: str(tmp_path / name)
        QTest.mouseClick(panel._save, Qt.MouseButton.LeftButton)
    inside = panel.page.plot.viewport().size()
    image = QImage(str(tmp_path / "plot.png"))
    assert image.width() == 2 * inside.width() and image.height() > 2 * inside.height()
    colors = {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(60, image.height(), 3)}
    assert len(colors) > 5, "axes and curves are on it"
    svg = (tmp_path / "plot.svg").read_text()
    assert "<text" in svg and ("<path" in svg or "<polyline" in svg)


def test_a_plot_that_cannot_be_saved_is_said(panel, tmp_path, qtbot):
    panel.show_page("speed")
    panel.ask_path = lambda parent, suggested: str(tmp_path / "nowhere" / "a.png")
    with qtbot.waitSignal(panel.failed, timeout=60000) as said:
        QTest.mouseClick(panel._save, Qt.MouseButton.LeftButton)
    assert "nowhere" in said.args[0]
    panel.show_page("summary")
    assert not panel._save.isVisible(), "a table is saved as a table"


def test_every_page_follows_the_program(opened, qtbot):
    track(qtbot, opened, 40)
    plot = opened.window.plot
    for name in PAGES:
        plot.show_page(name)
        assert plot.page.objectName() == name
        plot.grab()
    plot.show_page("speed")
    qtbot.waitUntil(lambda: plot.page.curves != {}, timeout=60000)
    view = plot.page.plot.getPlotItem().getViewBox()
    at = plot.page.plot.mapFromScene(view.mapViewToScene(QPointF(12, view.viewRange()[1][0])))
    QTest.mouseClick(plot.page.plot.viewport(), Qt.MouseButton.LeftButton, pos=at - QPoint(0, 5))
    qtbot.waitUntil(lambda: opened.controller.frame == 12, timeout=60000)
    assert opened.window.settings.text("plots_page") == "speed"


def test_a_summary_that_cannot_be_saved_is_said(opened, qtbot, tmp_path):
    track(qtbot, opened, 10)
    opened.window.plot.show_page("summary")
    opened.window.plot.summary.ask_path = lambda parent, suggested: str(tmp_path / "nowhere" / "s.csv")
    QTest.mouseClick(opened.window.plot.summary.save_button, Qt.MouseButton.LeftButton)
    error_dialog(qtbot, opened).close()


def test_the_plots_go_out_of_the_window_and_back(opened, qtbot):
    track(qtbot, opened, 20)
    plot = opened.window.plot
    QTest.mouseClick(plot._out, Qt.MouseButton.LeftButton)
    assert plot.isWindow() and plot.isVisible()
    QTest.keyClick(plot, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: opened.controller.frame == FRAMES - 1, timeout=60000)
    plot.close()
    assert not plot.isWindow() and plot.isVisible() and plot.window() is opened.window
    qtbot.waitUntil(opened.window.isActiveWindow, timeout=60000)
    key(opened, Qt.Key.Key_F8)
    assert not plot.isVisible()
