"""What shows when the pointer rests on the timeline: a small picture of that frame, decoded aside."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, Signal

from app.controller import Controller
from app.main_window import MainWindow
from app.thumbnail_popup import ThumbnailPopup
from engine.thumbnails import Thumbnails

_DELAY_MS = 40  # a pointer that only crosses the strip asks for nothing
_NEAR = 0.02  # of what is shown: a picture of a frame so near stands in until the right one is there
_JOIN_S = 2.0


class Hover(QObject):
    """Connects the timeline's pointer, the decoder aside and the popup; files only."""

    _ready = Signal()

    def __init__(self, window: MainWindow, controller: Controller) -> None:
        super().__init__(window)
        self._w, self._c = window, controller
        self.popup = ThumbnailPopup(window)
        self.popup.color_number = controller.book.color_number
        self._thumbnails: Thumbnails | None = None
        self._ended: list[Thumbnails] = []
        self._spec = ""
        self._frame, self._x = -1, 0.0
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(_DELAY_MS)
        self._delay.timeout.connect(self._ask)
        self._ready.connect(self._show, Qt.ConnectionType.QueuedConnection)
        window.timeline.hovered.connect(self._hovered)
        window.theme.changed.connect(lambda: self.popup.set_theme(window.theme.theme))
        window.closing.connect(self.close)
        controller.source_changed.connect(self._source)
        self.popup.set_theme(window.theme.theme)

    def close(self) -> None:
        """End all decoding aside."""
        self._let_go()
        for ended in self._ended:
            ended.join(_JOIN_S)
        self._ended.clear()

    def _source(self) -> None:
        spec = self._c.source if self._c.seekable else ""
        if spec != self._spec:
            self._let_go()
            self._spec = spec

    def _let_go(self) -> None:
        self._hide()
        if self._thumbnails is not None:
            self._thumbnails.close()
            self._ended = [t for t in self._ended if not t.join(0.0)]
            self._ended.append(self._thumbnails)
            self._thumbnails = None

    def _hovered(self, frame: int, x: float) -> None:
        if frame < 0:
            self._hide()
            return
        self._frame, self._x = frame, x
        self._show()
        if not self._delay.isActive():
            self._delay.start()

    def _hide(self) -> None:
        self._frame = -1
        self._delay.stop()
        self.popup.hide()

    def _ask(self) -> None:
        if self._frame < 0 or not self._spec:
            return
        if self._thumbnails is None:
            self._thumbnails = Thumbnails(self._spec, self._ready.emit)
        self._thumbnails.ask(self._frame)

    def _show(self) -> None:
        frame, info = self._frame, self._c.info
        if frame < 0 or info is None:
            return
        timeline = self._w.timeline
        near = round(_NEAR * timeline.view.shown)
        image = self._thumbnails.get(frame, within=near) if self._thumbnails is not None else None
        exact = self._thumbnails is not None and self._thumbnails.get(frame) is not None
        targets = [t for t in self._c.log.at(frame) if not self._c.book.hidden(t.id)] if exact else []
        at = timeline.mapTo(self._w, QPoint(round(self._x), 0))
        self.popup.show_frame(image, timeline.words_at(frame), targets, (info.width, info.height), at)
