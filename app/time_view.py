"""Which frames the timeline shows and where each lies: zoom, pan and the way between frames and pixels, without Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

FEWEST = 12
"""Frames that are shown at least, where there are so many."""
_ENTERS_AT = 0.1  # where in the strip a frame comes to lie that playing brings into view


@dataclass(frozen=True, slots=True)
class TimeView:
    """Frames ``start..end`` of ``first..last``, both inclusive, over ``width`` pixels from ``left`` on."""

    first: int = 0
    last: int = 0
    start: int = 0
    end: int = 0
    left: float = 0.0
    width: float = 1.0

    @property
    def shown(self) -> int:
        """How many frames are shown."""
        return self.end - self.start + 1

    @property
    def zoomed_in(self) -> bool:
        """Whether some frames are out of view."""
        return (self.start, self.end) != (self.first, self.last)

    @property
    def pitch(self) -> float:
        """Pixels a frame."""
        return self.width / self.shown

    def x_of(self, frame: float) -> float:
        """The pixel of a frame's middle."""
        return self.left + (frame - self.start + 0.5) * self.pitch

    def frame_at(self, x: float) -> int:
        """The frame under a pixel, of those that are shown."""
        return min(max(self.start + int((x - self.left) // self.pitch), self.start), self.end)

    def shows(self, frame: int) -> bool:
        """Whether the frame is in view."""
        return self.start <= frame <= self.end

    def with_range(self, first: int, last: int) -> TimeView:
        """The view of other frames: all of them where all were shown before, else as near as can be to the same."""
        last = max(first, last)
        moved = replace(self, first=first, last=last)
        if not self.zoomed_in:
            return moved.whole()
        return moved._window(self.start, self.shown)

    def with_room(self, left: float, width: float) -> TimeView:
        """The same frames over other pixels."""
        return replace(self, left=left, width=max(width, 1.0))

    def whole(self) -> TimeView:
        """All frames."""
        return replace(self, start=self.first, end=self.last)

    def zoomed(self, factor: float, x: float) -> TimeView:
        """Fewer frames for a factor above 1; what is under the pixel stays there as far as there are frames."""
        share = min(max((x - self.left) / self.width, 0.0), 1.0)
        count = round(self.shown / factor)
        if count == self.shown:
            count += -1 if factor > 1 else 1
        count = max(count, min(FEWEST, self.last - self.first + 1))
        return self._window(round(self.start + share * (self.shown - count)), count)

    def panned(self, frames: int) -> TimeView:
        """Moved by so many frames."""
        return self._window(self.start + frames, self.shown)

    def following(self, frame: int) -> TimeView:
        """The same, or moved so that the frame is in view with what comes after it."""
        return self if self.shows(frame) else self._window(frame - int(_ENTERS_AT * self.shown), self.shown)

    def _window(self, start: int, count: int) -> TimeView:
        count = min(count, self.last - self.first + 1)
        start = min(max(start, self.first), self.last - count + 1)
        return replace(self, start=start, end=start + count - 1)
