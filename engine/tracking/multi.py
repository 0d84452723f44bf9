"""All targets of one source: the frame is encoded once, each target is followed on its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import numpy as np

from engine.backends.base import Backend
from engine.config import TrackerConfig
from engine.drawn import Drawn
from engine.errors import FormatError
from engine.geometry import clip_box
from engine.hurry import SOON
from engine.priority import give_way
from engine.tracking.attention import EncodedFrame, FrameEncoder
from engine.tracking.beside import Beside
from engine.tracking.foresight import Foreseen, Foresight
from engine.tracking.glance import AttentionSource, Glance, network
from engine.tracking.lessons import Lessons
from engine.tracking.recall import Recall
from engine.tracking.step import Step
from engine.tracking.survey import Survey
from engine.tracking.timing import ClockedBackend
from engine.tracking.tracker import TargetTracker
from engine.types import AttentionMap, Box, Float32Array, Frame, FrameResult, Origin, Target, TrackState

SMALLEST = 4.0
"""Pixels a side that a box needs inside the frame to be of use."""


def usable_box(box: Box, width: int, height: int) -> Box:
    """The box cut to the frame.

    Raises:
        FormatError: it is not finite, has no size, lies outside the frame or is too small to be followed.
    """
    if not np.isfinite(box.as_array()).all():
        raise FormatError("the box has values that are no numbers; give x,y,w,h in pixels")
    if box.w <= 0 or box.h <= 0:
        raise FormatError(f"the box has no size ({box.w:g} x {box.h:g}); give x,y,w,h with w and h above 0")
    inside_w = min(box.x + box.w, width) - max(box.x, 0.0)
    inside_h = min(box.y + box.h, height) - max(box.y, 0.0)
    if inside_w <= 0 or inside_h <= 0:
        raise FormatError(
            f"the box {box.x:g},{box.y:g},{box.w:g},{box.h:g} lies outside the frame of {width}x{height}; "
            "draw it on the picture"
        )
    if inside_w < SMALLEST or inside_h < SMALLEST:
        raise FormatError(f"the box is smaller than {SMALLEST:g} pixels inside the frame; draw a larger one")
    return clip_box(box, width, height)


class MultiTracker:
    """Follows any number of targets through the frames it is given.

    ``focus`` names the target whose attention, regions and proposals are published.
    """

    def __init__(
        self,
        backend: Backend,
        config: TrackerConfig | None = None,
        seed: int = 0,
        attention: AttentionSource = network,
    ) -> None:
        self._config = config or TrackerConfig()
        self.backend = backend
        self._clock = ClockedBackend(backend)
        self._encoder = FrameEncoder(self._clock)
        self._head: Mapping[str, Float32Array] = backend.head()
        self._seed = seed
        self._attention = attention
        self._trackers: dict[int, TargetTracker] = {}
        self._lessons: dict[int, Lessons] = {}
        self._executor = None if self._config.deterministic else ThreadPoolExecutor(1, "attntrack-learn", give_way)
        self._lane = ThreadPoolExecutor(1, "attntrack-attend") if backend.info.lanes > 1 else None
        # what comes next is not this frame's: it is neither hurried nor counted here
        self._foresight = None if self._lane is None else Foresight(backend, self._lane)
        self._last: Frame | None = None
        self._encoded: EncodedFrame | None = None
        self.focus: int | None = None

    @property
    def pressed(self) -> Callable[[], int]:
        """How urgently the caller is wanted back, see :mod:`engine.hurry`."""
        return self._clock.pressed

    @pressed.setter
    def pressed(self, pressed: Callable[[], int]) -> None:
        self._clock.pressed = pressed

    @property
    def targets(self) -> tuple[int, ...]:
        """Ids of the targets being followed."""
        return tuple(self._trackers)

    def init(
        self,
        frame: Frame,
        boxes: Mapping[int, Box],
        manual: bool = False,
        drawn: Mapping[int, Sequence[Drawn]] = MappingProxyType({}),
    ) -> FrameResult:
        """(Re)start these targets on this frame; ``manual`` marks the box as a correction by the user.

        ``drawn`` are boxes that the user drew of the targets on other frames: what they teach is learned too. If
        there are some, none of them on this frame, and the box is no correction, it counts as the tracker's own.

        Raises:
            FormatError: a box is of no use, see :func:`usable_box`; then nothing has changed.
            Cancelled: something more urgent came up, see :attr:`pressed`; then nothing has changed either.
        """
        good = {target: usable_box(box, *frame.size) for target, box in boxes.items()}
        self._clock.begin(patience=0)  # nothing is lost when this is done anew
        foreseen = None if self._foresight is None else self._foresight.take(frame)
        beside = Beside(self._lane)
        try:
            encoded = beside.start(partial(self._encode, frame, foreseen))
            steps = {
                target: self._start(target, frame, box, encoded, beside, manual, drawn.get(target, ()))
                for target, box in good.items()
            }
        finally:
            beside.settle()
        if self.focus not in self._trackers:
            self.focus = next(iter(good), None)
        return self._publish(frame, steps)

    def _start(
        self,
        target: int,
        frame: Frame,
        box: Box,
        encoded: Callable[[], EncodedFrame],
        beside: Beside,
        manual: bool,
        drawn: Sequence[Drawn],
    ) -> Step:
        """A tracker for this target in the place of the one before, if any."""
        tracker = self._make_tracker(target)
        others = [each for each in drawn if each.frame_index != frame.index]
        lessons = self._lessons.setdefault(target, Lessons())
        factor = self._config.search.factor
        taught = lessons.of(others, frame.index, self._clock, self._head, factor, self._seed, beside)
        certain = manual or len(others) < len(drawn) or not taught
        step = tracker.start(frame, box, encoded, beside, taught, certain)
        if tracker.lesson is not None:
            lessons.add(tracker.lesson)
        self._trackers[target] = tracker
        if not manual:
            return step
        return replace(step, target=replace(step.target, state=TrackState.MANUAL, origin=Origin.MANUAL))

    def _make_tracker(self, target: int) -> TargetTracker:
        # what looks beside tracking is not to be counted in the frame's time, nor to be hurried
        recall = Recall(self._clock, None) if self._lane is None else Recall(self.backend, self._executor)
        return TargetTracker(self._clock, self._config, self._head, target, self._seed, self._executor, recall)

    def update(self, frame: Frame, only: Collection[int] | None = None, coming: Frame | None = None) -> FrameResult:
        """Follow every target, or ``only`` these, to this frame; the others stay where they were.

        ``coming`` is the frame that is likely to be the next one, if it is known already: what does not depend on this
        one's result is then found out beside it. The results are the same without.
        """
        self._clock.begin(patience=SOON)  # what was learned would be lost: only for what makes it worthless
        if not self._trackers:
            return FrameResult(frame, (), timings=self._clock.lap())
        chosen = {i: t for i, t in self._trackers.items() if only is None or i in only}
        foreseen = None if self._foresight is None else self._foresight.take(frame)
        beside = Beside(self._lane)
        try:
            surveying = beside.start(partial(self._survey, frame, chosen, foreseen))
            looking = beside.offer([partial(tracker.look, frame) for tracker in chosen.values()])
            if self._foresight is not None and coming is not None and self._sees_whole(coming, chosen):
                self._foresight.begin(coming)
            sights = looking()
            seen = zip(chosen.values(), surveying().values(), sights, strict=True)
            found = beside.share([partial(tracker.step, frame, survey, sight) for tracker, survey, sight in seen])
        finally:
            beside.settle()  # nothing of this frame may be under way when this method ends
        steps = dict(zip(chosen, found, strict=True))
        return self._publish(frame, steps)

    def wait(self) -> None:
        """Finish what is under way beside tracking: the learning of every target, and what is found out in advance."""
        if self._foresight is not None:
            self._foresight.wait()
        for tracker in self._trackers.values():
            tracker.wait()

    def remove(self, target: int) -> None:
        """Stop following this target."""
        self._trackers.pop(target, None)
        if self.focus == target:
            self.focus = next(iter(self._trackers), None)

    def close(self) -> None:
        """Stop learning; the backend stays open."""
        for executor in (self._executor, self._lane):
            if executor is not None:
                executor.shutdown(wait=True, cancel_futures=True)
        self._trackers.clear()
        self._lessons.clear()

    def _survey(
        self, frame: Frame, chosen: Mapping[int, TargetTracker], foreseen: Future[Foreseen] | None
    ) -> dict[int, Survey]:
        """What the frame says of each target."""
        maps = self._attend(frame, chosen, foreseen)
        return {i: tracker.survey(frame, maps.get(i)) for i, tracker in chosen.items()}

    def _attend(
        self, frame: Frame, chosen: Mapping[int, TargetTracker], foreseen: Future[Foreseen] | None
    ) -> dict[int, AttentionMap]:
        """The attention map of each target."""
        every = self._config.attention.every
        if every == 0:
            return {}
        encoded: EncodedFrame | None = None
        if self._sees_whole(frame, chosen):
            encoded = self._encode(frame, foreseen)
        else:
            self._encoder.reset()  # the frames before the next whole one are not the last ones it has seen
        if frame.index % every:
            return {}
        maps = {
            i: self._attention(Glance(frame, tracker.failing, partial(tracker.attend, frame, encoded)))
            for i, tracker in chosen.items()
        }
        return {i: attention for i, attention in maps.items() if attention is not None}

    def _sees_whole(self, frame: Frame, chosen: Mapping[int, TargetTracker]) -> bool:
        """Whether the frame is encoded as a whole for any of these targets."""
        return self._config.attention.every > 0 and not all(each.takes_parts(frame) for each in chosen.values())

    def _encode(self, frame: Frame, foreseen: Future[Foreseen] | None) -> EncodedFrame:
        """The frame's features, computed once even if targets are added to a frame already seen."""
        if self._encoded is None or frame is not self._last:
            back = 0 if self._last is None else self._last.index - frame.index
            if back > 1 or (back == 0 and self._last is not None):  # rewound, or another source; 1: tracking backwards
                self._encoder.reset()
            seen = None if foreseen is None else foreseen.result()
            if seen is not None:
                self._clock.add("encode", seen.took_ms)
            self._encoded = self._encoder.encode(frame, None if seen is None else seen.features)
            self._last = frame
        return self._encoded

    def _publish(self, frame: Frame, steps: Mapping[int, Step]) -> FrameResult:
        targets: tuple[Target, ...] = tuple(step.target for step in steps.values())
        shown = steps.get(self.focus) if self.focus is not None else None
        shown = shown or next(iter(steps.values()), None)
        if shown is None:
            return FrameResult(frame, targets, timings=self._clock.lap())
        return FrameResult(
            frame,
            targets,
            shown.attention,
            shown.regions,
            shown.proposals,
            timings=self._clock.lap(),
            why=shown.why,
        )
