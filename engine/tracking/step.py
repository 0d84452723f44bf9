"""What one frame gave for one target."""

from __future__ import annotations

from dataclasses import dataclass

from engine.types import AttentionMap, Float64Array, Proposals, Target, Why


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What one frame gave for one target; ``regions`` is ``(R, 4) float64``."""

    target: Target
    attention: AttentionMap | None
    regions: Float64Array
    proposals: Proposals | None
    why: Why
