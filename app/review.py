"""Looking back over what is tracked: in and out points, jumps to doubtful places, the timeline's zoom."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from app.controller import Controller
from app.hover import Hover
from app.jumps import lost_places, low_places, neighbour
from app.main_window import MainWindow
from app.tracks import Tracks

_ZOOM = 1.6


class Review(QObject):
    """Connects the actions of looking back with the timeline and the controller."""

    def __init__(self, window: MainWindow, controller: Controller) -> None:
        super().__init__(window)
        self._w, self._c = window, controller
        self.hover = Hover(window, controller)
        c, timeline = controller, window.timeline
        timeline.set_in_out(c.in_out)
        does: dict[str, Callable[[], object]] = {
            "mark_in": lambda: c.in_out.set_first(c.frame),
            "mark_out": lambda: c.in_out.set_last(c.frame),
            "clear_in_out": c.in_out.clear,
            "next_lost": lambda: self._jump(lost_places, True),
            "previous_lost": lambda: self._jump(lost_places, False),
            "next_low": lambda: self._jump(low_places, True),
            "previous_low": lambda: self._jump(low_places, False),
            "time_in": lambda: timeline.zoom(_ZOOM),
            "time_out": lambda: timeline.zoom(1 / _ZOOM),
            "time_all": timeline.show_all,
        }
        for id, do in does.items():
            window.actions_[id].triggered.connect(lambda _=False, do=do: do())
        timeline.view_changed.connect(self._view)
        c.in_out.changed.connect(self._refresh)
        c.source_changed.connect(self._refresh)
        c.tracks_changed.connect(self._refresh)
        self._refresh()

    def _jump(self, places: Callable[[Tracks], list[tuple[int, int]]], forward: bool) -> None:
        found = neighbour(places(self._c.tracks), self._c.frame, forward)
        if found is None:
            text = self.tr("None after this frame") if forward else self.tr("None before this frame")
            self._c.noticed.emit(text)
        else:
            self._c.select(found[1])
            self._c.seek(found[0])

    def _view(self) -> None:
        """The plots below show the same frames."""
        view = self._w.timeline.view
        if self._w.plot is not None:
            self._w.plot.set_view(view.start, view.end)
            self._w.plot.refresh()

    def _refresh(self) -> None:
        c, actions = self._c, self._w.actions_
        for id in ("mark_in", "mark_out", "time_in", "time_out", "time_all"):
            actions[id].setEnabled(c.seekable)
        actions["clear_in_out"].setEnabled(c.in_out.is_set)
        for id in ("next_lost", "previous_lost", "next_low", "previous_low"):
            actions[id].setEnabled(c.seekable and bool(c.tracks.targets))
