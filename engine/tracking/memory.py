"""The target memory: the first patch for ever, and a few recent confident ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.geometry import crop_square
from engine.models import LOCATE_SLOTS, SLOTS, TURNED
from engine.tracking.turned import Turned
from engine.tracking.view import CROP, TEMPLATE, SearchView, template8, template16
from engine.types import Box, Float32Array, Frame, MemoryPatch, read_only

_PATCH_PX = 64
"""Side of the pictures of what is remembered."""
MOST_SHOWN = 2
"""Slots kept for what the user showed; the others are for what the tracker is sure of."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What the user showed on one frame, see :class:`TargetMemory`: one slot of each memory, and the picture.

    ``turned`` is the same turned over, None where nobody asks for it.
    """

    part8: Float32Array
    part16: Float32Array
    global16: Float32Array
    patch: MemoryPatch
    turned: Turned | None = None


def shown(view: SearchView, frame16: Float32Array, frame: Frame, turned: Turned | None = None) -> Shown:
    """What the middle of a view shows, to be remembered."""
    parts = template8(view.f8), template16(view.f16), template16(frame16)
    return Shown(*parts, _patch(view, 4, 4, frame, first=True), turned)


class TargetMemory:
    """Slots of trunk features of the target: ``memory8`` and ``memory16`` for `locate`, ``global16`` for attention.

    The search crop's trunk is tuned for tracking, the whole frame's is not, so what attention compares with the
    frame goes through the frame's own: ``frame16 (1, 112, 16, 16)`` below are its features of the same crop.
    Slot 0, and slot 1 where the user drew more than one box, is what the user showed and is never replaced, so drift
    cannot overwrite it; the others hold the latest confident views, first in, first out. Empty slots repeat slot 0.
    What `locate` compares with ends with slot 0 turned over, four times.
    """

    def __init__(self, first: Shown, more: Sequence[Shown] = ()) -> None:
        held = [first, *more][:MOST_SHOWN]
        repeated = [*held, *[first] * (SLOTS - len(held))]
        turned = first.turned or Turned(np.repeat(first.part8, TURNED, axis=0), np.repeat(first.part16, TURNED, axis=0))
        self.memory8: Float32Array = np.concatenate([*(each.part8 for each in repeated), turned.part8])
        self.memory16: Float32Array = np.concatenate([*(each.part16 for each in repeated), turned.part16])
        self.global16: Float32Array = np.concatenate([each.global16 for each in repeated])
        self.patches: tuple[MemoryPatch, ...] = tuple(each.patch for each in held)
        self._kept, self._next = len(held), 0

    @property
    def local(self) -> tuple[Float32Array, Float32Array]:
        """``memory8, memory16``, which `locate` compares with."""
        return self.memory8, self.memory16

    @property
    def first(self) -> tuple[Float32Array, Float32Array]:
        """``memory8, memory16`` as they were on the first frame."""
        return np.repeat(self.memory8[:1], LOCATE_SLOTS, axis=0), np.repeat(self.memory16[:1], LOCATE_SLOTS, axis=0)

    def remember(self, view: SearchView, frame16: Float32Array, box: Box, frame: Frame) -> None:
        """Store the target of this view in the oldest of the recent slots, unless it is too near the view's edge."""
        cx, cy = Box.from_array(view.mapping.forward(box.as_array())).center
        column, row = (round((c - CROP / 4) / 16) for c in (cx, cy))
        if not (0 <= row <= TEMPLATE and 0 <= column <= TEMPLATE):
            return
        slot = self._kept + self._next % (SLOTS - self._kept)
        # new arrays: the old ones may still be read elsewhere
        self.memory8, self.memory16 = self.memory8.copy(), self.memory16.copy()
        self.global16 = self.global16.copy()
        self.memory8[slot] = template8(view.f8, row, column)[0]
        self.memory16[slot] = template16(view.f16, row, column)[0]
        self.global16[slot] = template16(frame16, row, column)[0]
        self._next += 1
        patch = _patch(view, row, column, frame)
        self.patches = (*self.patches[:slot], patch, *self.patches[slot + 1 :])


def _patch(view: SearchView, row: int, column: int, frame: Frame, first: bool = False) -> MemoryPatch:
    """The picture of what the part from this cell on shows."""
    side = CROP / 2
    seen = view.mapping.inverse(np.array([16.0 * column, 16.0 * row, side, side]))
    image, _ = crop_square(frame.image, Box.from_array(seen), _PATCH_PX)
    return MemoryPatch(frame.index, read_only(image), first)
