"""The only place that knows both threads: the worker's news arrive here and become queued, empty signals."""

from __future__ import annotations

import queue
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal

from engine import events
from engine.sources import open_source
from engine.sources.base import FrameSource
from engine.types import FrameResult
from engine.worker import MakeTracker, Worker

JOIN_S = 3.0


class _Relay:
    """What the worker holds: plain callables and no Qt object, so that none is ever collected in its thread."""

    def __init__(self, frame: Callable[[], None], event: Callable[[], None]) -> None:
        self.waiting: queue.SimpleQueue[events.Event] = queue.SimpleQueue()
        self._frame: Callable[[], None] | None = frame
        self._event: Callable[[], None] | None = event

    def on_frame(self) -> None:
        """A result lies in the mailbox."""
        tell = self._frame
        if tell is not None:
            tell()

    def on_event(self, event: events.Event) -> None:
        """The worker reports something."""
        self.waiting.put(event)
        tell = self._event
        if tell is not None:
            tell()

    def cut(self) -> None:
        """Tell nobody from now on."""
        self._frame = self._event = None


class Bridge(QObject):
    """Owns the worker. ``result`` and ``reported`` arrive in the GUI thread, results out of date never."""

    result = Signal(object)  # emitted and received in the GUI thread: nothing is queued
    reported = Signal(object)
    _frame_ready = Signal()
    _event_ready = Signal()

    def __init__(
        self,
        make_tracker: MakeTracker,
        open_spec: Callable[[str], FrameSource] = open_source,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._frame_ready.connect(self._take_frame, Qt.ConnectionType.QueuedConnection)
        self._event_ready.connect(self._take_events, Qt.ConnectionType.QueuedConnection)
        self._relay = _Relay(self._frame_ready.emit, self._event_ready.emit)
        self.worker = Worker(make_tracker, self._relay.on_frame, self._relay.on_event, open_spec)
        self.worker.start()

    def stop(self) -> bool:
        """End the worker; whether it ended in time."""
        self._relay.cut()
        self.worker.stop()
        self.worker.join(JOIN_S)
        return not self.worker.is_alive()

    def _take_frame(self) -> None:
        self._take_events()  # an event that came before this frame is heard before it
        result: FrameResult | None = self.worker.mailbox.take()
        if result is not None and result.generation >= self.worker.wanted:
            self.result.emit(result)

    def _take_events(self) -> None:
        while True:
            try:
                event = self._relay.waiting.get_nowait()
            except queue.Empty:
                return
            self.reported.emit(event)
