"""VOT: ``NAME/color/*.jpg`` or ``NAME/*.jpg`` with ``NAME/groundtruth.txt`` of rectangles, polygons or masks."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from engine.datasets.clip import Clip, make_clip, pictures_of
from engine.datasets.truth import read_truth

TRUTH = "groundtruth.txt"


class Vot:
    """The visual object tracking challenges; of polygons and masks the enclosing box is taken."""

    name = "VOT"

    def find(self, home: Path, folders: Collection[str], files: Collection[str]) -> list[Path]:
        """The truth file, unless it is of one of the datasets that call theirs the same."""
        other = "img" in folders or not {"absence.label", "cover.label"}.isdisjoint(files)
        return [home / TRUTH] if TRUTH in files and not other else []

    def read(self, annotation: Path) -> list[Clip]:
        """The clip of a truth file."""
        home = annotation.parent
        return [make_clip(home.name, pictures_of(home, ("color",)), read_truth(annotation), annotation)]
