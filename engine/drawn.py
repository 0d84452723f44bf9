"""What the user showed a tracker: boxes drawn on frames other than the one it is started on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.types import Box, Frame


@dataclass(frozen=True, slots=True)
class Drawn:
    """A box that the user drew of a target, with a way to the picture (None where it cannot be had)."""

    frame_index: int
    box: Box
    picture: Callable[[], Frame | None]
