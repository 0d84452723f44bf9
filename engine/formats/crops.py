"""A video of one target alone: cut out around its smoothed track, so that it stands still in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.errors import FormatError
from engine.formats.base import TrackWriter
from engine.formats.mp4 import Mp4File
from engine.geometry import box_at, crop_square
from engine.motion import smoothed
from engine.track_log import LogFrame
from engine.track_rows import Rows
from engine.types import Box, FrameResult

LEAST_SIDE, MOST_SIDE = 32, 2048


@dataclass(frozen=True, slots=True)
class CropPlan:
    """How a target is cut out.

    Attributes:
        target: Its id.
        side: Width and height of the video in pixels.
        margin: Side of what is cut out, in units of the square root of the box's area.
        follow_size: Whether the target keeps its size in the video; else the scale stays that of its median size.
        smooth_s: Time over which its way is smoothed, and twice that for its size.
        only_seen: Whether frames without a box are left out; else the picture stays where the target was seen last.
    """

    target: int
    side: int = 256
    margin: float = 2.0
    follow_size: bool = False
    smooth_s: float = 0.3
    only_seen: bool = False

    def __post_init__(self) -> None:
        """Raises FormatError for sizes of no use."""
        if not LEAST_SIDE <= self.side <= MOST_SIDE or self.side % 2:
            raise FormatError(f"The side must be an even number of pixels from {LEAST_SIDE} to {MOST_SIDE}.")
        if not 0.5 <= self.margin <= 20:
            raise FormatError("What is cut out must be half to twenty times as large as the target.")


def crop_regions(rows: Rows, plan: CropPlan) -> dict[int, Box]:
    """The square that is cut out on each frame that has a row, in frame pixels. Raises FormatError without a box."""
    box = rows["box"].astype(np.float64)
    seen = ~np.isnan(box[:, 0])
    if not seen.any():
        raise FormatError("The target has no box on these frames: choose others, or another target.")
    time_s = rows["time_s"].astype(np.float64)
    center = smoothed(time_s, box[:, :2] + box[:, 2:] / 2, plan.smooth_s)
    size = np.sqrt(box[:, 2:3] * box[:, 3:4])
    if plan.follow_size:
        size = smoothed(time_s, size, 2 * plan.smooth_s)
    else:
        size = np.full_like(size, np.median(size[seen]))
    # where there is no box: as on the last frame that had one, and before the first as on that
    last = np.maximum.accumulate(np.where(seen, np.arange(len(rows)), -1))
    last = np.where(last < 0, int(np.argmax(seen)), last)
    regions = {}
    for frame, (cx, cy), (extent,) in zip(rows["frame"].tolist(), center[last], size[last], strict=True):
        side = max(plan.margin * float(extent), 4.0)
        regions[frame] = box_at((float(cx), float(cy)), side, side)
    return regions


class CropWriter(TrackWriter):
    """Writes an MP4 of the target's cut-outs; frames without a row are left out."""

    def __init__(self, path: Path, fps: float, plan: CropPlan, rows: Rows) -> None:
        super().__init__(path)
        self._plan = plan
        self._regions = crop_regions(rows, plan)
        if plan.only_seen:
            seen = rows["frame"][~np.isnan(rows["box"][:, 0])].tolist()
            self._regions = {frame: self._regions[frame] for frame in seen}
        self._file = Mp4File(path, (plan.side, plan.side), fps)

    def _write(self, result: FrameResult | LogFrame) -> None:
        if not isinstance(result, FrameResult):
            raise FormatError("A video needs pictures: write results with their frames.")
        region = self._regions.get(result.frame.index)
        if region is not None:
            self._file.write(crop_square(result.frame.image, region, self._plan.side)[0])

    def _finish(self) -> None:
        self._file.finish()

    def _discard(self) -> None:
        self._file.discard()
