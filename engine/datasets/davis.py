"""DAVIS: ``JPEGImages/480p/NAME/00000.jpg`` .. with masks in ``Annotations/480p/NAME/00000.png`` .."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from engine.datasets.clip import Clip
from engine.datasets.masks import MASKS, PICTURES, mask_clips

SIZES = ("480p", "1080p", "Full-Resolution")


class Davis:
    """Densely annotated video segmentation: every object of the masks is a target, its box the one around its mask."""

    name = "DAVIS"

    def find(self, home: Path, folders: Collection[str], files: Collection[str]) -> list[Path]:
        """The folders of masks, one a video, of the smallest size there is."""
        if not {MASKS, PICTURES} <= set(folders):
            return []
        sized = next((home / MASKS / size for size in SIZES if (home / MASKS / size).is_dir()), None)
        return [] if sized is None else sorted(path for path in sized.iterdir() if path.is_dir())

    def read(self, annotation: Path) -> list[Clip]:
        """A clip an object, named ``VIDEO-NUMBER`` where there are several."""
        home = annotation.parents[2]
        return mask_clips(annotation, home / PICTURES / annotation.parent.name / annotation.name)
