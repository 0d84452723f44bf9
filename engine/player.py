"""A source, the targets followed and the log together: which picture comes next, and who is tracked on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine import events
from engine.editor import Editor
from engine.edits import Edit
from engine.errors import SourceError
from engine.fill import Fill
from engine.followers import Followers, TrackerLike
from engine.frame_ring import FrameRing
from engine.overlay_cache import OverlayCache
from engine.reel import Reel, reel_of
from engine.sources import coming
from engine.sources.base import FrameSource, LiveFrameSource, SourceInfo
from engine.track_log import TrackLog
from engine.types import Box, Frame, FrameResult, Origin

LIVE_POLL_S = 0.05
NEAR = 24
"""Frames ahead of the decoder that are not worth showing less sharply."""
STEP_BACK = 12
"""Frames decoded before one that was stepped back to, so that the next steps back are at hand."""


class Player:
    """Moves through a source, tracks what is not yet tracked and shows from the log what is.

    Frames that have rows are not tracked again, unless it is asked for by :meth:`fill`. Where a target has no row
    before the frame shown (after its box was drawn on an earlier frame, or a jump forward), playing first goes back
    to track those frames: every frame is tracked. Belongs to one thread.
    """

    def __init__(self, log: TrackLog, emit: Callable[[events.Event], None]) -> None:
        self.log = log
        self.source: FrameSource | None = None
        self.current: Frame | None = None
        self.generation = 0
        self.rough = False  # whether the picture shown is not as sharp as it could be
        self._emit = emit
        self._followers = Followers(log, emit, self._frame)
        self.editor = Editor(log, self._followers, emit)
        self._fill: Fill | None = None
        self._ring = FrameRing()
        self._reel: Reel | None = None
        self._overlays = OverlayCache()
        self._next: int | None = 0  # what source.read() returns next; None: not known
        self._position = -1
        self._catch_up: tuple[int, int] | None = None  # from, to

    @property
    def tracker(self) -> TrackerLike | None:
        """What tracks, or None while there is nothing."""
        return self._followers.tracker

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
        """Whether a target was not yet tracked up to the frame shown."""
        hole = self._followers.hole(0)
        return hole is not None and hole <= self._position

    @property
    def filling(self) -> bool:
        """Whether :meth:`fill` is under way."""
        return self._fill is not None

    def open(self, source: FrameSource) -> SourceInfo:
        """Take this source; the log and all targets are forgotten."""
        self.close()
        self.source = source
        live = source.info.live
        self._reel = reel_of(source)
        self._ring = FrameRing() if live else FrameRing(seconds=1e9, frames=2 * STEP_BACK, max_bytes=48 << 20)
        return source.info

    def close(self) -> None:
        """Let go of the source, the log's rows and all targets."""
        if self.source is not None:
            self.source.close()
        if self._reel is not None:
            self._reel.close()
        self.end_fill()
        self.source = self.current = self._reel = None
        self.rough = False
        self._followers.forget_all()
        self.log.clear()
        self._ring.clear()
        self._overlays.clear()
        self._next, self._position, self._catch_up = 0, -1, None

    def set_tracker(self, tracker: TrackerLike | None) -> None:
        """Track with this one from now on; targets go on from their last boxes."""
        self._followers.set_tracker(tracker)

    def set_focus(self, target: int | None) -> None:
        """Whose attention, regions and proposals are published."""
        self._followers.set_focus(target)

    def show(self, index: int, quick: bool = False) -> FrameResult:
        """Go to this frame; what the log holds of it is shown, nothing is tracked. Raises SourceError.

        With ``quick`` a picture that is there already is preferred to a sharp one, see :meth:`sharpen`.
        """
        source = self._open_source()
        if self.live:
            raise SourceError("A live source cannot be rewound: only its newest frame can be shown.")
        self._catch_up = None
        small = self._small(index) if quick else None
        if small is not None:
            result = self._arrive(small, self._from_log(small))
            self.rough = True
            return result
        if not quick and 0 < self._position - index <= 2 * STEP_BACK and self._ring.get(index) is None:
            for before in range(max(index - STEP_BACK, 0), index):
                self._frame(before)
        frame = self._frame(index)
        if frame is None:
            raise SourceError(f"Frame {index} is not there: the source has {source.info.frame_count} frames.")
        return self._arrive(frame, self._from_log(frame))

    def sharpen(self) -> FrameResult | None:
        """The frame shown, as sharp as it is in the file; None where that is gone."""
        self.rough = False
        frame = self._frame(self._position)
        return None if frame is None else self._arrive(frame, self._from_log(frame))

    def advance(self, track: bool = True) -> FrameResult | None:
        """The next frame with all targets tracked on it; None at the end, or when a live source has nothing yet."""
        if self.live:
            return self._advance_live()
        track = track and self.tracker is not None
        if track:
            self._begin_catch_up()
        index = self._position + 1
        if self._catch_up is not None:  # what is tracked already is not shown again on the way
            index = min(self._followers.hole(index) or index, self._catch_up[1])
        frame = self._frame(index)
        if frame is None:
            return None
        due = self._followers.due(frame.index) if track else []
        return self._arrive(frame, self._track(frame, due) if due else self._from_log(frame))

    def start(
        self, target: int, box: Box, frame_index: int, edit: Edit | None = None, keep: bool = False
    ) -> FrameResult:
        """(Re)start a target with this box on this frame, see :meth:`engine.editor.Editor.start`.

        A live source that no longer holds the frame starts it on the newest one; frames that came since are caught
        up. Raises FormatError for a useless box; the track is then as it was.
        """
        frame = self._frame_to_start_on(frame_index)
        result = self.editor.start(edit or Edit(), target, box, frame, not self.live, keep)
        self._catch_up = None
        manual = result.targets[0].origin is Origin.MANUAL
        self._emit(events.TargetStarted(target, frame.index, frame_index, manual))
        result = self._arrive(frame, self._publish(result))
        if self.live:
            for later in self._ring.after(frame.index):
                result = self._arrive(later, self._track(later, [target]))
        return result

    def begin_fill(self, edit: Edit, target: int, backwards: bool) -> None:
        """Track a target anew from the frame shown to its next keyframe, or to the one before; :meth:`fill` goes on.

        Raises FormatError if there is nothing to track.
        """
        self.end_fill()
        if self.current is None or self.live:
            raise SourceError("Only a video can be tracked again: open a file.")
        self._catch_up = None
        if self.rough:
            self.sharpen()
        fill = Fill(self.log, self._followers, self._frame, edit, target, backwards)
        fill.begin(self.current)
        self._fill = fill

    def fill(self) -> FrameResult | None:
        """The next frame of what :meth:`begin_fill` began, or None when it is done."""
        following = None if self._fill is None else self._fill.next()
        if self._fill is None or following is None:
            self.end_fill()
            return None
        what = "Tracking backwards" if self._fill.backwards else "Tracking again"
        self._emit(events.Progress(what, *self._fill.progress))
        return self._arrive(following[0], self._publish(following[1]))

    def end_fill(self) -> None:
        """Leave what :meth:`begin_fill` began."""
        if self._fill is not None:
            self._fill.end()
            self._emit(events.TargetChanged(self._fill.target, self._followers.followed(self._fill.target)))
            self._fill = None

    def again(self) -> FrameResult | None:
        """The frame shown with what the log now holds of it, or None if there is none."""
        return None if self.current is None else self._from_log(self.current)

    def _open_source(self) -> FrameSource:
        if self.source is None:
            raise SourceError("Nothing is open: open a video, a folder of images or a camera first.")
        return self.source

    def _frame(self, index: int) -> Frame | None:
        held = self._ring.get(index)
        if held is not None:
            return held
        source = self._open_source()
        info = source.info
        if info.frame_count is not None and info.count_exact and index >= info.frame_count:
            return None
        if self._next != index:
            self._next = None
            source.seek(index)
        frame = source.read()
        self._next = index if frame is None else frame.index + 1
        if frame is not None:
            self._ring.add(frame)
        return frame

    def _small(self, index: int) -> Frame | None:
        """A small copy of a frame that would take long to be decoded, blown up; None where there is none."""
        near = self._next is not None and 0 <= index - self._next <= NEAR
        if self._reel is None or near or self._ring.get(index) is not None:
            return None
        self._reel.want(index)
        info = self._open_source().info
        return self._reel.get(index, (info.width, info.height))

    def _frame_to_start_on(self, index: int) -> Frame:
        if self.current is not None and self.current.index == index and not self.rough:
            return self.current
        if self.live and self.current is None:
            self._advance_live()
        frame = (self._ring.get(index) or self.current) if self.live else self._frame(index)
        if frame is None:
            raise SourceError(f"Frame {index} is not there: draw the box on a frame that is shown.")
        return frame

    def _begin_catch_up(self) -> None:
        hole = self._followers.hole(0)
        if hole is not None and hole <= self._position:
            goal = self._position if self._catch_up is None else max(self._position, self._catch_up[1])
            self._catch_up = (hole - 1, goal)
            self._position = hole - 1

    def _arrive(self, frame: Frame, result: FrameResult) -> FrameResult:
        self.current, self._position, self.rough = frame, frame.index, False
        self.editor.frame = frame
        if self._catch_up is not None:
            start, goal = self._catch_up
            self._emit(events.Progress("Catching up", frame.index - start, goal - start))
            if frame.index >= goal:
                self._catch_up = None
        return result

    def _advance_live(self) -> FrameResult | None:
        source = self._open_source()
        frame = source.poll(LIVE_POLL_S) if isinstance(source, LiveFrameSource) else source.read()
        if frame is None:
            return None
        self._ring.add(frame)
        due = self._followers.due(frame.index) if self.tracker is not None else []
        return self._arrive(frame, self._track(frame, due))

    def _track(self, frame: Frame, due: list[int]) -> FrameResult:
        ahead = coming(self._open_source())
        following = ahead if ahead is not None and ahead.index == frame.index + 1 else None
        return self._publish(self._followers.track(frame, due, not self.live, following))

    def _publish(self, result: FrameResult) -> FrameResult:
        self._overlays.keep(result)
        return self._stamp(replace(result, targets=self.log.at(result.frame.index)))

    def _from_log(self, frame: Frame) -> FrameResult:
        return self._stamp(self._overlays.result(frame, self.log.at(frame.index)))

    def _stamp(self, result: FrameResult) -> FrameResult:
        return replace(result, dropped=self._open_source().dropped, generation=self.generation)
