"""The panel beside the picture: cards on pages that are picked by tabs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QTabBar, QVBoxLayout, QWidget


class SidePanel(QWidget):
    """Pages of cards, each with its own scroll bar; ``page_changed`` carries the page's number."""

    page_changed = Signal(int)

    def __init__(self, pages: Sequence[tuple[str, Sequence[QWidget]]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(264)
        self.setMaximumWidth(440)
        self.setAccessibleName(self.tr("Side panel"))
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.tabs.setAccessibleName(self.tr("Pages of the side panel"))
        self._stack = QStackedWidget()
        for title, cards in pages:
            self.tabs.addTab(title)
            self._stack.addWidget(_page(title, cards))
        self.tabs.currentChanged.connect(self._stack.setCurrentIndex)
        self.tabs.currentChanged.connect(self.page_changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 6, 0, 0)  # the border on the left
        column.setSpacing(0)
        column.addWidget(self.tabs)
        column.addWidget(self._stack, 1)

    @property
    def page(self) -> int:
        """The number of the page that is shown."""
        return self.tabs.currentIndex()

    def set_page(self, page: int) -> None:
        """Show a page."""
        self.tabs.setCurrentIndex(page)


def _page(title: str, cards: Sequence[QWidget]) -> QScrollArea:
    inside = QWidget()
    column = QVBoxLayout(inside)
    column.setContentsMargins(12, 8, 12, 12)
    column.setSpacing(12)
    for card in cards:
        column.addWidget(card)
    column.addStretch(1)
    page = QScrollArea()
    page.setWidget(inside)
    page.setWidgetResizable(True)
    page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    page.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    page.setAccessibleName(title)
    return page
