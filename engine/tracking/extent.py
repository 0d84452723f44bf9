"""How large the target is: what is measured, held by the first shape and by the last size that was sure."""

from __future__ import annotations

import numpy as np

from engine.config import SearchConfig
from engine.geometry import box_at, clip_box
from engine.types import Box

MOST = 1.5
"""Factor by which the size may leave the last sure one: a target that goes behind something is no smaller for that."""

MIN_SIDE, MAX_SIDE = 3.0, 0.98
"""The least that a side may be in pixels, and the most as a share of the frame's."""


class Extent:
    """Follows the size of a target from its first box on."""

    def __init__(self, box: Box, config: SearchConfig) -> None:
        self._config = config
        self._first_aspect = box.w / box.h
        self._sure = box.w, box.h

    def trust(self, box: Box) -> None:
        """Take this box's size for sure."""
        self._sure = box.w, box.h

    def around(self, center: tuple[float, float]) -> Box:
        """The box of the last sure size at this place."""
        return box_at(center, *self._sure)

    def follow(self, old: Box, new: Box, rate: float, frame_size: tuple[int, int]) -> Box:
        """The box at the new one's place after a :meth:`step` of its size, in a frame of this size."""
        (width, height), (w, h) = frame_size, self.step(old, new, rate)
        w, h = np.clip(w, MIN_SIDE, width * MAX_SIDE), np.clip(h, MIN_SIDE, height * MAX_SIDE)
        return clip_box(box_at(new.center, w, h), width, height, MIN_SIDE)

    def step(self, old: Box, new: Box, rate: float) -> tuple[float, float]:
        """Width and height after a step by ``rate`` (0..1) from the old box towards the new one's."""
        w, h = (1 - rate) * old.w + rate * new.w, (1 - rate) * old.h + rate * new.h
        bend = (self._first_aspect * h / w) ** (self._config.aspect_anchor * rate / 2)
        w, h = w * bend, h / bend  # the area stays
        size = float(np.sqrt(w * h / (self._sure[0] * self._sure[1])))
        keep = min(max(size, 1 / MOST), MOST) / size
        return w * keep, h * keep
