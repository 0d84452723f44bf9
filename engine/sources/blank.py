"""A source without pictures: so that a track can be looked at whose video is gone."""

from __future__ import annotations

import numpy as np

from engine.errors import SourceError
from engine.sources.base import SourceInfo
from engine.types import Frame, read_only

GREY = 24


class BlankSource:
    """So many dark frames of a size."""

    def __init__(self, name: str, size: tuple[int, int], fps: float, frames: int) -> None:
        self._info = SourceInfo(name, *size, fps if fps > 0 else 30.0, frames, live=False, time_source="fps")
        self._image = read_only(np.full((size[1], size[0], 3), GREY, dtype=np.uint8))
        self._next = 0
        self._closed = False

    @property
    def info(self) -> SourceInfo:
        """What is known of it."""
        return self._info

    @property
    def dropped(self) -> int:
        """Always 0."""
        return 0

    def read(self) -> Frame | None:
        """The next frame, or None after the last one and after :meth:`close`."""
        index = self._next
        if self._closed or index >= (self._info.frame_count or 0):
            return None
        self._next += 1
        return Frame(index, index / self._info.fps, self._image)

    def seek(self, index: int) -> None:
        """Make :meth:`read` return frame ``index`` next. Raises SourceError if there is no such frame."""
        if not 0 <= index < (self._info.frame_count or 0):
            raise SourceError(f"Frame {index} is not there: choose one from 0 to {(self._info.frame_count or 1) - 1}.")
        self._next = index

    def close(self) -> None:
        """Make :meth:`read` return None from now on."""
        self._closed = True
