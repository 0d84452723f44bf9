"""What the user wants becomes commands for the worker; what the worker says becomes the state of the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from app.bridge import Bridge
from app.canvas_tools import Intent, Outcome
from app.state import Opening, SessionState
from app.track_edits import TrackEdits
from app.tracks import next_event, previous_event
from engine import events
from engine.formats import open_writer
from engine.locating import stand_in
from engine.render import Overlay
from engine.session import Session
from engine.sources import open_source
from engine.sources.base import FrameSource, SourceInfo
from engine.types import Box, Frame, FrameResult
from engine.worker import MakeTracker

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


class Controller(SessionState):
    """Takes intents and the worker's news, and keeps the state."""

    def __init__(
        self,
        make_tracker: MakeTracker,
        open_spec: Callable[[str], FrameSource] = open_source,
        parent: QObject | None = None,
    ) -> None:
        bridge = Bridge(make_tracker, open_spec)
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

    # intents: the source
    def open(self, spec: str | FrameSource, boxes: tuple[Box, ...] = (), play: bool = False) -> None:
        """Open a file, folder, camera, stream or ready source; start targets on its first frame and play, if asked."""
        self._open(spec, Opening(spec if isinstance(spec, str) else spec.info.name, boxes, play))

    def resume(self, session: Session, path: str | None) -> None:
        """Go on with a piece of work, whose source is at this path; None: without pictures, nobody is carried on."""
        if path is not None:
            self._open(path, Opening(path, session=session))
            return
        opening = Opening(session.head.source.path, session=session, gone=True)
        still = replace(session, head=replace(session.head, followed=frozenset()))
        self._open(stand_in(session), opening, still)

    def _open(self, spec: str | FrameSource, opening: Opening, session: Session | None = None) -> None:
        self._forget()
        self.opening = self.asked = opening
        self._asked_generation = self._worker.open(spec, session or opening.session)
        self.source_changed.emit()

    def close_source(self) -> None:
        """Go back to the start page."""
        self._forget()
        self._worker.close_source()
        self.source_changed.emit()

    def stop(self) -> bool:
        """End the worker; whether it ended in time."""
        self._refresh.stop()
        return self._bridge.stop()

    # intents: playing
    def _move(self) -> None:
        """Another frame is wanted: a box that is still being adjusted is taken as it is."""
        self.moving.emit()
        self.meters.restart()

    def toggle_play(self) -> None:
        """Play or pause."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def play(self) -> None:
        """Play on; from the start, when at the end."""
        if self.info is None:
            return
        self._move()
        if self.seekable and self.info.frame_count and self.frame >= self.info.frame_count - 1 > 0:
            self._worker.seek(0)
        self._worker.play()

    def pause(self) -> None:
        """Stop at the frame shown."""
        self._worker.pause()

    def step(self, frames: int) -> None:
        """Go by so many frames, back where negative."""
        if self.seekable:
            self._move()
            self._worker.step(frames)

    def seek(self, frame: int) -> None:
        """Go to a frame."""
        if self.seekable and self.info is not None:
            last = (self.info.frame_count or 1) - 1
            self._move()
            self._worker.seek(min(max(frame, 0), last))

    def catch_up(self) -> None:
        """Track every target where it is not tracked again since a correction, and stop there."""
        self._move()
        self._worker.catch_up(self.tracks.reach)

    def seek_event(self, forward: bool) -> None:
        """Go to the next or previous event."""
        found = (next_event if forward else previous_event)(self.tracks.events(), self.frame)
        if found is None:
            self.noticed.emit(
                self.tr("No event after this frame") if forward else self.tr("No event before this frame")
            )
        else:
            self.select(found.target)
            self.seek(found.frame)

    def set_speed(self, speed: float) -> None:
        """Play at a factor on the media clock; 0: as fast as possible."""
        self.speed = speed
        self.meters.restart()
        self._worker.set_speed(speed or None)
        self.playing_changed.emit()

    # intents: targets
    def hold(self) -> None:
        """A drag begins: the frame stays as it is until the drag ends."""
        if self.result is not None and self._held is None:
            self._held = self.result.frame, self.playing
            if not self.live:
                self._worker.pause()

    def let_go(self) -> None:
        """The drag ended without a box: go on as before."""
        if self._held is not None:
            was_playing = self._held[1]
            self._held = None
            if was_playing and not self.live:
                self._worker.play()

    def draw(self, outcome: Outcome) -> None:
        """The drag ended with a box, for the frame that it was drawn on."""
        if self._held is None:
            return
        frame, was_playing = self._held
        self._held = None
        self.select(self.edits.draw(outcome.box, frame.index, None if outcome.intent is Intent.ADD else self.selected))
        if was_playing and not self.live:
            self._worker.play()
        if outcome.clipped:
            self.noticed.emit(self.tr("The box was cut to the picture"))

    def select(self, target: int | None) -> None:
        """Make a target the one that keys and drags act on, and whose attention is shown."""
        if target != self.selected:
            self.moving.emit()
            self.selected = target
            self._worker.set_focus(target)
            self.targets_changed.emit()
            self.shown.emit()

    def reconnect(self, again: bool) -> None:
        """Try at once to reach a live source whose signal was lost, or never again: picture and track stay."""
        live = self._worker.live_source
        if live is not None:
            (live.retry if again else live.close)()

    def set_backend(self, make_tracker: MakeTracker) -> None:
        """Track with other networks as soon as they are loaded."""
        self._worker.set_backend(make_tracker)

    # intents: recording
    def record(self, path: Path, overlay: Overlay) -> None:
        """Write every frame that is tracked from now on to a video. Raises FormatError where it can not be."""
        self._worker.record(open_writer(path, "video", self.meta(), overlay))
        self.recording = str(path)
        self.recording_changed.emit()

    def stop_recording(self) -> None:
        """Complete the video."""
        self._worker.stop_recording()

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

    def _forget(self) -> None:
        self.asked = Opening("")
        self.info, self.opening, self.source, self.result = None, None, "", None
        self.selected, self.active, self.playing, self.signal_lost = None, [], False, False
        self._held = None
        self.in_out.clear()
        self.scale.clear()
        self.edits.history.clear()
        self.book.clear()
        self.meters.clear()
        self.playing_changed.emit()
        self.targets_changed.emit()
