"""The targets that are being followed, and whether the tracker stands where their rows end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from enum import Enum
from typing import Protocol

from engine import events
from engine.backends.base import Backend
from engine.errors import BackendError, FormatError
from engine.track_log import Rows, TrackLog, transition
from engine.types import Box, Frame, FrameResult, Origin, Target, TrackState

RESUME_LIMIT = 150
"""Frames that are tracked once more to bring a tracker back to where the rows end."""


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

    def init(self, frame: Frame, boxes: Mapping[int, Box], manual: bool = False) -> FrameResult:
        """(Re)start these targets on this frame. Raises FormatError for a useless box, Cancelled when pressed."""
        ...

    def update(self, frame: Frame, only: Collection[int] | None = None) -> FrameResult:
        """Track all targets, or only these, on this frame."""
        ...

    def remove(self, target: int) -> None:
        """Stop tracking this target."""
        ...

    def close(self) -> None:
        """Free what the tracker holds, not the backend."""
        ...


class _Way(Enum):
    TRACKED = "the tracker's state belongs to the last row"
    STALE = "the tracker must be started again from the last box"
    PARKED = "the user said it is absent: rows say so until a box is drawn"


class Followers:
    """Carries targets on past the end of their rows and writes the rows. Belongs to one thread.

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
        self._ways: dict[int, _Way] = {}
        self._focus: int | None = None

    @property
    def oldest(self) -> int | None:
        """The frame on which the target that is farthest behind was tracked last, or None without targets."""
        lasts = (self._log.last_frame(target) for target in self._ways)
        return min((last for last in lasts if last is not None), default=None)

    def due(self, index: int) -> list[int]:
        """The targets that have no row on this frame nor on a later one."""
        lasts = {target: self._log.last_frame(target) for target in self._ways}
        return [target for target, last in lasts.items() if last is None or last < index]

    def set_tracker(self, tracker: TrackerLike | None) -> None:
        """Track with this one from now on; targets go on from their last boxes."""
        self.tracker = tracker
        for target, way in self._ways.items():
            if way is _Way.TRACKED:
                self._ways[target] = _Way.STALE

    def set_focus(self, target: int | None) -> None:
        """Whose attention, regions and proposals are published."""
        self._focus = target
        if self.tracker is not None and target in self.tracker.targets:
            self.tracker.focus = target

    def start(self, target: int, box: Box, frame: Frame) -> tuple[FrameResult, bool]:
        """(Re)start a target; its rows from the frame on are replaced. Returns the result and whether it had rows.

        Raises FormatError for a useless box; the track is then as it was.
        """
        if self.tracker is None:
            raise BackendError("Tracking is not ready because the networks are not loaded: run attntrack doctor.")
        manual = target in self._log.targets
        result = self.tracker.init(frame, {target: box}, manual=manual)
        self.set_focus(target if self._focus is None else self._focus)
        self._log.truncate(target, frame.index)
        self._record(frame, result.targets)
        self._ways[target] = _Way.TRACKED
        return result, manual

    def track(self, frame: Frame, due: Iterable[int], can_rewind: bool) -> FrameResult:
        """Follow these targets to this frame and write their rows. ``can_rewind``: earlier frames can be had."""
        due = list(due)
        for target in due:
            if self._ways[target] is _Way.STALE:
                self._resume(target, frame, can_rewind)
        followed = [target for target in due if self._ways[target] is _Way.TRACKED]
        result = FrameResult(frame, ())
        if followed and self.tracker is not None:
            try:
                result = self.tracker.update(frame, followed)
            except Exception:
                self._ways.update(dict.fromkeys(followed, _Way.STALE))  # nobody knows how far it came
                raise
        self._record(frame, [*result.targets, *(_absent(target) for target in due if target not in followed)])
        return result

    def park(self, target: int, frame_index: int, shown: Frame | None) -> None:
        """The target is absent from this frame on, until it is started anew."""
        self._log.truncate(target, frame_index)
        if self.tracker is not None:
            self.tracker.remove(target)
        self._ways[target] = _Way.PARKED
        if shown is not None and shown.index == frame_index:
            self._record(shown, [_absent(target)])

    def forget(self, target: int) -> None:
        """Stop following a target; its rows stay."""
        self._ways.pop(target, None)
        self._focus = None if self._focus == target else self._focus
        if self.tracker is not None:
            self.tracker.remove(target)

    def forget_all(self) -> None:
        """Stop following every target."""
        for target in tuple(self._ways):
            self.forget(target)

    def restore(self, target: int, rows: Rows) -> None:
        """Put these rows in the place of the target's rows and carry on from their end."""
        self.forget(target)
        self._log.restore(target, rows)
        if len(rows):
            last = self._log.get(target, int(rows["frame"][-1]))
            parked = last is not None and last.state is TrackState.ABSENT
            self._ways[target] = _Way.PARKED if parked else _Way.STALE

    def _record(self, frame: Frame, targets: Iterable[Target]) -> None:
        for target in targets:
            last = self._log.last_frame(target.id)
            before = None if last is None else self._log.get(target.id, last)
            self._log.record(frame.index, frame.time_s, [target])
            kind = transition(before.state if before else None, target.state)
            if kind == "lost":
                self._emit(events.TargetLost(target.id, frame.index, frame.time_s))
            elif kind == "reacquired":
                self._emit(events.TargetReacquired(target.id, frame.index, frame.time_s))

    def _resume(self, target: int, upto: Frame, can_rewind: bool) -> None:
        """Bring the tracker to where the target's rows end, just before ``upto``."""
        seen = self._log.last_seen(target)
        if seen is None or seen[1].box is None or self.tracker is None:
            self._ways[target] = _Way.PARKED
            return
        index, box = seen[0], seen[1].box
        first = self._frame_at(index) if can_rewind else None
        try:
            self.tracker.init(first or upto, {target: box})
        except FormatError:
            self._ways[target] = _Way.PARKED
            return
        self.set_focus(self._focus)
        if first is not None and upto.index - index <= RESUME_LIMIT:
            for between in range(index + 1, upto.index):
                frame = self._frame_at(between)
                if frame is not None:
                    self.tracker.update(frame, (target,))
        self._ways[target] = _Way.TRACKED


def _absent(target: int) -> Target:
    return Target(target, None, 0.0, TrackState.ABSENT, Origin.MANUAL)
