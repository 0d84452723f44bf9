"""How well global attention finds the target by itself: no tracker, no prior place, the first frame as all it knows."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from engine.backends.base import Backend
from engine.clip_frames import frames_of
from engine.config import AttentionConfig, SearchConfig
from engine.datasets import Clip
from engine.tracking.attention import INPUT_SIZES, RING, FrameEncoder, frame_variant
from engine.tracking.gaze import Gaze
from engine.tracking.memory import TargetMemory, shown
from engine.tracking.regions import DEFAULT_CONFIG, Region, find_regions
from engine.tracking.view import as_frame, look
from engine.types import AttentionMap, Box, Float64Array, Frame

EVERY = 10
NEAR_PX = 8.0


@dataclass(frozen=True, slots=True)
class Glance:
    """What attention showed on one frame.

    ``present``: the target is in view; ``peak``: the brightest cell's centre lies in its box; ``near``: in the box
    grown by 8 px of the network's whole-frame input; ``top3``: the centre of one of the first three regions does;
    ``outside``: share of the map's energy outside the box; ``lit``: there is a region at all.
    """

    present: bool
    peak: bool
    near: bool
    top3: bool
    outside: float
    lit: bool


@dataclass(frozen=True, slots=True)
class AttentionFigures:
    """Shares over a clip's frames; ``absent_dark`` is NaN without an absent frame, the others without a present one."""

    peak_in_box: float
    peak_near: float
    top3_in_box: float
    energy_outside: float
    absent_dark: float
    frames: int
    absent_frames: int


class Onlooker:
    """Global attention to one target by itself: what the first frame shows of it is all that it knows."""

    def __init__(self, backend: Backend, frame: Frame, box: Box) -> None:
        self._backend, self._box = backend, box
        self._encoder = FrameEncoder(backend)
        self._gaze = Gaze(backend, frame, box, self._encoder.encode(frame))
        view = look(backend, frame.image, box, SearchConfig().factor)
        self._memory = TargetMemory(shown(view, as_frame(backend, frame.image, view.region), frame)).global16

    def see(self, frame: Frame) -> None:
        """Be shown one of the two frames before the one that is asked about."""
        self._encoder.encode(frame)

    def attend(self, frame: Frame) -> AttentionMap:
        """Where on this frame the target may be."""
        return self._gaze.everywhere(frame, self._box, self._encoder.encode(frame), self._memory)


def glances(backend: Backend, clip: Clip, every: int = EVERY, config: AttentionConfig = DEFAULT_CONFIG) -> list[Glance]:
    """What attention shows on every tenth frame (or other ``every``) after the first, which shows it the target.

    Raises:
        SourceError: the clip has fewer frames than boxes.
    """
    first = Box.from_array(clip.truth[0])
    onlooker: Onlooker | None = None
    out = []
    with closing(frames_of(clip)) as frames:
        for i, (frame, truth) in enumerate(zip(frames, clip.truth, strict=True)):
            if onlooker is None:
                onlooker = Onlooker(backend, frame, first)
            elif i % every == 0:
                attention = onlooker.attend(frame)
                regions = find_regions(attention, frame.size, first, config)
                out.append(judged(attention, regions, truth, frame))
            elif -i % every < RING:
                onlooker.see(frame)
    return out


def judged(attention: AttentionMap, regions: Sequence[Region], truth: Float64Array, frame: Frame) -> Glance:
    """One frame's map and regions against the true box ``(4,)``, NaN where the target is absent."""
    if not np.isfinite(truth).all():
        return Glance(False, False, False, False, float("nan"), bool(regions))
    values, region = attention.values, attention.region
    rows, columns = values.shape
    x = region.x + (np.arange(columns) + 0.5) * region.w / columns
    y = region.y + (np.arange(rows) + 0.5) * region.h / rows
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    peak = (float(x[column]), float(y[row]))
    width, height = INPUT_SIZES[frame_variant(*frame.size)]
    margin = NEAR_PX / min(width / frame.size[0], height / frame.size[1])
    across = (x >= truth[0]) & (x <= truth[0] + truth[2])
    down = (y >= truth[1]) & (y <= truth[1] + truth[3])
    inside = float(values[np.ix_(down, across)].sum())
    return Glance(
        True,
        _holds(truth, peak, 0.0),
        _holds(truth, peak, margin),
        any(_holds(truth, each.box.center, 0.0) for each in regions[:3]),
        1.0 - inside / max(float(values.sum()), 1e-9),
        bool(regions),
    )


def figures(seen: Sequence[Glance]) -> AttentionFigures:
    """The shares over one clip's frames."""
    present, absent = [g for g in seen if g.present], [g for g in seen if not g.present]

    def share(values: list[float]) -> float:
        return float(np.mean(values)) if values else float("nan")

    return AttentionFigures(
        share([float(g.peak) for g in present]),
        share([float(g.near) for g in present]),
        share([float(g.top3) for g in present]),
        share([g.outside for g in present]),
        share([float(not g.lit) for g in absent]),
        len(present),
        len(absent),
    )


def _holds(box: Float64Array, point: tuple[float, float], margin: float) -> bool:
    low, high = box[:2] - margin, box[:2] + box[2:] + margin
    return bool(low[0] <= point[0] <= high[0] and low[1] <= point[1] <= high[1])
