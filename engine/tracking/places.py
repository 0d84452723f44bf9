"""Places worth a look, of this frame's map and of the maps shortly before it.

There is time for a look or two a frame, and the map of a frame may show a part of it only: what is bright on a tile has
to be looked at while the next tiles are searched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.geometry import center_distance
from engine.tracking.regions import Region

KEPT = 10
"""Frames for which a place waits for its look."""
SAME = 0.6
"""Distance within which two frames' regions are taken for one, in target sides."""


@dataclass(slots=True)
class _Place:
    region: Region
    looks: int = 0
    ago: int = 0
    """Frames since a map has shown it."""


class Places:
    """Gives all places their turn: first those that were looked at least, of these the brightest."""

    def __init__(self) -> None:
        self._places: list[_Place] = []

    def see(self, regions: Sequence[Region], side: float) -> None:
        """Take in the regions of a frame's map, for a target with this ``side``.

        What was looked at once is forgotten as soon as no map shows it any more.
        """
        for place in self._places:
            place.ago += 1
        for region in regions:
            known = self._at(region, side)
            if known is None:
                self._places.append(_Place(region))
            else:
                known.region, known.ago = region, 0
        self._places = [place for place in self._places if place.ago <= (0 if place.looks else KEPT)]

    def next(self) -> tuple[Region, int] | None:
        """The region whose turn it is, and how often it was looked at before; None where there is none."""
        place = min(self._places, key=lambda each: (each.looks, -each.region.peak), default=None)
        if place is None:
            return None
        place.looks += 1
        return place.region, place.looks - 1

    def forget(self) -> None:
        """The target is in hand."""
        self._places.clear()

    def _at(self, region: Region, side: float) -> _Place | None:
        def distance(place: _Place) -> float:
            return center_distance(place.region.box, region.box)

        near = min(self._places, key=distance, default=None)
        return near if near is not None and distance(near) <= SAME * side else None
