"""The values that travel between threads: frozen, with read-only arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float64Array = NDArray[np.float64]
Float32Array = NDArray[np.float32]
UInt8Array = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels: top-left corner, width, height; continuous, so a whole frame is 0, 0, W, H."""

    x: float
    y: float
    w: float
    h: float

    @property
    def center(self) -> tuple[float, float]:
        """Centre x, y in pixels."""
        return self.x + self.w / 2, self.y + self.h / 2

    @property
    def side(self) -> float:
        """Side of the square of the same area."""
        return float(self.area**0.5)

    @property
    def area(self) -> float:
        """Area in square pixels."""
        return self.w * self.h

    def as_array(self) -> Float64Array:
        """The box as ``(4,) float64`` x, y, w, h."""
        return np.array([self.x, self.y, self.w, self.h], dtype=np.float64)

    @staticmethod
    def from_array(values: Any) -> Box:
        """A box of any sequence of four numbers x, y, w, h."""
        x, y, w, h = (float(v) for v in values)
        return Box(x, y, w, h)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a source.

    ``image`` is ``(H, W, 3) uint8`` BGR and read-only; ``index`` counts from 0 in presentation order (for a
    live source in the camera's count, so drops show as gaps); ``time_s`` is media time from the start;
    ``arrival_s`` is ``time.monotonic()`` at the grab, for live sources only.
    """

    index: int
    time_s: float
    image: UInt8Array
    arrival_s: float | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width, height in pixels."""
        return self.image.shape[1], self.image.shape[0]


class TrackState(StrEnum):
    """What is claimed of a target on a frame. ``reacquired`` is an event, not a state."""

    INIT = "init"
    TRACKED = "tracked"
    UNCERTAIN = "uncertain"
    LOST = "lost"
    MANUAL = "manual"
    ABSENT = "absent"


class Origin(StrEnum):
    """Where a box comes from."""

    INIT = "init"
    TRACK = "track"
    MANUAL = "manual"
    INTERPOLATED = "interpolated"


class ProposalKind(StrEnum):
    """Which part of the tracker proposed a candidate box."""

    LOCAL = "local"
    LOCATED = "located"
    GLOBAL = "global"


PROPOSAL_KINDS: tuple[ProposalKind, ...] = (ProposalKind.LOCAL, ProposalKind.LOCATED, ProposalKind.GLOBAL)
"""``Proposals.kind`` holds indices into this tuple."""


@dataclass(frozen=True, slots=True)
class Target:
    """One target on one frame. ``box`` is None when lost or absent; ``search`` is the search region looked at."""

    id: int
    box: Box | None
    confidence: float
    state: TrackState
    origin: Origin = Origin.TRACK
    search: Box | None = None


@dataclass(frozen=True, slots=True, eq=False)
class AttentionMap:
    """Global attention: ``values`` ``(h, w) float32`` in 0..1 that cover ``region`` of the frame, in frame pixels.

    ``region`` may reach past the frame where the frame was letterboxed.
    """

    values: Float32Array
    region: Box


@dataclass(frozen=True, slots=True, eq=False)
class Proposals:
    """Candidate boxes: ``boxes`` ``(N, 4) float64``, ``scores`` ``(N,) float64`` in 0..1, ``kind`` ``(N,) uint8``."""

    boxes: Float64Array
    scores: Float64Array
    kind: UInt8Array


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place where the target may be: ``confidence`` is 0..1."""

    box: Box
    confidence: float


class Verdict(StrEnum):
    """What came of comparing the near place with another one."""

    NOT_COMPARED = "not compared"
    NOTHING_FAR = "nothing far"
    STAYED = "stayed"
    WAITING = "waiting"
    JUMPED = "jumped"
    KEPT_COURSE = "kept course"


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a target stayed where it was or jumped on one frame.

    A far place wins if its confidence is above ``near.confidence + margin`` and above ``floor``, on ``needed``
    frames in a row, of which this is number ``agreeing``; with ``desperate`` (lost, or failing for long) the first
    one is enough. ``bystander``: attention saw something at the far place while the target was in hand.
    The verdict "kept course" is of two near places, ``far`` being where the target was expected.
    """

    near: Candidate
    far: Candidate | None
    verdict: Verdict
    margin: float = 0.0
    floor: float = 0.0
    agreeing: int = 0
    needed: int = 1
    desperate: bool = False
    bystander: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class MemoryPatch:
    """A view of the target that the tracker remembers: ``image`` is ``(n, n, 3) uint8`` BGR, read-only.

    The ``first`` one is what the user showed, and stays.
    """

    frame_index: int
    image: UInt8Array
    first: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Why:
    """What the focused target's tracker went by; ``memory`` stays the same object until something is remembered."""

    target: int
    decision: Decision | None = None
    memory: tuple[MemoryPatch, ...] = ()


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds spent by stage on one frame. Stages may overlap, so ``total_ms`` can be less than their sum."""

    stages: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    total_ms: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class FrameResult:
    """Everything that is known of one frame; frame and overlays travel together.

    ``regions`` is ``(R, 4) float64``: boxes of the attention map's regions. ``attention``, ``regions``, ``proposals``
    and ``why`` belong to the focused target. ``dropped`` counts the live frames lost so far; results of an
    older ``generation`` (before the last open, seek or re-init) are ignored by whoever shows them.
    """

    frame: Frame
    targets: tuple[Target, ...]
    attention: AttentionMap | None = None
    regions: Float64Array = field(default_factory=lambda: read_only(np.zeros((0, 4))))
    proposals: Proposals | None = None
    timings: Timings = field(default_factory=Timings)
    dropped: int = 0
    generation: int = 0
    why: Why | None = None


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """The same array, locked against writing, so that it may cross threads."""
    array.flags.writeable = False
    return array
