"""Bystanders: what attention saw elsewhere while the target was in hand. A target is not in two places at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.config import BystanderConfig
from engine.geometry import center_distance
from engine.types import Box


@dataclass(slots=True)
class _Seen:
    box: Box
    ago: int = 0
    """Frames since attention saw it last."""


class Bystanders:
    """Knows where look-alikes are, as long as attention sees them without long breaks."""

    def __init__(self, config: BystanderConfig) -> None:
        self._config = config
        self._seen: list[_Seen] = []
        self._away = 0  # frames since the target was in hand

    def step(self, places: Sequence[Box], side: float, in_hand: bool) -> None:
        """Take in a frame.

        Args:
            places: What attention sees away from the target, which has this ``side`` in pixels.
            side: Of the target.
            in_hand: Whether it is certain that the target is elsewhere, so that everything else is a bystander.
        """
        c = self._config
        self._away = 0 if in_hand else self._away + 1
        for each in self._seen:
            each.ago += 1
        self._seen = [each for each in self._seen if each.ago <= c.forget and self._away <= c.trust]
        for place in places:
            known = self._nearest(place, side)
            if known is not None:
                known.box, known.ago = place, 0
            elif in_hand:
                self._seen.append(_Seen(place))

    def knows(self, box: Box, side: float) -> bool:
        """Whether what is at this place now is one of them."""
        return self._nearest(box, side) is not None

    def _nearest(self, box: Box, side: float) -> _Seen | None:
        def distance(each: _Seen) -> float:
            return center_distance(each.box, box) / (side * (self._config.reach + self._config.speed * each.ago))

        near = min(self._seen, key=distance, default=None)
        return near if near is not None and distance(near) <= 1.0 else None
