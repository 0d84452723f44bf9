"""Adjusting a box by keys: a state machine in image pixels, without Qt."""

from __future__ import annotations

from app.canvas_tools import MIN_SIDE_PX
from engine.types import Box

STEP, LARGE_STEP = 1.0, 10.0


class AdjustTool:
    """Holds a box while it is moved and resized, before it is taken or given up."""

    def __init__(self) -> None:
        self._image = (1.0, 1.0)
        self._before: Box | None = None
        self.box: Box | None = None

    @property
    def active(self) -> bool:
        """Whether a box is being adjusted."""
        return self.box is not None

    def begin(self, box: Box, image: tuple[float, float]) -> None:
        """Adjust this box within an image of this width and height."""
        self._before, self.box, self._image = box, box, image

    def put(self, box: Box) -> None:
        """Go on with another box."""
        self.box = box

    def move(self, dx: float, dy: float) -> None:
        """Move the box by pixels; it stays inside the image."""
        if self.box is not None:
            x = _between(self.box.x + dx, 0.0, self._image[0] - self.box.w)
            y = _between(self.box.y + dy, 0.0, self._image[1] - self.box.h)
            self.box = Box(x, y, self.box.w, self.box.h)

    def resize(self, dw: float, dh: float) -> None:
        """Make the box wider or higher by pixels; its top-left corner stays, and it stays inside the image."""
        if self.box is not None:
            w = _between(self.box.w + dw, MIN_SIDE_PX, self._image[0] - self.box.x)
            h = _between(self.box.h + dh, MIN_SIDE_PX, self._image[1] - self.box.y)
            self.box = Box(self.box.x, self.box.y, w, h)

    def end(self) -> Box | None:
        """Stop; the box, or None if it is as it was."""
        box, before = self.box, self._before
        self.box = self._before = None
        return None if box == before else box


def _between(value: float, low: float, high: float) -> float:
    return min(max(value, low), max(high, low))
