"""What a worker was told to do and has not done yet: first come first served, but what is urgent goes ahead."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.hurry import Hurry


@dataclass(frozen=True, slots=True)
class Command:
    """Something to be done, and what must be known of it to put it in order."""

    run: Callable[[], None]
    generation: int
    moves: bool = False  # on from the frame shown: worthless once a newer seek waits
    seek: bool = False  # likewise
    early: bool = False  # need not wait for the source that is being opened
    urgency: int = 0  # of engine.hurry
    tracks: bool = False  # needs the networks; done anew if something urgent came between
    plays: bool = False
    stops: bool = False  # a play that it overtook is not wanted any more


class Commands:
    """Posted by any thread, taken by the worker's; each ``renew`` begins a new generation.

    ``wanted`` is the oldest generation whose results are still of interest: of seeks in a row, which come faster than
    pictures do while the user scrubs, every picture is shown that gets done.
    """

    def __init__(self) -> None:
        self.hurry = Hurry()
        self.generation = self.wanted = 0
        self._scrubbing = False
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._held: deque[Command] = deque()
        self._last_seek = 0

    @property
    def tracking_held(self) -> bool:
        """Whether something that tracks had to wait."""
        return any(command.tracks for command in self._held)

    def post(self, run: Callable[[], None], renew: bool = False, **kind: Any) -> int:
        """Have this done; ``kind`` are fields of :class:`Command`. Returns its generation."""
        with self._lock:
            self.generation += renew
            command = Command(run, self.generation, **kind)
            if renew and not (command.seek and self._scrubbing):
                self.wanted = command.generation
            self._scrubbing = command.seek
            if command.seek:
                self._last_seek = command.generation
            self.hurry.begins(command.urgency)
            self._queue.put(command)
            return command.generation

    def next(self, wait_s: float, opening: bool, loading: bool) -> Command | None:
        """What is to be done next, or None if nothing comes in time.

        Args:
            wait_s: For how long to wait.
            opening: A source is being opened: only what is early does not wait for it.
            loading: Networks are being loaded: what tracks waits for them.
        """
        held = self._held
        if held and not opening and not (loading and held[0].tracks) and not self.hurry.level:
            return held.popleft()
        try:
            command = self._queue.get(timeout=wait_s) if wait_s > 0 else self._queue.get_nowait()
        except queue.Empty:
            return None
        self.hurry.ends(command.urgency)
        if command.early or (command.urgency and not opening):
            if command.stops:
                self._held = deque(other for other in held if not other.plays)
            return command
        if opening or held:
            held.append(command)
            return None
        return command

    def outdated(self, command: Command) -> bool:
        """Whether it moves to another frame and a newer seek came, or waits."""
        return (command.moves or command.seek) and command.generation < self._last_seek

    def put_back(self, command: Command) -> None:
        """It could not be done yet: it comes first when nothing urgent waits."""
        self._held.appendleft(command)

    def forget_held(self) -> None:
        """What had to wait is not wanted any more."""
        self._held.clear()

    def rest(self) -> list[Command]:
        """Everything still in the queue, which is empty afterwards."""
        found = []
        while not self._queue.empty():
            found.append(self._queue.get_nowait())
        return found
