"""What the user wants becomes commands for the worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject

from app.bridge import Bridge
from app.canvas_tools import Intent, Outcome
from app.listener import Listener
from app.state import Opening
from app.tracks import next_event, previous_event
from engine.formats import open_writer
from engine.locating import stand_in
from engine.render import Overlay
from engine.session import Session
from engine.sources import open_source
from engine.sources.base import FrameSource
from engine.types import Box
from engine.worker import MakeTracker


class Controller(Listener):
    """Takes intents; the state that follows from them comes with the worker's news."""

    def __init__(
        self,
        make_tracker: MakeTracker,
        open_spec: Callable[[str], FrameSource] = open_source,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(Bridge(make_tracker, open_spec), parent)

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
        if not self.pictures:
            self.let_go()
            self.noticed.emit(self.tr("There is no picture to draw on: open the project where its video can be found"))
            return
        frame, was_playing = self._held
        self._held = None
        self.select(self.edits.draw(outcome.box, frame.index, None if outcome.intent is Intent.ADD else self.selected))
        if was_playing and not self.live:
            self._worker.play()
        if outcome.clipped:
            self.noticed.emit(self.tr("The box was cut to the picture"))

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
