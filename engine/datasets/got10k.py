"""GOT-10k: ``NAME/*.jpg``, ``groundtruth.txt``, ``absence.label``, ``cover.label``."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from engine.datasets.clip import Clip, make_clip, pictures_of
from engine.datasets.truth import mark_absent, read_truth

TRUTH = "groundtruth.txt"


class Got10k:
    """The generic object tracking benchmark."""

    name = "GOT-10k"

    def find(self, home: Path, folders: Collection[str], files: Collection[str]) -> list[Path]:
        """The truth file beside the labels."""
        labelled = not {"absence.label", "cover.label"}.isdisjoint(files)
        return [home / TRUTH] if TRUTH in files and labelled else []

    def read(self, annotation: Path) -> list[Clip]:
        """The clip of a truth file; frames where the target is absent or wholly covered are absent."""
        home = annotation.parent
        pictures, truth = pictures_of(home, ()), read_truth(annotation)
        mark_absent(truth, home / "absence.label", 1)
        mark_absent(truth, home / "cover.label", 0)
        return [make_clip(home.name, pictures, truth, annotation)]
