"""What the worker thread does when it is told to: open, show, step, play, start targets, load networks."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

from engine import events
from engine.editor import Editor
from engine.edits import Edit
from engine.errors import AttnTrackError, Cancelled, FormatError, SourceError
from engine.formats.base import TrackWriter
from engine.loading import Loading, MakeTracker, close_tracker
from engine.mailbox import Mailbox
from engine.pacing import Pacer
from engine.player import Player
from engine.session import Session
from engine.sources.base import FrameSource, LiveFrameSource, SourceInfo
from engine.track_log import TrackLog
from engine.types import Box, FrameResult

logger = logging.getLogger(__name__)

__all__ = ["Duties", "MakeTracker"]

LOADER_PATIENCE_S = 2.5
"""How long the end waits for networks that are being loaded; a thread inside them must not outlive Python."""


class Duties:
    """Carries out what is asked for and reports it. Belongs to one thread.

    Args:
        log: Where results are kept.
        mailbox: Where results go.
        make_tracker: Loads the networks.
        tell: Takes every event.
        on_frame: Told that the mailbox went from empty to full.
        interrupted: Whether a command that waits has closed the source already: its end is then no news.
        pressed: How urgently whoever gives commands is waiting, see :mod:`engine.hurry`.
    """

    def __init__(
        self,
        log: TrackLog,
        mailbox: Mailbox[FrameResult],
        make_tracker: MakeTracker,
        tell: Callable[[events.Event], None],
        on_frame: Callable[[], None],
        interrupted: Callable[[], bool],
        pressed: Callable[[], int],
    ) -> None:
        self.player = Player(log, tell)
        self.pacer = Pacer()
        self.playing = self.silent = False
        self._mailbox, self._tell, self._on_frame, self._interrupted = mailbox, tell, on_frame, interrupted
        self._pressed = pressed
        self._make_tracker: MakeTracker | None = make_tracker
        self._loading: Loading | None = None
        self._recorder: TrackWriter | None = None
        self._info: SourceInfo | None = None
        self._only_behind = False  # playing ends where every target is tracked up to the frame shown
        self._signal: int | None = None  # None while frames come, else how often it was tried to reconnect

    @property
    def networks_due(self) -> bool:
        """Whether networks are still to be loaded."""
        return self._make_tracker is not None

    @property
    def loading(self) -> bool:
        """Whether the first networks are on their way: nothing can be tracked yet."""
        return self.player.tracker is None and (self._loading is not None or self.networks_due)

    def publish(self, result: FrameResult | None) -> None:
        """Put a result where it is looked at, unless it is of no interest now."""
        if result is not None and not self.silent and self._mailbox.put(result):
            self._on_frame()

    def fail(self, error: Exception) -> None:
        """Stop playing and tell the user what went wrong."""
        details = "".join(traceback.format_exception(error))
        if isinstance(error, AttnTrackError):
            message = str(error)
        else:
            logger.error("the worker failed\n%s", details)
            message = (
                f"Something went wrong inside the program ({type(error).__name__}): play on, or open the source again."
            )
        self.set_playing(False)
        self._tell(events.Failed(message, details))

    def opened(self, source: FrameSource, generation: int, session: Session | None = None) -> None:
        """Take an open source; a file stands on its first frame or that of the session, a live source plays."""
        self._info = self.player.open(source)
        self._signal = None
        self.pacer.restart()
        self._tell(events.Opened(self._info, generation))
        if self.player.live:
            self.set_playing(True)
        else:
            self.publish(self.player.show(0) if session is None else self._resumed(session))

    def close(self) -> None:
        """Let go of the source and all targets."""
        self.stop_recording()
        self._info = None
        self.set_playing(False)
        self.player.close()

    def set_playing(self, playing: bool) -> None:
        """Play or pause."""
        playing = playing and self.player.source is not None
        self._only_behind = False
        self.player.end_fill()
        self.pacer.restart()
        if playing != self.playing:
            self.playing = playing
            self._tell(events.PlayState(playing))

    def next_result(self) -> tuple[FrameResult, float] | None:
        """The next result while playing and the seconds until it is due; None if there is none (yet)."""
        if self.player.filling:
            return self._next_filled()
        if self._only_behind and not (self.player.catching_up or self.player.behind):
            self.set_playing(False)
            return None
        result = self.player.advance()
        self._look_at_signal()
        if result is None:
            if self._over():
                self.set_playing(False)
                self._tell(events.Ended(self.player.position))
            return None
        if self._recorder is not None:
            self._record(self._recorder, result)
        free = self.player.live or self.player.catching_up
        return result, 0.0 if free else self.pacer.delay(result.frame.time_s)

    def step(self, frames: int) -> None:
        """Move by so many frames; forward steps track."""
        if frames < 0:
            self.publish(self.player.show(max(self.player.position + frames, 0)))
            return
        result: FrameResult | None = None
        for _ in range(frames):
            if self._pressed() and result is not None:
                break  # somebody wants to be elsewhere
            following = self.player.advance(track=not self.player.behind)
            if following is None:
                if self._over():
                    self._tell(events.Ended(self.player.position))
                break
            result = following
        self.publish(result)

    def seek(self, index: int, quick: bool = False) -> None:
        """Go to this frame; ``quick``: a picture at once rather than a sharp one."""
        self._leave_fill()
        self.pacer.restart()
        self.publish(self.player.show(index, quick))

    def start(self, target: int, box: Box, frame_index: int, edit: Edit, keep: bool) -> None:
        """(Re)start a target on this frame; ``keep``: what follows stays as it is."""
        self._leave_fill()
        self.pacer.restart()
        if self.loading:
            raise Cancelled("The networks are still being loaded.")
        try:
            self.publish(self.player.start(target, box, frame_index, edit, keep))
        except FormatError as error:
            self._tell(events.TargetRejected(target, str(error)))
            self.publish(self.player.again())

    def change(self, change: Callable[[Editor], None]) -> None:
        """Change the track and show the frame again."""
        self._leave_fill()
        change(self.player.editor)
        self.publish(self.player.again())

    def fill(self, edit: Edit, target: int, backwards: bool) -> None:
        """Track a target anew from the frame shown to the next keyframe, or to the one before; playing ends there."""
        self.set_playing(False)
        self.player.begin_fill(edit, target, backwards)
        self.playing = True
        self._tell(events.PlayState(True))

    def catch_up(self, index: int) -> None:
        """Track the targets where they have no row up to this frame; playing ends there."""
        self.set_playing(False)
        self.player.show(index)
        self.set_playing(True)
        self._only_behind = True

    def set_networks(self, make_tracker: MakeTracker) -> None:
        """Load these networks next; until they are there those in use stay."""
        self._make_tracker = make_tracker

    def load_networks(self, later: Callable[[Callable[[], None]], None]) -> None:
        """Begin to load the networks that are due; ``later`` takes what is then to be done on the worker's thread."""
        make, self._make_tracker = self._make_tracker, None
        if make is None:
            return
        if self._loading is not None:
            self._loading.abandon()
        self._loading = Loading(make, lambda done: later(lambda: self._loaded(done)))

    def _loaded(self, loading: Loading) -> None:
        if loading is not self._loading:  # others were asked for since, and this one was abandoned
            return
        self._loading = None
        tracker, error = loading.tracker, loading.error
        if tracker is None:
            known = isinstance(error, AttnTrackError)
            message = str(error) if known else f"The networks could not be loaded ({error}): run attntrack doctor."
            details = "".join(traceback.format_exception(error)) if error is not None else ""
            self._tell(events.BackendFailed(message, details))
            return
        close_tracker(self.player.tracker)
        tracker.pressed = self._pressed
        self.player.set_tracker(tracker)
        notes = tuple(str(report) for report in getattr(tracker.backend, "reports", ()))
        self._tell(events.BackendReady(tracker.backend.info, notes))

    def close_networks(self) -> None:
        """Close the tracker and its backend, and what is being loaded."""
        loading, self._loading = self._loading, None
        if loading is not None:
            loading.abandon()
            loading.wait(LOADER_PATIENCE_S)
        tracker = self.player.tracker
        self.player.set_tracker(None)
        close_tracker(tracker)

    def record(self, writer: TrackWriter) -> None:
        """Write every result from now on, until :meth:`stop_recording`."""
        self.stop_recording()
        self._recorder = writer

    def stop_recording(self) -> None:
        """Complete the file that is being recorded."""
        writer, self._recorder = self._recorder, None
        if writer is None:
            return
        try:
            writer.close()
        except FormatError as error:
            self._tell(events.RecordingEnded(writer.path, str(error)))
            return
        self._tell(events.RecordingEnded(writer.path))

    def look_around(self) -> None:
        """Tell if more is known of the source than before."""
        source = self.player.source
        if source is not None and self._info is not None and source.info != self._info:
            self._info = source.info
            self._tell(events.InfoChanged(self._info))

    def _resumed(self, session: Session) -> FrameResult:
        """The frame that the session was left on, with its tracks in the log."""
        self.player.editor.load(session.tracks, session.head.followed)
        try:
            return self.player.show(session.head.frame)
        except SourceError:  # the video has become shorter
            return self.player.show(0)

    def _next_filled(self) -> tuple[FrameResult, float] | None:
        result = self.player.fill()
        if result is None:
            self.set_playing(False)
            return None
        return result, 0.0

    def _leave_fill(self) -> None:
        if self.player.filling:
            self.set_playing(False)

    def _record(self, writer: TrackWriter, result: FrameResult) -> None:
        try:
            writer.write(result)
        except FormatError as error:
            self._recorder = None
            writer.abort()
            self._tell(events.RecordingEnded(writer.path, str(error)))

    def _over(self) -> bool:
        source = self.player.source
        if self._interrupted():
            return False
        return source.ended if isinstance(source, LiveFrameSource) else True

    def _look_at_signal(self) -> None:
        source = self.player.source
        if isinstance(source, LiveFrameSource) and not source.ended:
            signal = None if source.signal else source.attempts
            if signal != self._signal:
                self._signal = signal
                self._tell(events.SignalBack() if signal is None else events.SignalLost(signal))
