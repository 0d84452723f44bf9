"""Stand-ins for tests and trials: a tracker and a source that need no networks and no files, and a clip writer."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from engine.backends.base import Backend, BackendInfo, Feeds, Outputs
from engine.drawn import Drawn
from engine.errors import BackendError, FormatError, SourceError
from engine.geometry import clip_box, crop_square, search_region
from engine.sources.base import SourceInfo
from engine.testing_clip import moving_box, textured_image, write_clip
from engine.types import (
    AttentionMap,
    Box,
    Candidate,
    Decision,
    Float32Array,
    Frame,
    FrameResult,
    MemoryPatch,
    Origin,
    Proposals,
    Target,
    Timings,
    TrackState,
    UInt8Array,
    Verdict,
    Why,
    read_only,
)

__all__ = ["FakeBackend", "FakeSource", "FakeTracker", "moving_box", "textured_image", "write_clip"]

Truth = Callable[[int, int], Box | None]
"""Target id and frame index -> where it is, or None."""


class FakeSource:
    """A source of pictures made on the fly, with the frame number in the top-left pixels' colours.

    ``fail_at`` is a frame whose read raises SourceError; ``live`` makes it a source that cannot seek.
    """

    def __init__(
        self,
        frames: int = 100,
        size: tuple[int, int] = (320, 240),
        fps: float = 30.0,
        fail_at: int | None = None,
        live: bool = False,
    ) -> None:
        self._frames, self._size, self._fps, self._fail_at, self._live = frames, size, fps, fail_at, live
        self._next = 0
        self.closed = False
        self.reads: list[int] = []

    @property
    def info(self) -> SourceInfo:
        """What the source says of itself."""
        count = None if self._live else self._frames
        return SourceInfo("fake", *self._size, self._fps, count, self._live, "clock" if self._live else "fps")

    @property
    def dropped(self) -> int:
        """Always 0."""
        return 0

    def read(self) -> Frame | None:
        """The next frame, or None after the last one and after :meth:`close`."""
        index = self._next
        if self.closed or index >= self._frames:
            return None
        if index == self._fail_at:
            raise SourceError(f"Frame {index} cannot be read: the fake source was told to fail here.")
        self._next += 1
        self.reads.append(index)
        image = textured_image(index, *self._size)
        image[:4, :4] = (index & 255, index >> 8 & 255, 77)
        return Frame(index, index / self._fps, read_only(image), float(index) if self._live else None)

    def seek(self, index: int) -> None:
        """Make :meth:`read` return frame ``index`` next."""
        if self._live:
            raise SourceError("A live source cannot be rewound: only its newest frame can be shown.")
        if not 0 <= index < self._frames:
            raise SourceError(f"Frame {index} is not there: choose one from 0 to {self._frames - 1}.")
        self._next = index

    def close(self) -> None:
        """Make :meth:`read` return None from now on."""
        self.closed = True


class FakeBackend(Backend):
    """A backend without networks: it knows its name and nothing else."""

    def __init__(self) -> None:
        self.closed = False

    @property
    def info(self) -> BackendInfo:
        """What it says of itself."""
        return BackendInfo("fake", "CPU", "fp32", "0")

    def run(self, graph: str, feeds: Feeds) -> Outputs:
        """Raises BackendError: there are no networks."""
        raise BackendError(f"The fake backend has no graph {graph}.")

    def head(self) -> Mapping[str, Float32Array]:
        """Nothing: there is no classifier."""
        return {}

    def warm_up(self) -> None:
        """Nothing to load."""

    def close(self) -> None:
        """Nothing to free."""
        self.closed = True


@dataclass
class _Followed:
    start: int
    box: Box
    memory: tuple[MemoryPatch, ...]


class FakeTracker:
    """The interface of the real multi-target tracker with plausible results and no networks.

    ``truth`` gives the boxes; without it, targets drift slowly from where they were started. ``lost`` holds
    spells of frames a target (or every target, key 0) is lost on, ``uncertain`` likewise. ``fail_at`` is a frame
    whose update raises BackendError. ``updates`` lists what was tracked as (frame, ids).
    """

    def __init__(
        self,
        truth: Truth | None = None,
        lost: Mapping[int, Sequence[range]] = MappingProxyType({}),
        uncertain: Mapping[int, Sequence[range]] = MappingProxyType({}),
        fail_at: int | None = None,
    ) -> None:
        self.backend = FakeBackend()
        self.pressed: Callable[[], int] = lambda: 0
        self.focus: int | None = None
        self.updates: list[tuple[int, tuple[int, ...]]] = []
        self.inits: list[tuple[int, tuple[int, ...], bool]] = []
        self.taught: dict[int, list[int]] = {}
        self.closed = False
        self._truth, self._lost, self._uncertain, self._fail_at = truth, lost, uncertain, fail_at
        self._followed: dict[int, _Followed] = {}

    @property
    def targets(self) -> tuple[int, ...]:
        """Ids being tracked."""
        return tuple(sorted(self._followed))

    def init(
        self,
        frame: Frame,
        boxes: Mapping[int, Box],
        manual: bool = False,
        drawn: Mapping[int, Sequence[Drawn]] = MappingProxyType({}),
    ) -> FrameResult:
        """(Re)start these targets on this frame. Raises FormatError for a box of no use."""
        width, height = frame.size
        for box in boxes.values():
            values = (box.x, box.y, box.w, box.h)
            outside = box.x >= width or box.y >= height or box.x + box.w <= 0 or box.y + box.h <= 0
            if not all(math.isfinite(v) for v in values) or min(box.w, box.h) < 1 or outside:
                raise FormatError(
                    "The box must lie in the frame and be at least one pixel wide and high: draw it again."
                )
        self.inits.append((frame.index, tuple(sorted(boxes)), manual))
        self.taught = {target: [each.frame_index for each in shown] for target, shown in drawn.items()}
        state, origin = (TrackState.MANUAL, Origin.MANUAL) if manual else (TrackState.INIT, Origin.INIT)
        targets = []
        for target, box in sorted(boxes.items()):
            clipped = clip_box(box, width, height)
            memory = (MemoryPatch(frame.index, _patch(frame, clipped), first=True),)
            self._followed[target] = _Followed(frame.index, clipped, memory)
            targets.append(Target(target, clipped, 1.0, state, origin, search_region(clipped, 4.0)))
        if self.focus not in self._followed:
            self.focus = min(boxes)
        return self._result(frame, targets)

    def update(self, frame: Frame, only: Collection[int] | None = None, coming: Frame | None = None) -> FrameResult:
        """Track all targets, or only these, on this frame."""
        if frame.index == self._fail_at:
            raise BackendError(f"Frame {frame.index} cannot be tracked: the fake tracker was told to fail here.")
        ids = [target for target in self.targets if only is None or target in only]
        self.updates.append((frame.index, tuple(ids)))
        return self._result(frame, [self._follow(target, frame) for target in ids])

    def remove(self, target: int) -> None:
        """Stop tracking this target."""
        self._followed.pop(target, None)
        if self.focus == target:
            self.focus = min(self._followed, default=None)

    def close(self) -> None:
        """Stop tracking everything."""
        self._followed.clear()
        self.closed = True

    def _follow(self, target: int, frame: Frame) -> Target:
        followed = self._followed[target]
        search = search_region(followed.box, 4.0)
        if self._truth is not None:
            box = self._truth(target, frame.index)
        else:
            age = frame.index - followed.start
            box = Box(followed.box.x + 0.5 * age, followed.box.y + 0.25 * age, followed.box.w, followed.box.h)
        if box is None or _scripted(self._lost, target, frame.index):
            return Target(target, None, 0.08, TrackState.LOST, Origin.TRACK, search)
        box = clip_box(box, *frame.size)
        if self._truth is not None:
            followed.box = box
        if _scripted(self._uncertain, target, frame.index):
            return Target(target, box, 0.42, TrackState.UNCERTAIN, Origin.TRACK, search)
        confidence = 0.9 + 0.08 * math.sin(frame.index / 9.0 + target)
        return Target(target, box, confidence, TrackState.TRACKED, Origin.TRACK, search)

    def _result(self, frame: Frame, targets: list[Target]) -> FrameResult:
        focused = next((t for t in targets if t.id == self.focus), None)
        timings = Timings(MappingProxyType({"features": 4.0, "attention": 5.0, "score": 3.0, "learn": 0.5}), 12.5)
        if focused is None:
            return FrameResult(frame, tuple(targets), timings=timings)
        around = focused.box if focused.box is not None else focused.search
        assert around is not None, "a fake target always has a search region"
        width, height = frame.size
        attention = AttentionMap(_blob(around, width, height), Box(0.0, 0.0, float(width), float(height)))
        regions = np.array([[around.x - 4, around.y - 4, around.w + 8, around.h + 8]])
        proposals = _proposals(around, focused.confidence, frame.index, width, height)
        why = Why(focused.id, _decision(around, focused.confidence), self._followed[focused.id].memory)
        return FrameResult(frame, tuple(targets), attention, read_only(regions), proposals, timings, why=why)


def _scripted(spells: Mapping[int, Sequence[range]], target: int, frame: int) -> bool:
    return any(frame in spell for spell in (*spells.get(target, ()), *spells.get(0, ())))


def _blob(around: Box, width: int, height: int) -> Any:
    rows, columns = 48, 80
    y, x = np.mgrid[0:rows, 0:columns]
    cx, cy = around.center
    dx = ((x + 0.5) * width / columns - cx) / max(around.w, 8.0)
    dy = ((y + 0.5) * height / rows - cy) / max(around.h, 8.0)
    return read_only(np.exp(-2.0 * (dx**2 + dy**2)).astype(np.float32))


def _decision(around: Box, confidence: float) -> Decision:
    """The far place is across the frame's corner and not good enough."""
    far = Candidate(Box(0.0, 0.0, around.w, around.h), 0.3)
    return Decision(Candidate(around, confidence), far, Verdict.STAYED, margin=0.1, floor=0.6, needed=3)


def _patch(frame: Frame, box: Box) -> UInt8Array:
    return read_only(crop_square(frame.image, search_region(box, 2.0), 64)[0])


def _proposals(around: Box, confidence: float, seed: int, width: int, height: int) -> Proposals:
    random = np.random.default_rng(seed)
    near = around.as_array() + random.normal(0, 0.12, (200, 4)) * max(around.w, around.h)
    far = np.column_stack([random.uniform(0, width, 56), random.uniform(0, height, 56), np.full((56, 2), 40.0)])
    boxes = np.vstack([near, far])
    boxes[:, 2:] = np.maximum(boxes[:, 2:], 4.0)
    scores = np.r_[random.uniform(0, confidence, 200), random.uniform(0, 0.3, 56)]
    kind = np.r_[np.zeros(180), np.ones(20), np.full(56, 2)].astype(np.uint8)
    return Proposals(read_only(boxes), read_only(scores), read_only(kind))
