"""The worker thread: the only one that reads the source and runs the tracker and its networks."""

from __future__ import annotations

from collections.abc import Callable

from engine.duties import MakeTracker
from engine.editor import Editor
from engine.edits import Edit
from engine.formats.base import TrackWriter
from engine.hurry import NOW, SOON
from engine.session import Session
from engine.sources.base import FrameSource, LiveFrameSource
from engine.types import Box
from engine.worker_loop import WorkerLoop

__all__ = ["MakeTracker", "Worker"]


class Worker(WorkerLoop):
    """Plays, tracks and obeys. Every public method is thread-safe and returns at once.

    Results arrive in :attr:`mailbox`, events through ``on_event``; both callables are called on the worker thread.
    Methods that make older results worthless begin a new generation: ignore results below :attr:`wanted`.
    """

    @property
    def generation(self) -> int:
        """The newest generation that was asked for."""
        return self._commands.generation

    @property
    def wanted(self) -> int:
        """The oldest generation that is still of interest; results below it are out of date."""
        return self._commands.wanted

    @property
    def live_source(self) -> LiveFrameSource | None:
        """The open source if it is live: any thread may tell it to retry, or close it for good."""
        return self._source if isinstance(self._source, LiveFrameSource) else None

    def open(self, source: str | FrameSource, session: Session | None = None) -> int:
        """Open a file, folder, camera or stream, or take an open source; the log is cleared. Returns the generation.

        With a session, which is of no live source, its tracks are there before the first picture, which is its frame.
        """
        with self._lock:
            self._next_id = 1 + (session.last_id if session is not None else 0)
        self._unblock()
        return self._commands.post(lambda: self._do_open(source, session), renew=True, early=True, urgency=NOW)

    def close_source(self) -> int:
        """Close the source and forget all targets. Returns the generation."""
        self._unblock()
        return self._commands.post(self._do_close, renew=True, early=True, urgency=NOW)

    def play(self) -> None:
        """Go on from the frame shown: first what is in the log, then tracking."""
        self._commands.post(lambda: self._duties.set_playing(True), plays=True)

    def pause(self) -> None:
        """Stop at the frame shown."""
        self._commands.post(lambda: self._duties.set_playing(False), urgency=SOON, stops=True)

    def step(self, frames: int = 1) -> None:
        """Pause and move by so many frames; negative goes back. Forward steps track."""
        self._commands.post(lambda: self._duties.set_playing(False))
        self._commands.post(lambda: self._duties.step(frames), moves=True)

    def seek(self, index: int) -> int:
        """Go to this frame. Of several waiting seeks only the last is done. Returns the generation."""
        return self._commands.post(lambda: self._do_seek(index), renew=True, seek=True, urgency=SOON)

    def set_speed(self, speed: float | None) -> None:
        """Play at ``speed`` times the media clock; None: as fast as possible."""
        if speed is not None and not speed > 0:
            raise ValueError(f"speed must be above 0, not {speed}")
        self._commands.post(lambda: setattr(self._duties.pacer, "speed", speed), early=True)

    def init_target(
        self, box: Box, frame_index: int, target: int | None = None, edit: Edit | None = None, keep: bool = False
    ) -> int:
        """Start a target with this box on this frame, or correct ``target`` there. Returns the target's id.

        The rows of that target from the frame to its next keyframe are replaced (with ``keep``: only the frame's own);
        ``edit`` takes what was there.
        """
        identity = self.claim_id(target)
        taken = edit or Edit()
        self._commands.post(
            lambda: self._duties.start(identity, box, frame_index, taken, keep), renew=True, tracks=True
        )
        return identity

    def change(self, change: Callable[[Editor], None]) -> None:
        """Let this be done to the track, on the worker's thread; the frame is shown again afterwards."""
        self._commands.post(lambda: self._duties.change(change), renew=True, tracks=True)

    def fill(self, edit: Edit, target: int, backwards: bool = False) -> None:
        """Track a target anew from the frame shown to its next keyframe, or back to the one before, and stop there."""
        self._commands.post(lambda: self._duties.fill(edit, target, backwards), renew=True, tracks=True, plays=True)

    def catch_up(self, index: int) -> None:
        """Track every target where it has no row up to this frame, and stop there."""
        self._commands.post(lambda: self._duties.catch_up(index), renew=True, tracks=True, plays=True)

    def claim_id(self, target: int | None = None) -> int:
        """An id for a new target, never used before in this source; or this one, which is then taken."""
        with self._lock:
            identity = self._next_id if target is None else target
            self._next_id = max(self._next_id, identity + 1)
            return identity

    def set_focus(self, target: int | None) -> None:
        """Publish the attention, regions and proposals of this target."""
        self._commands.post(lambda: self._duties.player.set_focus(target))

    def set_backend(self, make_tracker: MakeTracker) -> None:
        """Load other networks; targets go on from their last boxes."""
        self._commands.post(lambda: self._duties.set_networks(make_tracker), early=True)

    def record(self, writer: TrackWriter) -> None:
        """Write every result that is played from now on; the worker closes the writer."""
        self._commands.post(lambda: self._duties.record(writer))

    def stop_recording(self) -> None:
        """Complete the file that is being recorded; :class:`engine.events.RecordingEnded` follows."""
        self._commands.post(self._duties.stop_recording)

    def stop(self) -> None:
        """End the thread and close everything; ``join`` it afterwards."""
        self._stopping.set()
        self._unblock()
        self._commands.post(lambda: None, early=True, urgency=NOW)
