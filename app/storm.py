"""Everything at any moment: opens, closes, seeks and stops a running program at random, and times each."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QEventLoop, QTimer

from app.bridge import Bridge
from app.canvas_tools import Intent, Outcome
from app.gui import Program
from engine import events
from engine.errors import AttnTrackError
from engine.types import Box

OPERATIONS = ("open", "close", "seek", "stop")
_LOOK_MS = 2


class Storm:
    """Drives a program as an impatient user would: draws, plays, and changes its mind while the tracker is busy.

    Args:
        program: Its window need not be shown.
        sources: What to open, with the box to draw on each.
        seed: Of the random choices.
        patience_s: After so long an operation counts as hung.
    """

    def __init__(
        self, program: Program, sources: Sequence[tuple[str, Box]], seed: int = 0, patience_s: float = 60.0
    ) -> None:
        self._c = program.controller
        bridge = self._c.findChild(Bridge)
        assert bridge is not None, "a controller owns its bridge"
        self._bridge = bridge
        self._sources, self._patience_s = sources, patience_s
        self._dice = random.Random(seed)
        self._closed = 0
        self._box = sources[0][1]
        self.took_ms: dict[str, list[float]] = {operation: [] for operation in OPERATIONS}
        bridge.reported.connect(self._hear)

    def run(self, times: int, tell: Callable[[int], None] = lambda done: None) -> Mapping[str, Sequence[float]]:
        """Do so many operations; the milliseconds that each took, by its name. Raises AttnTrackError for a hang."""
        does = {"open": self._open, "close": self._close, "seek": self._seek, "stop": self._stop}
        for done in range(times):
            operation = self._dice.choice(OPERATIONS)
            self._live(self._dice.uniform(0.0, 0.25))
            if self._c.info is None:
                operation = "open"
            if operation == "stop" and not self._c.playing:
                operation = "seek"  # nothing to stop
            began = time.perf_counter()
            finished = does[operation]()
            self._until(finished, operation)
            self.took_ms[operation].append(1e3 * (time.perf_counter() - began))
            tell(done + 1)
        return self.took_ms

    def _live(self, seconds: float) -> None:
        """Keep the tracker busy for a moment: draw now and then, and play."""
        c = self._c
        if c.result is not None:
            if self._dice.random() < 0.3:
                c.hold()
                c.draw(Outcome(self._box, self._dice.choice((Intent.DRAW, Intent.ADD)), False))
            if self._dice.random() < 0.3:
                c.step(self._dice.choice((-10, -1, 1, 10)))
            elif not c.playing:
                c.play()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            run_events(_LOOK_MS)

    def _open(self) -> Callable[[], bool]:
        spec, self._box = self._dice.choice(self._sources)
        boxes = (self._box,) if self._dice.random() < 0.5 else ()
        self._c.open(spec, boxes, play=bool(boxes))
        return lambda: self._c.result is not None

    def _close(self) -> Callable[[], bool]:
        before = self._closed
        self._c.close_source()
        return lambda: self._closed > before

    def _seek(self) -> Callable[[], bool]:
        last = (self._c.info.frame_count or 1) - 1 if self._c.info else 0
        frame = self._dice.randint(0, last)
        self._c.pause()
        self._c.seek(frame)
        generation = self._bridge.worker.generation
        return lambda: self._shown(generation, frame)

    def _stop(self) -> Callable[[], bool]:
        self._c.pause()
        return lambda: not self._c.playing

    def _shown(self, generation: int, frame: int) -> bool:
        """Whether what is shown was asked for by this seek. Raises AttnTrackError if it is another frame."""
        result = self._c.result
        if result is None or result.generation < generation:
            return False
        if result.frame.index != frame:
            raise AttnTrackError(f"a seek to frame {frame} went to {result.frame.index}")
        return True

    def _hear(self, event: events.Event) -> None:
        self._closed += isinstance(event, events.Closed)

    def _until(self, finished: Callable[[], bool], operation: str) -> None:
        end = time.perf_counter() + self._patience_s
        while not finished():
            if time.perf_counter() > end:
                raise AttnTrackError(f"{operation} has not ended after {self._patience_s:.0f} s")
            run_events(_LOOK_MS)


def run_events(ms: int) -> None:
    """Let the program go on for so long."""
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()
