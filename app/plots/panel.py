"""The plots below the timeline: pages picked by tabs, in place or in a window of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QPainter
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLayout,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.picture_file import ask_picture_path
from app.plots.map_page import MapPage, PresencePage, TrajectoryPage
from app.plots.page import Page, Source
from app.plots.series import Series
from app.plots.summary_page import SummaryPage
from app.plots.time_page import TimePage
from app.theme import ThemeManager
from app.titled_picture import save_titled
from app.tracks import Tracks
from engine.calibration import Calibration
from engine.errors import FormatError
from engine.types import Frame

_OWN_WINDOW = QSize(960, 640)


class PlotsPanel(QWidget):
    """All pages; only the one that is seen is kept up to date.

    Signals: ``sought`` (the frame a click points at), ``page_changed`` (its name), ``noticed`` and ``failed``.
    """

    sought = Signal(int)
    page_changed = Signal(str)
    noticed = Signal(str)
    failed = Signal(str, str)

    def __init__(
        self, theme: ThemeManager, page: str = "", parent: QWidget | None = None, folder: Callable[[], str] = str
    ) -> None:
        """``page`` is shown first; ``folder`` says where files are offered to be saved."""
        super().__init__(parent)
        self._theme, self._folder = theme, folder
        self._tracks: Tracks | None = None
        self._home: QLayout | None = None
        self._index, self._frame = 0, None
        self.pages = self._made_pages()
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setProperty("compact", True)
        self.tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.tabs.setAccessibleName(self.tr("Plots"))
        self._stack = QStackedWidget()
        for name, (title, widget) in self.pages.items():
            self.tabs.addTab(title)
            self._stack.addWidget(widget)
            widget.sought.connect(self.sought)
            widget.setObjectName(name)
        self._caption = QLabel()
        self._caption.setObjectName("Muted")
        self._caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.over_picture = QCheckBox(self.tr("Over the picture"))
        self.over_picture.setToolTip(self.tr("Draw the way on the picture rather than on empty ground"))
        self.over_picture.setChecked(True)
        self.over_picture.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.over_picture.toggled.connect(self._lay)
        self.ask_path = ask_picture_path
        self._save = QToolButton()
        self._save.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._save.setIconSize(QSize(16, 16))
        self._save.setProperty("compact", True)
        self._save.setAccessibleName(self.tr("Save plot"))
        self._save.setToolTip(self.tr("Save this plot as PNG or SVG"))
        self._save.clicked.connect(self._save_plot)
        self._out = QToolButton()
        self._out.setCheckable(True)
        self._out.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._out.setIconSize(QSize(16, 16))
        self._out.setProperty("compact", True)
        self._out.setAccessibleName(self.tr("Plots in a window of their own"))
        self._out.setToolTip(self.tr("Show the plots in a window of their own, or below the timeline again"))
        self._out.toggled.connect(self._pop)
        top = QHBoxLayout()
        top.setContentsMargins(42, 0, 12, 0)
        top.setSpacing(8)
        top.addWidget(self.tabs)
        top.addWidget(self._caption, 1)
        top.addWidget(self.over_picture)
        top.addWidget(self._save)
        top.addWidget(self._out)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self._stack, 1)
        names = list(self.pages)
        self.tabs.setCurrentIndex(names.index(page) if page in names else 0)
        self._stack.setCurrentIndex(self.tabs.currentIndex())
        self.tabs.currentChanged.connect(self._turned)
        theme.changed.connect(self.set_theme)
        self.set_theme()

    @property
    def page(self) -> Page:
        """The page that is seen."""
        return list(self.pages.values())[self.tabs.currentIndex()][1]

    def show_page(self, name: str) -> None:
        """Turn to a page by its name."""
        self.tabs.setCurrentIndex(list(self.pages).index(name))

    def set_theme(self) -> None:
        """Take the colours of the look."""
        self._out.setIcon(self._theme.icon("window"))
        self._save.setIcon(self._theme.icon("picture"))
        for _, page in self.pages.values():
            page.set_theme(self._theme.theme)
        self.refresh()

    def set_tracks(self, tracks: Tracks) -> None:
        """Whose values are shown."""
        self._tracks = tracks
        series = Series(tracks)
        for _, page in self.pages.values():
            page.set_tracks(tracks, series)
        self.refresh()

    def set_source(self, source: Source) -> None:
        """Where they come from."""
        for _, page in self.pages.values():
            page.set_source(source)

    def set_calibration(self, calibration: Calibration) -> None:
        """In which units they are shown."""
        for _, page in self.pages.values():
            page.set_calibration(calibration)
        self.refresh()

    def set_view(self, first: int, last: int) -> None:
        """Which frames are shown, the same as the timeline's."""
        for _, page in self.pages.values():
            page.set_view(first, last)

    def set_frame(self, index: int, frame: Frame | None = None) -> None:
        """The frame that is shown, with its picture."""
        self._index, self._frame = index, frame
        self.page.set_frame(index, frame)

    def refresh(self) -> None:
        """Draw what is new in the tracks; call it ten times a second at most."""
        if self._tracks is not None and self.isVisible():
            self.page.refresh()
        if self._caption.text() != self.page.caption:
            self._caption.setText(self.page.caption)

    def dock(self) -> None:
        """Be below the timeline."""
        self._out.setChecked(False)

    def closeEvent(self, event: QCloseEvent) -> None:
        """A window of its own that is closed goes back to its place."""
        if self._home is not None:
            event.ignore()
            self.dock()

    def showEvent(self, event: object) -> None:
        """What was not drawn while nobody saw it is drawn now."""
        self._turned()

    def _turned(self) -> None:
        self._stack.setCurrentIndex(self.tabs.currentIndex())
        self.over_picture.setVisible(isinstance(self.page, MapPage))
        self._save.setVisible(isinstance(self.page, TimePage | MapPage))
        self.page.set_frame(self._index, self._frame)
        self.refresh()
        self.page_changed.emit(self.page.objectName())

    def _save_plot(self) -> None:
        page = self.page
        assert isinstance(page, TimePage | MapPage), "a table is saved as a table"
        path = self.ask_path(self, str(Path(self._folder()) / f"{page.objectName()}.png"))
        if not path:
            return
        inside = page.plot.viewport().rect()

        def draw(painter: QPainter, room: QRectF) -> None:
            page.plot.render(painter, room, inside)

        title = f"{self.tabs.tabText(self.tabs.currentIndex())}  ·  {page.caption}"
        try:
            written = save_titled(path, title, inside.size(), draw, self._theme.theme, self.font())
        except (FormatError, OSError) as error:
            self.failed.emit(str(error), "")
        else:
            self.noticed.emit(self.tr("Saved: {0}").format(written))

    def _lay(self, over: bool) -> None:
        for _, page in self.pages.values():
            if isinstance(page, MapPage):
                page.set_over_picture(over)
        self.refresh()

    def _pop(self, out: bool) -> None:
        if out and self._home is None:
            above, self._home = self.window(), self.parentWidget().layout()
            self._home.removeWidget(self)
            self.setParent(above, Qt.WindowType.Window)
            self.setWindowTitle(self.tr("Plots"))
            self.resize(_OWN_WINDOW)
            self.show()
        elif not out and self._home is not None:
            home, self._home = self._home, None
            self.setParent(home.parentWidget())
            home.addWidget(self)
            self.show()
            self.window().activateWindow()

    def _made_pages(self) -> dict[str, tuple[str, Page]]:
        confidence = TimePage(
            self.tr("Confidence against time"),
            (lambda v, c: v.confidence,),
            self.tr("how sure of each target"),
            (-0.03, 1.06),
        )
        confidence.mark_threshold()
        position = TimePage(
            self.tr("Position against time"),
            (lambda v, c: c.points(v.center)[:, 0], lambda v, c: c.points(v.center)[:, 1]),
            self.tr("centre: x ──  y ╌╌  ({0})"),
        )
        speed = TimePage(
            self.tr("Speed against time"), (lambda v, c: c.lengths(v.speed),), self.tr("{0}/s, smoothed over 0.2 s")
        )
        size = TimePage(
            self.tr("Size against time"),
            (lambda v, c: c.lengths(v.size[:, 0]), lambda v, c: c.lengths(v.size[:, 1])),
            self.tr("width ──  height ╌╌  ({0})"),
        )
        self.summary = SummaryPage(self._folder)
        self.summary.noticed.connect(self.noticed)
        self.summary.failed.connect(lambda message: self.failed.emit(message, ""))
        return {
            "confidence": (self.tr("Confidence"), confidence),
            "position": (self.tr("Position"), position),
            "speed": (self.tr("Speed"), speed),
            "size": (self.tr("Size"), size),
            "trajectory": (self.tr("Trajectory"), TrajectoryPage()),
            "presence": (self.tr("Presence"), PresencePage()),
            "summary": (self.tr("Summary"), self.summary),
        }
