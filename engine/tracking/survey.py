"""What the whole frame says of a target, before it is known what its surroundings say."""

from __future__ import annotations

from dataclasses import dataclass

from engine.tracking.regions import Region
from engine.tracking.view import Sight
from engine.types import AttentionMap, Box


@dataclass(frozen=True, slots=True, eq=False)
class FarLook:
    """A look at a place away from the target: the box there, the regions that speak for it, and what is seen."""

    box: Box
    regions: list[Region]
    sight: Sight


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """The attention map if there is one, its regions, and a look at a far place if one was due whatever is near."""

    attention: AttentionMap | None
    regions: list[Region]
    far: FarLook | None
