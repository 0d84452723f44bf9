"""The window's layout: menus, tool bar, picture, timeline, side panel and status bar; not what they do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.actions import MENUS, Actions, translated
from app.banner import Banner, LiveBadge
from app.canvas import Canvas
from app.color_menu import ColorMenu
from app.dropping import dropped_source, is_track
from app.panels.details_panel import DetailsPanel
from app.panels.keyframes_panel import KeyframesPanel
from app.panels.memory_panel import MemoryPanel
from app.panels.overlays_panel import OverlaysPanel
from app.panels.side import SidePanel
from app.panels.targets_panel import TargetsPanel
from app.panels.timings_panel import TimingsPanel
from app.panels.why_panel import WhyPanel
from app.plot_room import PlotRoom
from app.ruler import Ruler
from app.settings import Settings
from app.status_bar import StatusBar
from app.theme import CHOICES, ThemeManager
from app.timeline import Timeline
from app.tool_bar import ToolBar
from app.transport import Transport
from app.welcome import Welcome

if TYPE_CHECKING:
    from app.plots.panel import PlotsPanel

_SIDE_WIDTH = 312
_FIRST_SIZE = QSize(1280, 800)
_FRAMED_MS = 250
"""When a window manager, if there is one, has put its frame around the window."""


class MainWindow(QMainWindow):
    """Holds the widgets by name.

    ``dropped`` carries a path or address, ``track_dropped`` the path of a track; ``closing`` comes before the window
    goes.
    """

    dropped = Signal(str)
    track_dropped = Signal(str)
    closing = Signal()

    def __init__(self, theme: ThemeManager, settings: Settings) -> None:
        super().__init__()
        self.theme, self.settings = theme, settings
        self.may_close: Callable[[], bool] = lambda: True
        """Asked before the window goes."""
        self.actions_ = Actions(theme, self)
        self.addActions(self.actions_.all())
        self.setWindowTitle("AttnTrack")
        self.setAcceptDrops(True)
        self.setMinimumHeight(480)  # the width follows from what is inside
        self.canvas = Canvas()
        self.banner = Banner(self.canvas)
        self.badge = LiveBadge(self.canvas)
        self.ruler = Ruler(self.canvas)
        self.welcome = Welcome(self.actions_, theme)
        self.stage = QStackedWidget()
        self.stage.addWidget(self.welcome)
        self.stage.addWidget(self.canvas)
        self.transport = Transport(self.actions_, theme)
        self.timeline = Timeline()
        self.plot: PlotsPanel | None = None
        self.plot_room: PlotRoom | None = None
        self.color_menu = ColorMenu(self)
        self.targets = TargetsPanel(self.actions_, theme, self.color_menu)
        self.keyframes = KeyframesPanel(self.actions_)
        self.overlays = OverlaysPanel(self.actions_, theme, settings.opacity, settings.colormap)
        self.details = DetailsPanel()
        self.why, self.memory, self.timings = WhyPanel(theme), MemoryPanel(theme), TimingsPanel(theme)
        self.status = StatusBar()
        self.setStatusBar(self.status)
        self.recent_menu = QMenu(self.tr("&Recent"), self)
        self.select_menu = QMenu(self.tr("&Select"), self)
        self.theme_menu = self._theme_menu()
        self._build_menus()
        self.addToolBar(ToolBar(self.actions_))
        self.bottom = self._bottom()
        self.side = SidePanel(
            (
                (self.tr("Targets"), (self.targets, self.keyframes, self.overlays, self.details)),
                (self.tr("Why"), (self.why, self.memory, self.timings)),
            )
        )
        self.rows = _splitter(Qt.Orientation.Vertical, self.stage, self.bottom)
        self.columns = _splitter(Qt.Orientation.Horizontal, self.rows, self.side)
        self.setCentralWidget(self.columns)
        self._tab_order()
        theme.changed.connect(self.refresh_theme)
        self.refresh_theme()
        self._restore()

    def show_picture(self, shown: bool) -> None:
        """Show the picture and its controls, or the start page alone."""
        page = self.canvas if shown else self.welcome
        wanted = QSizePolicy.Policy.Ignored if shown else QSizePolicy.Policy.Preferred
        self.welcome.setSizePolicy(wanted, wanted)  # what it needs is no reason to keep the picture from shrinking
        if self.stage.currentWidget() is not page or self.focusWidget() is None:
            self.stage.setCurrentWidget(page)
            page.setFocus()
        self.bottom.setVisible(shown)
        self.side.setVisible(shown and self.actions_["side_panel"].isChecked())

    def add_plot(self) -> PlotsPanel:
        """Make the plot: its library takes longest to load, so this is done after the window is up."""
        from app.plots.panel import PlotsPanel

        self.plot = PlotsPanel(
            self.theme, self.settings.text("plots_page"), self.bottom, lambda: self.settings.folder("export")
        )
        self.plot.addActions(self.actions_.all())  # they work in a window of its own, too
        self.plot.page_changed.connect(lambda name: self.settings.set_text("plots_page", name))
        self.closing.connect(self.plot.dock)
        self._plot_room.addWidget(self.plot, 1)  # before it is shown, or it would be a window of its own
        self.plot.setVisible(self.actions_["plot"].isChecked())
        self.plot_room = PlotRoom(self.rows, self.plot)
        return self.plot

    def refresh_theme(self) -> None:
        """Hand the colours of the look to the widgets that paint themselves."""
        theme = self.theme.theme
        for widget in (self.canvas, self.banner, self.badge, self.timeline, self.status, self.color_menu):
            widget.set_theme(theme)
        for action in self.theme_menu.actions():
            action.setChecked(action.data() == self.theme.choice)

    def remember(self) -> None:
        """Write the layout to the settings."""
        if self.plot_room is not None:
            self.plot_room.give_back()
        self.settings.geometry = self.saveGeometry()
        self.settings.splitters = self.columns.saveState(), self.rows.saveState()
        self.settings.sync()

    # events
    def showEvent(self, event: QShowEvent) -> None:
        """See to it that all of a new window is on the screen, once its frame is there."""
        super().showEvent(event)
        if not self._framed:
            self._framed = True
            QTimer.singleShot(_FRAMED_MS, self, self._keep_on_screen)

    def _keep_on_screen(self) -> None:
        if self.size() != self._first_size:
            return  # it was given another size, or the one that it had the last time
        outer, room = self.frameGeometry(), self.screen().availableGeometry()
        placed = on_screen(outer, room)
        if placed.size() != outer.size():
            self.resize(placed.size() - (outer.size() - self.size()))
        if placed.topLeft() != outer.topLeft():
            self.move(placed.topLeft())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the layout and let the session end before the window goes, unless there is a reason to stay."""
        if not self.may_close():
            event.ignore()
            return
        self.remember()
        self.hide()  # gone at once for the user, whatever is still being ended
        self.closing.emit()
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and addresses."""
        if dropped_source(event.mimeData()):
            event.acceptProposedAction()
            self.welcome.set_dropping(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """The file went elsewhere."""
        self.welcome.set_dropping(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self.welcome.set_dropping(False)
        source = dropped_source(event.mimeData())
        if source:
            event.acceptProposedAction()
            (self.track_dropped if is_track(source) else self.dropped).emit(source)

    # building
    def _build_menus(self) -> None:
        submenus: dict[str, Callable[[], QMenu]] = {
            "recent": lambda: self.recent_menu,
            "select": lambda: self.select_menu,
            "color": lambda: self.color_menu,
            "speed": lambda: self.transport.speed_menu,
            "theme": lambda: self.theme_menu,
        }
        for _, title, entries in MENUS:
            menu = self.menuBar().addMenu(translated(title))
            menu.setToolTipsVisible(False)
            for entry in entries:
                if entry == "|":
                    menu.addSeparator()
                elif entry in submenus:
                    menu.addMenu(submenus[entry]())
                else:
                    menu.addAction(self.actions_[entry])

    def _theme_menu(self) -> QMenu:
        menu = QMenu(self.tr("T&heme"), self)
        group = QActionGroup(menu)
        names = {"system": self.tr("Like the system"), "dark": self.tr("Dark"), "light": self.tr("Light")}
        for choice in CHOICES:
            action = QAction(names[choice], group)
            action.setCheckable(True)
            action.setData(choice)
            menu.addAction(action)
        return menu

    def _bottom(self) -> QWidget:
        bottom = QFrame()
        bottom.setObjectName("Bottom")
        column = QVBoxLayout(bottom)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(0)
        column.addWidget(self.transport)
        column.addWidget(self.timeline)
        self._plot_room = column
        return bottom

    def _tab_order(self) -> None:
        for before, after in (
            (self.canvas, self.transport),
            (self.transport, self.timeline),
            (self.timeline, self.side),
        ):
            QWidget.setTabOrder(before, after)

    def _restore(self) -> None:
        self._first_size = _FIRST_SIZE.boundedTo(self.screen().availableGeometry().size())
        self._framed = False
        self.resize(self._first_size)
        if not self.settings.geometry.isEmpty():
            self.restoreGeometry(self.settings.geometry)
        self.columns.setSizes([self.width() - _SIDE_WIDTH, _SIDE_WIDTH])
        self.rows.setSizes([self.height() - 226, 226])
        for splitter, state in zip((self.columns, self.rows), self.settings.splitters, strict=True):
            if not state.isEmpty():
                splitter.restoreState(state)


def on_screen(window: QRect, room: QRect) -> QRect:
    """The window's place, moved into the room, and smaller where it does not fit in."""
    size = window.size().boundedTo(room.size())
    left = min(max(window.left(), room.left()), room.left() + room.width() - size.width())
    top = min(max(window.top(), room.top()), room.top() + room.height() - size.height())
    return QRect(QPoint(left, top), size)


def _splitter(orientation: Qt.Orientation, first: QWidget, second: QWidget) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(1)
    splitter.setChildrenCollapsible(False)
    splitter.addWidget(first)
    splitter.addWidget(second)
    splitter.setStretchFactor(0, 1)
    splitter.setStretchFactor(1, 0)
    return splitter
