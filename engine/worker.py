"""The worker thread: the only one that touches the source, the tracker and the backend."""

from __future__ import annotations

import itertools
import logging
import queue
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from engine import events
from engine.errors import AttnTrackError, FormatError
from engine.mailbox import Mailbox
from engine.pacing import Pacer
from engine.player import Player, TrackerLike
from engine.sources import open_source
from engine.sources.base import FrameSource, LiveFrameSource, SourceInfo
from engine.track_log import Rows, TrackLog
from engine.types import Box, FrameResult

IDLE_LOOK_S = 0.25
"""How often an idle worker looks whether more is known of the source."""

logger = logging.getLogger(__name__)

MakeTracker = Callable[[], TrackerLike]
"""Loads the networks and makes a tracker over them; runs on the worker thread. Both are closed by the worker."""


@dataclass(frozen=True, slots=True)
class _Command:
    run: Callable[[], None]
    generation: int
    seek: bool = False
    while_opening: bool = False  # allowed before a source that is being opened is there


class Worker(threading.Thread):
    """Plays, tracks and obeys. Every public method is thread-safe and returns at once.

    Results arrive in :attr:`mailbox`; ``on_frame`` is called (on the worker thread) when it goes from empty to
    full, ``on_event`` for everything else. Methods that make older results worthless return the new generation:
    ignore results whose ``generation`` is below it.

    Args:
        make_tracker: Loads the networks and makes the tracker; called on the worker thread.
        on_frame: Told that the mailbox holds a result.
        on_event: Told every event.
        open_spec: How a source is opened by name.
    """

    def __init__(
        self,
        make_tracker: MakeTracker,
        on_frame: Callable[[], None],
        on_event: Callable[[events.Event], None],
        open_spec: Callable[[str], FrameSource] = open_source,
    ) -> None:
        super().__init__(name="attntrack-worker", daemon=True)
        self.mailbox: Mailbox[FrameResult] = Mailbox()
        self.log = TrackLog()
        self._make_tracker: MakeTracker | None = make_tracker
        self._on_frame, self._on_event, self._open_spec = on_frame, on_event, open_spec
        self._commands: queue.SimpleQueue[_Command] = queue.SimpleQueue()
        self._held_back: deque[_Command] = deque()
        self._player = Player(self.log, self._tell)
        self._pacer = Pacer()
        self._lock = threading.Lock()
        self._generation = 0
        self._last_seek = 0
        self._ids = itertools.count(1)
        self._open_ref: FrameSource | None = None
        self._opening: int | None = None  # generation of the source being opened
        self._stopping = threading.Event()
        self._playing = False
        self._due: FrameResult | None = None
        self._info: SourceInfo | None = None
        self._signal = True

    # --- commands, from any thread

    @property
    def generation(self) -> int:
        """The newest generation that was asked for; results below it are out of date."""
        return self._generation

    def open(self, source: str | FrameSource) -> int:
        """Open a file, folder, camera or stream, or take an open source; the log is cleared. Returns the generation."""
        with self._lock:
            self._ids = itertools.count(1)
            self._unblock()
        return self._post(lambda: self._do_open(source), new_generation=True, while_opening=True)

    def close_source(self) -> int:
        """Close the source and forget all targets. Returns the generation."""
        with self._lock:
            self._unblock()
        return self._post(self._do_close, new_generation=True, while_opening=True)

    def play(self) -> None:
        """Go on from the frame shown: first what is in the log, then tracking."""
        self._post(lambda: self._set_playing(True))

    def pause(self) -> None:
        """Stop at the frame shown."""
        self._post(lambda: self._set_playing(False))

    def step(self, frames: int = 1) -> None:
        """Pause and move by so many frames; negative goes back. Forward steps track."""
        self._post(lambda: self._do_step(frames))

    def seek(self, index: int) -> int:
        """Go to this frame. Of several waiting seeks only the last is done. Returns the generation."""
        return self._post(lambda: self._do_seek(index), new_generation=True, seek=True)

    def set_speed(self, speed: float | None) -> None:
        """Play at ``speed`` times the media clock; None: as fast as possible."""
        if speed is not None and not speed > 0:
            raise ValueError(f"speed must be above 0, not {speed}")
        self._post(lambda: setattr(self._pacer, "speed", speed))

    def init_target(self, box: Box, frame_index: int, target: int | None = None) -> int:
        """Start a target with this box on this frame, or start ``target`` anew there. Returns the target's id.

        The rows of that target from the frame on are replaced; the others keep theirs.
        """
        with self._lock:
            identity = self._new_id(target)
        self._post(lambda: self._do_start(identity, box, frame_index), new_generation=True)
        return identity

    def remove_target(self, target: int, from_frame: int | None = None) -> None:
        """Stop a target; its rows from ``from_frame`` on go (None: all of them)."""
        self._post(lambda: self._change(lambda: self._player.remove(target, from_frame)))

    def mark_absent(self, target: int, frame_index: int) -> None:
        """Say that the target is not there from this frame on, until its box is drawn again."""
        self._post(lambda: self._change(lambda: self._player.mark_absent(target, frame_index)))

    def restore_target(self, target: int, rows: Rows) -> None:
        """Undo: put rows of an earlier ``log.snapshot(target)`` back; tracking goes on from their end."""
        with self._lock:
            self._new_id(target)
        self._post(lambda: self._change(lambda: self._player.restore(target, rows)), new_generation=True)

    def set_focus(self, target: int | None) -> None:
        """Publish the attention, regions and proposals of this target."""
        self._post(lambda: self._player.set_focus(target))

    def set_backend(self, make_tracker: MakeTracker) -> None:
        """Load other networks; targets go on from their last boxes."""
        self._post(lambda: self._do_set_backend(make_tracker), while_opening=True)

    def stop(self) -> None:
        """End the thread, closing everything; ``join`` it afterwards."""
        self._stopping.set()
        with self._lock:
            self._unblock()
        self._post(lambda: None, while_opening=True)

    # --- plumbing

    def _post(
        self,
        run: Callable[[], None],
        new_generation: bool = False,
        seek: bool = False,
        while_opening: bool = False,
    ) -> int:
        with self._lock:
            self._generation += new_generation
            generation = self._generation
            if seek:
                self._last_seek = generation
            self._commands.put(_Command(run, generation, seek, while_opening))
        return generation

    def _new_id(self, target: int | None) -> int:
        identity = next(self._ids) if target is None else target
        if target is not None:
            self._ids = itertools.count(max(target + 1, next(self._ids)))
        return identity

    def _unblock(self) -> None:
        """Wake the worker from a read that waits for a camera or a stream."""
        if self._open_ref is not None:
            self._open_ref.close()
            self._open_ref = None

    def _tell(self, event: events.Event) -> None:
        try:
            self._on_event(event)
        except Exception:
            logger.exception("an event handler failed on %s", event)

    def _publish(self, result: FrameResult | None) -> None:
        if result is not None and self.mailbox.put(result):
            self._on_frame()

    def run(self) -> None:
        """The thread's loop; not to be called."""
        while not self._stopping.is_set():
            try:
                self._turn()
            except Exception as error:
                self._report(error)
        self.mailbox.close()
        for what in (self._player.close, self._close_tracker):
            try:
                what()
            except Exception:
                logger.exception("closing failed")

    def _report(self, error: Exception) -> None:
        """An error becomes an event and playing stops; errors of a source closed by command are no errors."""
        superseded = self._open_ref is None and self._player.source is not None
        self._due = None
        if superseded:
            return
        details = "".join(traceback.format_exception(error))
        if isinstance(error, AttnTrackError):
            message = str(error)
        else:
            logger.error("the worker failed\n%s", details)
            message = (
                f"Something went wrong inside the program ({type(error).__name__}): play on, or open the file again."
            )
        self._set_playing(False)
        self._tell(events.Failed(message, details))

    def _turn(self) -> None:
        busy = self._playing or self._make_tracker is not None
        command = self._next_command(0.0 if busy else IDLE_LOOK_S)
        if command is not None:
            self._obey(command)
        elif self._make_tracker is not None:
            self._load_tracker()
        elif self._playing and self._opening is None:
            self._play_on()
        self._look_at_info()

    def _next_command(self, timeout_s: float) -> _Command | None:
        if self._opening is None and self._held_back:
            return self._held_back.popleft()
        try:
            return self._commands.get(timeout=timeout_s) if timeout_s > 0 else self._commands.get_nowait()
        except queue.Empty:
            return None

    def _obey(self, command: _Command) -> None:
        if self._opening is not None and not command.while_opening:
            self._held_back.append(command)
            return
        if command.seek and command.generation < self._last_seek:
            return  # a newer seek is on its way
        if self._due is not None and command.generation == self._player.generation:
            self._publish(self._due)
        self._due = None
        self._player.generation = max(self._player.generation, command.generation)
        command.run()

    # --- what commands do, on the worker thread

    def _do_open(self, source: str | FrameSource) -> None:
        self._close_quietly()
        generation = self._player.generation
        if not isinstance(source, str):
            self._opened(source)
            return
        self._opening = generation
        # opening may wait long for a camera or a server: the worker must stay free to obey
        threading.Thread(target=self._open_aside, args=(source, generation), daemon=True, name="attntrack-open").start()

    def _open_aside(self, spec: str, generation: int) -> None:
        source: FrameSource | None = None
        error: Exception | None = None
        try:
            source = self._open_spec(spec)
        except Exception as caught:
            error = caught

        def done() -> None:
            if self._opening != generation:
                if source is not None:
                    source.close()
                return
            self._opening = None
            if source is None:
                self._held_back.clear()
                raise error or RuntimeError(f"nothing was opened for {spec}")
            self._opened(source)

        self._post(done, while_opening=True)
        if self._stopping.is_set() and source is not None:
            source.close()

    def _opened(self, source: FrameSource) -> None:
        with self._lock:
            self._open_ref = source
        self._info = self._player.open(source)
        self._signal = True
        self._pacer.restart()
        self._tell(events.Opened(self._info))
        if not self._player.live:
            self._publish(self._player.show(0))
        else:
            self._set_playing(True)

    def _do_close(self) -> None:
        self._close_quietly()
        self._tell(events.Closed())

    def _close_quietly(self) -> None:
        self._opening, self._info = None, None
        self._held_back.clear()
        self._set_playing(False)
        self._player.close()

    def _set_playing(self, playing: bool) -> None:
        playing = playing and self._player.source is not None
        self._pacer.restart()
        if playing != self._playing:
            self._playing = playing
            self._tell(events.PlayState(playing))

    def _play_on(self) -> None:
        result = self._player.advance()
        self._look_at_signal()
        if result is None:
            if not self._player.live or self._live_is_over():
                self._set_playing(False)
                self._tell(events.Ended(self._player.position))
            return
        wait = 0.0 if self._player.live or self._player.catching_up else self._pacer.delay(result.frame.time_s)
        until = time.monotonic() + wait
        self._due = result
        while self._due is not None:
            command = self._next_command(until - time.monotonic())
            if command is None:
                self._publish(self._due)
                self._due = None
            else:
                self._obey(command)

    def _live_is_over(self) -> bool:
        source = self._player.source
        return source.ended if isinstance(source, LiveFrameSource) else True

    def _do_step(self, frames: int) -> None:
        self._set_playing(False)
        if frames < 0:
            self._publish(self._player.show(max(self._player.position + frames, 0)))
            return
        result: FrameResult | None = None
        for _ in range(frames):
            following = self._player.advance(track=not self._player.behind)
            if following is None:
                self._tell(events.Ended(self._player.position))
                break
            result = following
        self._publish(result)

    def _do_seek(self, index: int) -> None:
        self._pacer.restart()
        self._publish(self._player.show(index))

    def _do_start(self, target: int, box: Box, frame_index: int) -> None:
        self._pacer.restart()
        if self._make_tracker is not None:
            self._load_tracker()
        try:
            self._publish(self._player.start(target, box, frame_index))
        except FormatError as error:
            self._tell(events.TargetRejected(target, str(error)))
            self._publish(self._player.again())

    def _change(self, change: Callable[[], None]) -> None:
        change()
        self._publish(self._player.again())

    def _do_set_backend(self, make_tracker: MakeTracker) -> None:
        self._make_tracker = make_tracker
        self._close_tracker()

    def _load_tracker(self) -> None:
        make, self._make_tracker = self._make_tracker, None
        if make is None:
            return
        try:
            tracker = make()
        except Exception as error:
            known = isinstance(error, AttnTrackError)
            message = str(error) if known else f"The networks could not be loaded ({error}): run attntrack doctor."
            self._tell(events.BackendFailed(message, "".join(traceback.format_exception(error))))
            return
        self._player.set_tracker(tracker)
        self._tell(events.BackendReady(tracker.backend.info))

    def _close_tracker(self) -> None:
        tracker = self._player.tracker
        self._player.set_tracker(None)
        if tracker is not None:
            tracker.close()
            tracker.backend.close()

    def _look_at_info(self) -> None:
        source = self._player.source
        if source is not None and self._info is not None and source.info != self._info:
            self._info = source.info
            self._tell(events.InfoChanged(self._info))

    def _look_at_signal(self) -> None:
        source = self._player.source
        if isinstance(source, LiveFrameSource) and source.signal != self._signal:
            self._signal = source.signal
            self._tell(events.SignalBack() if self._signal else events.SignalLost())
