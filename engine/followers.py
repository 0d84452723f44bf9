"""The targets that are carried on, and whether the tracker stands where their rows end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from engine import events
from engine.backends.base import Backend
from engine.drawn import Drawn
from engine.errors import BackendError, FormatError
from engine.keyframes import DRAWN, START, keyframes
from engine.track_log import TrackLog, transition
from engine.types import Box, Frame, FrameResult, Origin, Target, TrackState

RESUME_LIMIT = 150
"""Frames that are tracked once more to bring a tracker back to where the rows end."""
MOST_DRAWN = 4
"""Boxes drawn on other frames that a tracker is taught when it is started: the first, and the nearest in time."""


class TrackerLike(Protocol):
    """What is driven: :class:`engine.tracking.multi.MultiTracker` or a stand-in."""

    backend: Backend
    focus: int | None

    @property
    def pressed(self) -> Callable[[], int]:
        """How urgently the caller is wanted back, see :mod:`engine.hurry`; 0 unless it is set."""
        ...

    @pressed.setter
    def pressed(self, pressed: Callable[[], int]) -> None: ...

    @property
    def targets(self) -> tuple[int, ...]:
        """Ids being tracked."""
        ...

    def init(
        self,
        frame: Frame,
        boxes: Mapping[int, Box],
        manual: bool = False,
        drawn: Mapping[int, Sequence[Drawn]] = ...,
    ) -> FrameResult:
        """(Re)start these targets on this frame. Raises FormatError for a useless box, Cancelled when pressed.

        ``manual`` marks the box as a correction; ``drawn`` are boxes of the user on other frames to learn from.
        """
        ...

    def update(self, frame: Frame, only: Collection[int] | None = None, coming: Frame | None = None) -> FrameResult:
        """Track all targets, or only these, on this frame; ``coming`` is the one that is likely to be the next."""
        ...

    def remove(self, target: int) -> None:
        """Stop tracking this target."""
        ...

    def close(self) -> None:
        """Free what the tracker holds, not the backend."""
        ...


class Followers:
    """Carries targets on where their rows have holes or end, and writes the rows. Belongs to one thread.

    Whatever is asked of it, the rows before a frame say how a target goes on there: from the tracker's state if that
    belongs to the last row, else from the last box; and where the user said that it is gone, it stays gone.

    Args:
        log: Where rows are kept.
        emit: Takes events.
        frame_at: A frame by index, or None where it cannot be had.
    """

    def __init__(
        self, log: TrackLog, emit: Callable[[events.Event], None], frame_at: Callable[[int], Frame | None]
    ) -> None:
        self.tracker: TrackerLike | None = None
        self._log, self._emit, self._frame_at = log, emit, frame_at
        self._at: dict[int, int | None] = {}  # the frame the tracker's state belongs to; None: to none
        self._focus: int | None = None

    def followed(self, target: int) -> bool:
        """Whether the target is carried on."""
        return target in self._at

    def follow(self, target: int, followed: bool) -> None:
        """Carry a target on from its rows, whatever they are now; or no longer."""
        if followed:
            self._at[target] = None
            return
        self._at.pop(target, None)
        self._focus = None if self._focus == target else self._focus
        if self.tracker is not None:
            self.tracker.remove(target)

    def forget_all(self) -> None:
        """Stop carrying on every target."""
        for target in tuple(self._at):
            self.follow(target, False)

    def hole(self, frame: int) -> int | None:
        """The first frame from this one on where a target is to be carried on, or None without targets."""
        holes = (self._log.missing_from(target, frame) for target in self._at)
        return min((hole for hole in holes if hole is not None), default=None)

    def due(self, index: int) -> list[int]:
        """The targets that have no row on this frame, but one before."""
        firsts = {target: self._log.first_frame(target) for target in self._at}
        return [t for t, first in firsts.items() if first is not None and first < index and not self._log.has(t, index)]

    def set_tracker(self, tracker: TrackerLike | None) -> None:
        """Track with this one from now on; targets go on from their last boxes."""
        self.tracker = tracker
        self._at = dict.fromkeys(self._at)

    def set_focus(self, target: int | None) -> None:
        """Whose attention, regions and proposals are published."""
        self._focus = target
        if self.tracker is not None and target in self.tracker.targets:
            self.tracker.focus = target

    def start(self, target: int, box: Box, frame: Frame, manual: bool, rewind: bool) -> FrameResult:
        """Start the tracker on a drawn box and carry the target on from there; no row is written.

        ``rewind``: earlier frames can be had. Raises FormatError for a useless box; nothing has changed then.
        """
        if self.tracker is None:
            raise BackendError("Tracking is not ready because the networks are not loaded: run attntrack doctor.")
        drawn = {target: self._drawn(target, frame.index, rewind)} if manual else {}
        result = self.tracker.init(frame, {target: box}, manual=manual, drawn=drawn)
        self.set_focus(target if self._focus is None else self._focus)
        self._at[target] = frame.index
        return result

    def track(self, frame: Frame, due: Iterable[int], rewind: bool, coming: Frame | None = None) -> FrameResult:
        """Follow these targets to this frame and write their rows. ``rewind``: earlier frames can be had.

        ``coming`` is the frame that is likely to be the next one, if it is known already.
        """
        due = list(due)
        rows = {target: self._absence(target, frame, rewind) for target in due}
        followed = [target for target, absent in rows.items() if absent is None]
        result = self.look(frame, followed, coming)
        self._record(frame, [*result.targets, *(absent for absent in rows.values() if absent is not None)])
        return result

    def look(self, frame: Frame, targets: Collection[int], coming: Frame | None = None) -> FrameResult:
        """Let the tracker go on to this frame with these targets; no row is written."""
        if not targets or self.tracker is None:
            return FrameResult(frame, ())
        try:
            result = self.tracker.update(frame, targets, coming)
        except Exception:
            self._at.update(dict.fromkeys(targets))  # nobody knows how far it came
            raise
        self._at.update(dict.fromkeys(targets, frame.index))
        return result

    def look_again(self, target: int, frame: Frame) -> Target:
        """What the tracker finds on this frame of a target that was out of sight.

        Raises FormatError if it was never seen before; nothing has changed then.
        """
        seen = self._log.last_seen(target, before=frame.index)
        if seen is None or self.tracker is None or not self._resume(target, frame, seen, rewind=True, run_up=False):
            raise FormatError("The target was never seen before this frame: draw its box instead.")
        found = self.look(frame, (target,)).targets[0]
        return replace(found, origin=Origin.MANUAL)

    def place(self, target: int, frame: Frame) -> None:
        """Bring the tracker to the target's own box on this frame. Raises FormatError if there is none."""
        row = self._log.get(target, frame.index)
        if row is None or row.box is None or not self._resume(target, frame, (frame.index, row), True, False):
            raise FormatError("The target has no box on this frame: draw one, or go to a frame where it has one.")

    def _absence(self, target: int, frame: Frame, rewind: bool) -> Target | None:
        """The row of a target that needs no look at this frame; else the tracker stands ready for it."""
        before = self._log.before(target, frame.index)
        if before is not None and before[1].state is TrackState.ABSENT:
            return replace(before[1], search=None)
        if before is not None and self._at.get(target) == before[0]:
            return None
        seen = self._log.last_seen(target, before=frame.index)
        if seen is None or self.tracker is None or not self._resume(target, frame, seen, rewind):
            return Target(target, None, 0.0, TrackState.ABSENT)
        return None

    def _record(self, frame: Frame, targets: Iterable[Target]) -> None:
        for target in targets:
            before = self._log.before(target.id, frame.index)
            self._log.record(frame.index, frame.time_s, [target])
            kind = transition(before[1].state if before else None, target.state)
            if kind == "lost":
                self._emit(events.TargetLost(target.id, frame.index, frame.time_s))
            elif kind == "reacquired":
                self._emit(events.TargetReacquired(target.id, frame.index, frame.time_s))

    def _resume(self, target: int, upto: Frame, seen: tuple[int, Target], rewind: bool, run_up: bool = True) -> bool:
        """Start the tracker from a box of the track and bring it to just before ``upto``; whether it could be."""
        index, box = seen[0], seen[1].box
        assert self.tracker is not None and box is not None, "there is a tracker and a box to start from"
        first = upto if index == upto.index else self._frame_at(index) if rewind else None
        try:
            self.tracker.init(first or upto, {target: box}, drawn={target: self._drawn(target, index, rewind)})
        except FormatError:
            return False
        self.set_focus(self._focus)
        if run_up and first is not None and upto.index - index <= RESUME_LIMIT:
            for between in range(index + 1, upto.index):
                frame = self._frame_at(between)
                if frame is not None:
                    self.tracker.update(frame, (target,))
        self._at[target] = upto.index
        return True

    def _drawn(self, target: int, frame: int, rewind: bool) -> list[Drawn]:
        """The boxes drawn of a target: the first, and the nearest to this frame."""
        frame_at = self._frame_at if rewind else _no_picture
        marks = [mark for mark in keyframes(target, self._log.rows(target)) if mark.box is not None]
        marks = [mark for mark in marks if mark.kind in (START, DRAWN)]
        nearest = sorted(marks[1:], key=lambda mark: abs(mark.frame - frame))[: MOST_DRAWN - 1]
        return [
            Drawn(mark.frame, mark.box, partial(frame_at, mark.frame)) for mark in [*marks[:1], *nearest] if mark.box
        ]


def _no_picture(frame: int) -> None:
    """Live frames are gone."""
