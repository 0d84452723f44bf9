"""The rows of attention by itself: the tracker's own networks, and those of every row that needs others."""

from __future__ import annotations

from dataclasses import dataclass

from engine.datasets import Clip
from training.ablation.measures import Figures, looked
from training.ablation.variants import VARIANTS, Tools


@dataclass(frozen=True)
class Look:
    """One row: attention alone, as the networks of that name have it. Nothing of it is random."""

    models: str
    section: str
    title: str
    seeded: bool = False

    @property
    def name(self) -> str:
        """Under which it is measured."""
        return f"look/{self.models}"

    def measure(self, tools: Tools, seed: int, clip: Clip) -> Figures:
        """How well it finds the target on one clip."""
        return looked(tools.backend(self.models), clip)


LOOKS = (
    Look("", "", "the tracker's own"),
    *(Look(variant.models, variant.section, variant.title) for variant in VARIANTS if variant.models),
)
