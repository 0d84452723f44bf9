"""LaSOT: ``CLASS/NAME/img/*.jpg``, ``groundtruth.txt``, ``full_occlusion.txt``, ``out_of_view.txt``."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from engine.datasets.clip import Clip, make_clip, pictures_of
from engine.datasets.truth import mark_absent, read_truth

TRUTH = "groundtruth.txt"


class Lasot:
    """Large-scale single object tracking."""

    name = "LaSOT"

    def find(self, home: Path, folders: Collection[str], files: Collection[str]) -> list[Path]:
        """The truth file beside the folder of pictures."""
        return [home / TRUTH] if TRUTH in files and "img" in folders else []

    def read(self, annotation: Path) -> list[Clip]:
        """The clip of a truth file; frames where the target is out of view or wholly covered are absent."""
        home = annotation.parent
        pictures, truth = pictures_of(home, ("img",)), read_truth(annotation)
        mark_absent(truth, home / "full_occlusion.txt", 1)
        mark_absent(truth, home / "out_of_view.txt", 1)
        return [make_clip(home.name, pictures, truth, annotation)]
