"""What the worker says becomes the state of the session."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from app.bridge import Bridge
from app.state import SessionState
from app.track_edits import TrackEdits
from engine import events
from engine.sources.base import SourceInfo
from engine.types import Frame, FrameResult

_OF_A_SOURCE = (
    events.InfoChanged,
    events.PlayState,
    events.Ended,
    events.TargetStarted,
    events.TargetRejected,
    events.TargetChanged,
    events.SignalLost,
    events.SignalBack,
)
_REFRESH_MS = 100  # curves and strips need no more than ten pictures a second


class Listener(SessionState):
    """Takes the worker's news and keeps the state."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(bridge.worker.log, parent)
        bridge.setParent(self)
        self._bridge, self._worker = bridge, bridge.worker
        self.edits = TrackEdits(self, bridge.worker)
        bridge.result.connect(self._on_result)
        bridge.reported.connect(self._on_event)
        self._asked_generation = 0
        self._held: tuple[Frame, bool] | None = None  # the frame being drawn on, and whether to play on
        self._refresh = QTimer(self)
        self._refresh.setSingleShot(True)
        self._refresh.setInterval(_REFRESH_MS)
        self._refresh.timeout.connect(self.tracks_changed)

    @property
    def rows_due(self) -> bool:
        """Whether ``tracks_changed`` comes soon, since there are new rows."""
        return self._refresh.isActive()

    def select(self, target: int | None) -> None:
        """Make a target the one that keys and drags act on, and whose attention is shown."""
        if target != self.selected:
            self.moving.emit()
            self.selected = target
            self._worker.set_focus(target)
            self.targets_changed.emit()
            self.shown.emit()

    # news from the worker
    def _on_result(self, result: FrameResult) -> None:
        if self._held is not None:
            return
        first, self.result = self.result is None, result
        if first:
            self._begin()
        self.meters.add(result)
        if self.tracks.refresh():
            if not self._refresh.isActive():
                self._refresh.start()
        self.shown.emit()

    def _on_event(self, event: events.Event) -> None:
        if self.info is None and isinstance(event, _OF_A_SOURCE):
            return  # left over from the source before
        match event:
            case events.Opened(info, generation):
                if generation == self._asked_generation:
                    self._opened(info)
            case events.InfoChanged(info):
                self.info = info
                self.source_changed.emit()
            case events.PlayState(playing):
                self.playing = playing
                self.meters.restart()
                self.playing_changed.emit()
            case events.Ended():
                if self.signal_lost:
                    self.signal_lost = False
                    self.source_changed.emit()
                self.noticed.emit(self.tr("End of the video") if self.seekable else self.tr("The stream ended"))
            case events.Failed(message, details):
                if self.info is None:
                    self.opening = None
                    self.source_changed.emit()
                self.failed.emit(message, details)
            case events.BackendReady(info, notes):
                self.backend, self.backend_error, self.backend_notes = info, "", notes
                self.backend_changed.emit()
            case events.BackendFailed(message, details):
                self.backend_error = message  # those in use, if any, stay
                self.backend_changed.emit()
                self.failed.emit(message, details)
            case events.TargetStarted(target, frame_index, asked):
                self._started(target, late=frame_index != asked)
            case events.TargetRejected(target, message):
                self._rejected(target, message)
            case events.TargetChanged(target, followed):
                self._changed(target, followed)
            case events.TargetReacquired(target):
                self.noticed.emit(self.tr("{0} was found again").format(self.book.name(target)))
            case events.RecordingEnded(path, error):
                self._recorded(path, error)
            case events.SignalLost(attempts):
                self.signal_lost, self.reconnects = True, attempts
                self.source_changed.emit()
            case events.SignalBack():
                self.signal_lost = False
                self.source_changed.emit()

    def _opened(self, info: SourceInfo) -> None:
        self.info, self.source, self.opening = info, self.asked.spec, None
        if self.asked.session is not None:
            self.take(self.asked.session.head)
            self.select(self.asked.session.head.selected)
        self.source_changed.emit()

    def _begin(self) -> None:
        """The first picture is shown: only now start what was asked for with the source, which takes longer."""
        self.begun.emit()
        for box in self.asked.boxes:
            self._worker.init_target(box, 0)
        if self.asked.play and not self.live:
            self._worker.play()

    def _started(self, target: int, late: bool) -> None:
        if target not in self.active:
            self.active = sorted([*self.active, target])
        if self.selected is None:
            self.selected = target
            self._worker.set_focus(target)
        self.tracks.refresh()
        self.targets_changed.emit()
        if late:
            self.noticed.emit(self.tr("The picture you drew on is gone: the box was taken for the newest one"))

    def _rejected(self, target: int, message: str) -> None:
        self.edits.history.drop_last()
        if self.selected == target and target not in self.active:
            self.selected = self.active[-1] if self.active else None
        self.targets_changed.emit()
        self.failed.emit(message[:1].upper() + message[1:], "")

    def _changed(self, target: int, followed: bool) -> None:
        if followed and target not in self.active:
            self.active = sorted([*self.active, target])
        elif not followed and target in self.active:
            self.active.remove(target)
            if self.selected == target:
                self.select(self.active[-1] if self.active else None)
        self.tracks.refresh()
        self.targets_changed.emit()
        self.tracks_changed.emit()

    def _recorded(self, path: Path, error: str) -> None:
        self.recording = ""
        self.recording_changed.emit()
        if error:
            self.failed.emit(error, "")
        else:
            self.noticed.emit(self.tr("Recorded: {0}").format(path))
