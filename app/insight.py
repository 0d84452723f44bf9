"""Keeps the page that says why in step with the frame shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from app.controller import Controller
from app.main_window import MainWindow

_PLAYING_MS = 150  # thumbnails that change faster than this cannot be looked at


class Insight(QObject):
    """Feeds the panels of the second page while it is open."""

    def __init__(self, window: MainWindow, controller: Controller) -> None:
        super().__init__(window)
        self._w, self._c = window, controller
        self._tick = QTimer(self)
        self._tick.setSingleShot(True)
        self._tick.timeout.connect(self.show)
        controller.shown.connect(self._due)
        controller.targets_changed.connect(self._due)
        controller.source_changed.connect(self._due)
        window.side.page_changed.connect(self._due)
        window.memory.sought.connect(controller.seek)
        window.actions_["why"].triggered.connect(self._open)

    def show(self) -> None:
        """Bring the panels to the frame shown."""
        c, w = self._c, self._w
        w.why.show_result(c.result, c.selected)
        why = c.result.why if c.result is not None else None
        mine = why is not None and c.selected in (None, why.target)
        w.memory.show_memory(why.memory if why is not None and mine else ())

    def _open(self) -> None:
        self._w.actions_["side_panel"].setChecked(True)
        side = self._w.side
        side.set_page(0 if side.page == 1 else 1)

    def _due(self) -> None:
        if self._w.side.page == 1 and not self._tick.isActive():
            self._tick.start(_PLAYING_MS if self._c.playing else 0)
