"""The worker's thread: takes one command after the other, plays and tracks between them, and ends in good order."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from functools import partial

from engine import events
from engine.commands import Command, Commands
from engine.duties import Duties, MakeTracker
from engine.errors import Cancelled
from engine.mailbox import Mailbox
from engine.opening import open_aside
from engine.priority import give_way
from engine.session import Session
from engine.sources import open_source
from engine.sources.base import FrameSource
from engine.track_log import TrackLog
from engine.types import FrameResult

SCRUB, SCRUB_S = 2, 0.3
"""So many seeks, each so soon after the one before it, are a drag over the timeline."""
REST_S = 0.1
"""How long a mouse that drags over the timeline rests before the picture is made sharp."""
IDLE_S = 0.25
"""How often an idle worker looks whether more is known of the source."""

logger = logging.getLogger(__name__)


class WorkerLoop(threading.Thread):
    """Obeys, and plays and tracks while nothing is asked. What may be asked are the methods of the worker.

    Args:
        make_tracker: Loads the networks and makes the tracker, on a thread of its own.
        on_frame: Told that the mailbox went from empty to full.
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
        self._on_event, self._open_spec = on_event, open_spec
        self._commands = Commands()
        self._duties = Duties(
            *(self.log, self.mailbox, make_tracker, self._tell, on_frame),
            interrupted=lambda: self._source is None,
            pressed=lambda: self._commands.hurry.level,
        )
        self._lock = threading.Lock()
        self._aim: int | None = None  # where a seek went while something that tracks had to wait
        self._sought = -math.inf  # when the last seek was done
        self._in_a_row = 0
        self._next_id = 1
        self._source: FrameSource | None = None  # the open source, None once a command has closed it
        self._opening: int | None = None  # generation of the source that is being opened
        self._due: tuple[FrameResult, float] | None = None  # a result and when it is to be shown
        self._stopping = threading.Event()
        self._over = threading.Event()

    def _unblock(self) -> None:
        """Wake the worker from a read that waits for a camera or a stream."""
        with self._lock:
            source, self._source = self._source, None
        if source is not None:
            source.close()

    def run(self) -> None:
        """Obey until :meth:`stop`; not to be called."""
        give_way()  # networks take every core they get; whoever draws the results needs one at once
        while not self._stopping.is_set():
            try:
                self._turn()
            except Cancelled:
                self._due = None  # whatever it was, what was more urgent comes now
            except Exception as error:
                self._due = None
                if self._source is not None or self._duties.player.source is None:  # else closed by a command
                    self._duties.fail(error)
        self._end()

    def _turn(self) -> None:
        command = self._next_command()
        if command is not None:
            self._obey(command)
        elif self._due is not None:
            self._duties.publish(self._due[0])
            self._due = None
        elif self._duties.networks_due:
            self._duties.load_networks(self._later)
        elif self._duties.playing and self._source is not None:
            following = self._duties.next_result()
            if following is not None:
                self._due = following[0], time.monotonic() + following[1]
        elif self._duties.player.rough:
            self._duties.publish(self._duties.player.sharpen())
        self._duties.look_around()

    def _next_command(self) -> Command | None:
        wait_s = 0.0 if self._duties.networks_due or self._duties.playing else IDLE_S
        if self._duties.player.rough:
            wait_s = min(wait_s, REST_S)
        if self._due is not None:
            wait_s = max(self._due[1] - time.monotonic(), 0.0)
        return self._commands.next(wait_s, self._opening is not None, self._duties.loading)

    def _obey(self, command: Command) -> None:
        if self._commands.outdated(command):
            return
        player = self._duties.player
        if self._due is not None and command.generation <= player.generation:
            self._duties.publish(self._due[0])
        self._due = None
        player.generation = max(player.generation, command.generation)
        elsewhere = command.tracks and self._aim is not None  # the user has gone on meanwhile: it is not shown
        self._duties.silent = elsewhere
        try:
            command.run()
        except Cancelled:
            if not command.tracks:
                raise
            self._commands.put_back(command)
            return
        finally:
            self._duties.silent = False
        if elsewhere and self._aim is not None and not self._commands.tracking_held:
            self._do_seek(self._aim)

    def _do_seek(self, index: int) -> None:
        self._aim = index if self._commands.tracking_held else None
        self._in_a_row = self._in_a_row + 1 if time.monotonic() - self._sought < SCRUB_S else 0
        self._duties.seek(index, quick=self._in_a_row >= SCRUB)
        self._sought = time.monotonic()

    def _later(self, run: Callable[[], None]) -> None:
        self._commands.post(run, early=True)

    def _do_open(self, source: str | FrameSource, session: Session | None) -> None:
        self._let_go()
        if self._stopping.is_set():
            if not isinstance(source, str):
                source.close()
            return
        if isinstance(source, str):
            self._opening = generation = self._duties.player.generation
            open_aside(self._open_spec, source, partial(self._opened_aside, generation, session))
        else:
            self._opened(source, self._duties.player.generation, session)

    def _do_close(self) -> None:
        self._let_go()
        self._tell(events.Closed())

    def _let_go(self) -> None:
        self._opening = self._aim = None
        self._commands.forget_held()
        self._duties.close()

    def _opened_aside(
        self, generation: int, session: Session | None, source: FrameSource | None, error: Exception | None
    ) -> None:
        """Called on the thread that opened the source."""

        def take() -> None:
            if self._opening != generation or self._stopping.is_set():
                if source is not None:
                    source.close()
                return
            self._opening = None
            if source is None:
                self._commands.forget_held()
                raise error or RuntimeError("nothing was opened")
            self._opened(source, generation, session)

        self._commands.post(take, early=True)
        if self._over.is_set() and source is not None:
            source.close()

    def _opened(self, source: FrameSource, generation: int, session: Session | None) -> None:
        with self._lock:
            self._source = source
        self._duties.opened(source, generation, session)

    def _tell(self, event: events.Event) -> None:
        try:
            self._on_event(event)
        except Exception:
            logger.exception("whoever was told %s failed", event)

    def _end(self) -> None:
        self.mailbox.close()
        self._over.set()
        self._opening = None
        last: list[Callable[[], None]] = [self._duties.close, self._duties.close_networks]
        last += [command.run for command in self._commands.rest() if command.early]
        for what in last:
            try:
                what()
            except Exception:
                logger.exception("closing failed")
