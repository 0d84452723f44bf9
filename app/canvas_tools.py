"""What a drag on the canvas means: a state machine in image pixels, without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

from engine.types import Box

MIN_SIDE_PX = 8.0


class Handle(Enum):
    """A grip of the selected box: which sides it moves, as (left, top, right, bottom)."""

    INSIDE = (True, True, True, True)
    NW = (True, True, False, False)
    N = (False, True, False, False)
    NE = (False, True, True, False)
    E = (False, False, True, False)
    SE = (False, False, True, True)
    S = (False, False, False, True)
    SW = (True, False, False, True)
    W = (True, False, False, False)


class Intent(StrEnum):
    """What a finished drag asks for."""

    DRAW = "draw"  # (re)start the selected target, or the first one
    ADD = "add"  # one more target
    EDIT = "edit"  # the selected box moved or resized


class Refusal(StrEnum):
    """Why a drag came to nothing."""

    TOO_SMALL = "too small"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished drag: the box, cut to the image, and what it is for; ``clipped`` when it reached past the border."""

    box: Box
    intent: Intent
    clipped: bool = False


def handle_at(x: float, y: float, box: Box, reach: float) -> Handle | None:
    """The grip of the box at an image point, with ``reach`` image pixels of tolerance, or None."""
    right, bottom = box.x + box.w, box.y + box.h
    if not (box.x - reach <= x <= right + reach and box.y - reach <= y <= bottom + reach):
        return None
    # a small box keeps a middle third to be moved by
    inner = min(reach, box.w / 3), min(reach, box.h / 3)
    sides = (x <= box.x + inner[0], y <= box.y + inner[1], x >= right - inner[0], y >= bottom - inner[1])
    return Handle(sides) if any(sides) else Handle.INSIDE


def moved(box: Box, handle: Handle, dx: float, dy: float) -> Box:
    """The box after a grip was dragged by dx, dy; sides that cross change places."""
    left, top, right, bottom = handle.value
    x0, x1 = sorted((box.x + dx * left, box.x + box.w + dx * right))
    y0, y1 = sorted((box.y + dy * top, box.y + box.h + dy * bottom))
    return Box(x0, y0, x1 - x0, y1 - y0)


class DragTool:
    """Press, move, release, cancel; ``rubber`` is the box to show meanwhile."""

    def __init__(self) -> None:
        self._image = (1.0, 1.0)
        self._start: tuple[float, float] | None = None
        self._now = (0.0, 0.0)
        self._base: Box | None = None
        self._handle: Handle | None = None
        self._intent = Intent.DRAW

    @property
    def active(self) -> bool:
        """Whether a drag is under way."""
        return self._start is not None

    @property
    def intent(self) -> Intent:
        """What the drag under way is for."""
        return Intent.EDIT if self._editing() else self._intent

    @property
    def rubber(self) -> Box | None:
        """The box as it would be now, cut to the image, or None when nothing is being dragged."""
        return None if self._start is None else self._cut(self._raw())

    def press(
        self,
        x: float,
        y: float,
        image: tuple[float, float],
        intent: Intent = Intent.DRAW,
        editable: Box | None = None,
        reach: float = 0.0,
    ) -> None:
        """Begin at an image point; ``editable`` is the selected box when its grips may be taken."""
        self._image = image
        self._start = self._now = (x, y)
        self._intent = intent
        self._handle = handle_at(x, y, editable, reach) if editable and intent is Intent.DRAW else None
        self._base = editable if self._handle else None

    def move(self, x: float, y: float) -> None:
        """The pointer went to an image point, which may lie outside the image."""
        self._now = (x, y)

    def release(self, x: float, y: float) -> Outcome | Refusal | None:
        """End at an image point: the outcome, why there is none, or None for a plain click."""
        if self._start is None:
            return None
        self._now = (x, y)
        raw, intent, clicked = self._raw(), self.intent, self._start == self._now
        self.cancel()
        if clicked:
            return None
        box = self._cut(raw)
        if box.w <= 0 or box.h <= 0:
            return Refusal.OUTSIDE
        if box.w < MIN_SIDE_PX or box.h < MIN_SIDE_PX:
            return Refusal.TOO_SMALL
        return Outcome(box, intent, clipped=box != raw)

    def cancel(self) -> None:
        """Forget the drag."""
        self._start = self._base = self._handle = None

    def _editing(self) -> bool:
        """A corner pulled across to the other corner is a new box, not an edit that leaves nothing."""
        if self._base is None or self._handle is None or self._start is None:
            return False
        dx, dy = self._now[0] - self._start[0], self._now[1] - self._start[1]
        left, top, right, bottom = self._handle.value
        corner = left != right and top != bottom
        across = abs(dx) > 0.6 * self._base.w and abs(dy) > 0.6 * self._base.h
        inwards = (dx > 0) == left and (dy > 0) == top
        return not (corner and across and inwards)

    def _raw(self) -> Box:
        assert self._start is not None
        (x0, y0), (x1, y1) = self._start, self._now
        if self._editing() and self._base is not None and self._handle is not None:
            box = moved(self._base, self._handle, x1 - x0, y1 - y0)
            return self._pushed_inside(box) if self._handle is Handle.INSIDE else box
        return Box(min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0))

    def _pushed_inside(self, box: Box) -> Box:
        x = min(max(box.x, 0.0), max(self._image[0] - box.w, 0.0))
        y = min(max(box.y, 0.0), max(self._image[1] - box.h, 0.0))
        return Box(x, y, box.w, box.h)

    def _cut(self, box: Box) -> Box:
        x0, y0 = max(box.x, 0.0), max(box.y, 0.0)
        x1, y1 = min(box.x + box.w, self._image[0]), min(box.y + box.h, self._image[1])
        return Box(x0, y0, max(x1 - x0, 0.0), max(y1 - y0, 0.0))
