"""A source, a tracker and the log together: which picture comes next, and who has to be tracked on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from enum import Enum
from typing import Protocol

from engine import events
from engine.backends.base import Backend
from engine.errors import FormatError, SourceError
from engine.frame_ring import FrameRing
from engine.overlay_cache import OverlayCache
from engine.sources.base import FrameSource, LiveFrameSource, SourceInfo
from engine.track_log import Rows, TrackLog, transition
from engine.types import Box, Frame, FrameResult, Origin, Target, TrackState

LIVE_POLL_S = 0.05
STEP_BACK = 12
"""Frames decoded ahead of one stepped back to, so that the next steps back are at hand."""
RESUME_LIMIT = 150
"""Frames that are tracked anew to bring a tracker back to where the log ends."""


class TrackerLike(Protocol):
    """What the player drives: :class:`engine.tracking.multi.MultiTracker` or a stand-in."""

    backend: Backend
    focus: int | None

    @property
    def targets(self) -> tuple[int, ...]:
        """Ids being tracked."""
        ...

    def init(self, frame: Frame, boxes: Mapping[int, Box], manual: bool = False) -> FrameResult:
        """(Re)start these targets on this frame. Raises FormatError for a useless box."""
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


class Following(Enum):
    """How a target is carried on past the end of its rows."""

    TRACKED = "the tracker's state belongs to the last row"
    STALE = "the tracker must be started again from the last box"
    PARKED = "the user said it is absent: rows say so until a box is drawn"


class Player:
    """Moves through a source, tracks what is not yet tracked and shows from the log what is.

    Frames that have rows are never tracked again. A target that is behind the frame shown (after a box was drawn
    on an earlier frame, or a jump forward) is caught up by going back to its last row: every frame is tracked.
    Not thread-safe: it belongs to one thread.
    """

    def __init__(self, log: TrackLog, emit: Callable[[events.Event], None]) -> None:
        self.log = log
        self.tracker: TrackerLike | None = None
        self.source: FrameSource | None = None
        self.current: Frame | None = None
        self.generation = 0
        self._emit = emit
        self._focus: int | None = None
        self._following: dict[int, Following] = {}
        self._ring = FrameRing()
        self._overlays = OverlayCache()
        self._next: int | None = 0  # what source.read() returns next, None: not known
        self._position = -1
        self._catch_up: tuple[int, int] | None = None  # from, to

    @property
    def live(self) -> bool:
        """Whether the open source is live."""
        return self.source is not None and self.source.info.live

    @property
    def position(self) -> int:
        """The frame shown, -1 before the first."""
        return self._position

    @property
    def catching_up(self) -> bool:
        """Whether frames go by only to be tracked, up to where the user was."""
        return self._catch_up is not None

    @property
    def behind(self) -> bool:
        """Whether a target has no row yet on a frame at or before the one shown."""
        return self._oldest() < self._position

    def open(self, source: FrameSource) -> SourceInfo:
        """Take this source; the log and all targets are forgotten."""
        self.close()
        self.source = source
        live = source.info.live
        self._ring = FrameRing() if live else FrameRing(seconds=1e9, frames=24, max_bytes=48 << 20)
        return source.info

    def close(self) -> None:
        """Let go of the source, the log's rows and all targets."""
        if self.source is not None:
            self.source.close()
        self.source = self.current = None
        for target in tuple(self._following):
            self._forget(target)
        self.log.clear()
        self._ring.clear()
        self._overlays.clear()
        self._next, self._position, self._catch_up, self._focus = 0, -1, None, None

    def set_tracker(self, tracker: TrackerLike | None) -> None:
        """Track with this one from now on; targets go on from their last boxes."""
        self.tracker = tracker
        for target, how in self._following.items():
            if how is Following.TRACKED:
                self._following[target] = Following.STALE

    def set_focus(self, target: int | None) -> None:
        """Whose attention, regions and proposals are published."""
        self._focus = target
        if self.tracker is not None and target in self.tracker.targets:
            self.tracker.focus = target

    def show(self, index: int) -> FrameResult:
        """Go to this frame; what the log holds of it is shown, nothing is tracked."""
        source = self._open_source()
        if self.live:
            raise SourceError("A live source cannot be rewound: only its newest frame can be shown.")
        self._catch_up = None
        back = self._position - index
        if 0 < back <= 2 * STEP_BACK and self._ring.get(index) is None:
            for ahead in range(max(index - STEP_BACK, 0), index):
                self._frame(ahead)
        frame = self._frame(index)
        if frame is None:
            count = source.info.frame_count
            raise SourceError(f"Frame {index} is not there: the source has {count} frames.")
        return self._arrive(frame, self._from_log(frame))

    def advance(self, track: bool = True) -> FrameResult | None:
        """The next frame with all targets tracked on it; None at the end, or when a live source has nothing yet."""
        if self.live:
            return self._advance_live()
        track = track and self.tracker is not None
        if track:
            self._begin_catch_up()
        frame = self._frame(self._position + 1)
        if frame is None:
            return None
        due = [t for t in self._following if (self._last(t) or 0) < frame.index] if track else []
        result = self._track(frame, due) if due else self._from_log(frame)
        return self._arrive(frame, result)

    def start(self, target: int, box: Box, frame_index: int) -> FrameResult:
        """(Re)start a target with this box on this frame; its rows from there on are replaced.

        A live source that no longer holds the frame starts it on the newest one. Raises FormatError for a useless
        box; the track is then as it was.
        """
        if self.tracker is None:
            raise SourceError("Tracking is not ready: the networks are not loaded.")
        frame = self._frame_to_start_on(frame_index)
        manual = target in self.log.targets
        result = self.tracker.init(frame, {target: box}, manual=manual)
        self.set_focus(target if self._focus is None else self._focus)
        self.log.truncate(target, frame.index)
        self._record(frame, result.targets)
        self._following[target] = Following.TRACKED
        self._catch_up = None
        self._emit(events.TargetStarted(target, frame.index, frame_index, manual))
        result = self._arrive(frame, self._publish(result))
        if self.live:
            for later in self._ring.after(frame.index):
                result = self._arrive(later, self._track(later, [target]))
        return result

    def mark_absent(self, target: int, frame_index: int) -> None:
        """The user says the target is not there from this frame on, until a box is drawn."""
        self.log.truncate(target, frame_index)
        if self.tracker is not None:
            self.tracker.remove(target)
        self._following[target] = Following.PARKED
        if self.current is not None and self.current.index == frame_index:
            self._record(self.current, [_absent(target)])
        self._emit(events.TargetChanged(target))

    def remove(self, target: int, from_frame: int | None = None) -> None:
        """Stop a target; its rows from ``from_frame`` on are taken back (None: all, as if it had never been)."""
        self._forget(target)
        self.log.truncate(target, 0 if from_frame is None else from_frame)
        self._emit(events.TargetChanged(target, removed=True))

    def restore(self, target: int, rows: Rows) -> None:
        """Undo: put these rows in the place of the target's rows and carry on from their end."""
        self._forget(target)
        self.log.restore(target, rows)
        if len(rows):
            last = self.log.get(target, int(rows["frame"][-1]))
            parked = last is not None and last.state is TrackState.ABSENT
            self._following[target] = Following.PARKED if parked else Following.STALE
        self._emit(events.TargetChanged(target, removed=not len(rows)))

    def again(self) -> FrameResult | None:
        """The frame shown with what the log now holds of it, or None if there is none."""
        return None if self.current is None else self._from_log(self.current)

    # --- frames

    def _open_source(self) -> FrameSource:
        if self.source is None:
            raise SourceError("Nothing is open: open a video, a folder of images or a camera first.")
        return self.source

    def _frame(self, index: int) -> Frame | None:
        held = self._ring.get(index)
        if held is not None:
            return held
        source = self._open_source()
        if self._next != index:
            self._next = None
            source.seek(index)
        frame = source.read()
        self._next = None if frame is None else frame.index + 1
        if frame is not None:
            self._ring.add(frame)
        return frame

    def _frame_to_start_on(self, index: int) -> Frame:
        if self.current is not None and self.current.index == index:
            return self.current
        if self.live:
            frame = self._ring.get(index) or self.current
        else:
            frame = self._frame(index)
        if frame is None:
            raise SourceError(f"Frame {index} is not there: draw the box on a frame that is shown.")
        return frame

    def _arrive(self, frame: Frame, result: FrameResult) -> FrameResult:
        self.current, self._position = frame, frame.index
        if self._catch_up is not None:
            start, goal = self._catch_up
            self._emit(events.Progress("Catching up", frame.index - start, goal - start))
            if frame.index >= goal:
                self._catch_up = None
        return result

    # --- tracking

    def _last(self, target: int) -> int | None:
        return self.log.last_frame(target)

    def _oldest(self) -> int:
        lasts = (self._last(target) for target in self._following)
        return min((last for last in lasts if last is not None), default=self._position)

    def _begin_catch_up(self) -> None:
        oldest = self._oldest()
        if oldest < self._position:
            goal = self._position if self._catch_up is None else max(self._position, self._catch_up[1])
            self._catch_up = (oldest, goal)
            self._position = oldest

    def _advance_live(self) -> FrameResult | None:
        source = self._open_source()
        frame = source.poll(LIVE_POLL_S) if isinstance(source, LiveFrameSource) else source.read()
        if frame is None:
            return None
        self._ring.add(frame)
        due = list(self._following) if self.tracker is not None else []
        return self._arrive(frame, self._track(frame, due))

    def _track(self, frame: Frame, due: Iterable[int]) -> FrameResult:
        due = list(due)
        parked = [target for target in due if self._following[target] is Following.PARKED]
        followed = [target for target in due if target not in parked]
        for target in followed:
            if self._following[target] is Following.STALE:
                self._resume(target, frame)
        followed = [target for target in followed if self._following[target] is Following.TRACKED]
        result = FrameResult(frame, ())
        if followed and self.tracker is not None:
            try:
                result = self.tracker.update(frame, followed)
            except Exception:
                self._following.update(dict.fromkeys(followed, Following.STALE))
                raise
        self._record(frame, [*result.targets, *(_absent(t) for t in due if t not in followed)])
        return self._publish(result)

    def _record(self, frame: Frame, targets: Iterable[Target]) -> None:
        for target in targets:
            last = self._last(target.id)
            before = None if last is None else self.log.get(target.id, last)
            self.log.record(frame.index, frame.time_s, [target])
            kind = transition(before.state if before else None, target.state)
            if kind == "lost":
                self._emit(events.TargetLost(target.id, frame.index, frame.time_s))
            elif kind == "reacquired":
                self._emit(events.TargetReacquired(target.id, frame.index, frame.time_s))

    def _resume(self, target: int, upto: Frame) -> None:
        """Bring the tracker to the state that belongs to the target's last row."""
        seen = self.log.last_seen(target)
        if seen is None or self.tracker is None:
            self._following[target] = Following.PARKED
            return
        index, row = seen
        assert row.box is not None, "last_seen returns rows with a box"
        first = upto if self.live else self._frame(index)
        try:
            self.tracker.init(first or upto, {target: row.box})
        except FormatError:
            self._following[target] = Following.PARKED
            return
        self.set_focus(self._focus)
        if not self.live and upto.index - index <= RESUME_LIMIT:
            for between in range(index + 1, upto.index):
                frame = self._frame(between)
                if frame is not None:
                    self.tracker.update(frame, (target,))
        self._following[target] = Following.TRACKED

    def _forget(self, target: int) -> None:
        self._following.pop(target, None)
        self._focus = None if self._focus == target else self._focus
        if self.tracker is not None:
            self.tracker.remove(target)

    # --- results

    def _from_log(self, frame: Frame) -> FrameResult:
        return self._stamp(self._overlays.result(frame, self.log.at(frame.index)))

    def _publish(self, result: FrameResult) -> FrameResult:
        self._overlays.keep(result)
        return self._stamp(replace(result, targets=self.log.at(result.frame.index)))

    def _stamp(self, result: FrameResult) -> FrameResult:
        return replace(result, dropped=self._open_source().dropped, generation=self.generation)


def _absent(target: int) -> Target:
    return Target(target, None, 0.0, TrackState.ABSENT, Origin.MANUAL)
