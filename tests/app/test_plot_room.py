"""The window fits the screen, and plots get the height they need."""

import pytest
from PySide6.QtCore import QRect, QSize

from app.main_window import MainWindow, on_screen
from app.settings import Settings
from app.theme import ThemeManager

ROOM = QRect(0, 0, 1280, 720)


@pytest.mark.parametrize(
    ("window", "placed"),
    [
        (QRect(100, 50, 800, 600), QRect(100, 50, 800, 600)),
        (QRect(0, 0, 1280, 800), QRect(0, 0, 1280, 720)),
        (QRect(40, 60, 1282, 828), QRect(0, 0, 1280, 720)),
        (QRect(-30, 300, 800, 600), QRect(0, 120, 800, 600)),
    ],
)
def test_a_window_is_moved_and_made_smaller_until_all_of_it_is_seen(window, placed):
    assert on_screen(window, ROOM) == placed


def test_a_new_window_lies_within_the_screen(qtbot, qapp):
    window = MainWindow(ThemeManager(qapp), Settings())
    qtbot.addWidget(window)
    window.setMinimumSize(200, 200)
    window.centralWidget().setMinimumSize(0, 0)
    window.show()
    room = window.screen().availableGeometry()
    qtbot.waitUntil(lambda: room.contains(window.frameGeometry()))


def test_a_window_that_was_given_a_size_keeps_it(program, qtbot):
    window = program.window
    window._keep_on_screen()
    assert window.size() == QSize(1280, 720)  # the screen without a display is 800 x 800


@pytest.fixture
def plots(program, qtbot, clip):
    window = program.window
    program.controller.open(str(clip))
    qtbot.waitUntil(lambda: program.controller.result is not None and window.plot is not None)
    window.plot.show_page("confidence")
    qtbot.waitUntil(lambda: window.plot.isVisible() and window.plot.page.height() > 0)
    return window


def test_a_map_gets_the_height_that_it_needs_and_gives_it_back(plots, qtbot):
    plot, rows = plots.plot, plots.rows
    before = rows.sizes()
    plot.show_page("trajectory")
    qtbot.waitUntil(lambda: plot.page.height() >= plot.page.wanted_height)
    assert rows.sizes()[0] < before[0]
    plot.show_page("presence")
    plot.show_page("speed")
    qtbot.waitUntil(lambda: rows.sizes() == before)


def test_a_handle_that_the_user_moved_stays(plots, qtbot):
    plot, rows = plots.plot, plots.rows
    plot.show_page("trajectory")
    qtbot.waitUntil(lambda: plot.page.height() >= plot.page.wanted_height)
    stage, bottom = rows.sizes()
    rows.setSizes([stage - 20, bottom + 20])
    moved = rows.sizes()
    assert moved != [stage, bottom]
    plot.show_page("speed")
    qtbot.waitUntil(lambda: not plots.plot_room._soon.isActive())
    assert rows.sizes() == moved


def test_the_layout_is_remembered_as_it_is_without_a_map(plots, qtbot):
    before = plots.rows.sizes()
    plots.plot.show_page("trajectory")
    qtbot.waitUntil(lambda: plots.rows.sizes()[0] < before[0])
    plots.remember()
    assert plots.rows.sizes() == before
