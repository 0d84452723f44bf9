"""Attention, regions and proposals of frames tracked lately, so that going back over them shows why again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import numpy as np

from engine.types import Frame, FrameResult, Target, read_only

_NO_IMAGE = read_only(np.zeros((0, 0, 3), dtype=np.uint8))


class OverlayCache:
    """Keeps the overlays of the last ``limit`` results, without their pictures (about 30 kB each)."""

    def __init__(self, limit: int = 600) -> None:
        self._limit = limit
        self._results: OrderedDict[int, FrameResult] = OrderedDict()

    def __len__(self) -> int:
        return len(self._results)

    def keep(self, result: FrameResult) -> None:
        """Keep the overlays of this result."""
        frame = result.frame
        self._results.pop(frame.index, None)
        self._results[frame.index] = replace(result, frame=Frame(frame.index, frame.time_s, _NO_IMAGE), targets=())
        while len(self._results) > self._limit:
            self._results.popitem(last=False)

    def result(self, frame: Frame, targets: tuple[Target, ...]) -> FrameResult:
        """A result of this frame and these targets, with the overlays that are still known of it."""
        kept = self._results.get(frame.index) if targets else None
        return FrameResult(frame, targets) if kept is None else replace(kept, frame=frame, targets=targets)

    def clear(self) -> None:
        """Let go of everything."""
        self._results.clear()
