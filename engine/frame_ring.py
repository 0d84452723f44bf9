"""The frames seen last, so that a box can be drawn on one of them and a step back costs nothing."""

from __future__ import annotations

from collections import OrderedDict

from engine.types import Frame


class FrameRing:
    """Keeps the frames added last, within ``seconds`` of media time, ``frames`` and ``max_bytes``."""

    def __init__(self, seconds: float = 2.0, frames: int = 120, max_bytes: int = 128 << 20) -> None:
        self._seconds, self._limit, self._max_bytes = seconds, frames, max_bytes
        self._frames: OrderedDict[int, Frame] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._frames)

    def add(self, frame: Frame) -> None:
        """Keep this frame and let go of those that no longer fit."""
        self._drop(frame.index)
        self._frames[frame.index] = frame
        self._bytes += frame.image.nbytes
        while len(self._frames) > 1 and self._too_much(frame):
            self._drop(next(iter(self._frames)))

    def get(self, index: int) -> Frame | None:
        """The frame of this index, or None if it is no longer held."""
        return self._frames.get(index)

    def after(self, index: int) -> list[Frame]:
        """The frames held that come after ``index``, indices rising."""
        return sorted((f for f in self._frames.values() if f.index > index), key=lambda f: f.index)

    def clear(self) -> None:
        """Let go of every frame."""
        self._frames.clear()
        self._bytes = 0

    def _too_much(self, newest: Frame) -> bool:
        oldest = next(iter(self._frames.values()))
        return (
            len(self._frames) > self._limit
            or self._bytes > self._max_bytes
            or abs(newest.time_s - oldest.time_s) > self._seconds
        )

    def _drop(self, index: int) -> None:
        frame = self._frames.pop(index, None)
        if frame is not None:
            self._bytes -= frame.image.nbytes
