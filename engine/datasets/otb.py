"""OTB: ``NAME/img/*.jpg`` with ``NAME/groundtruth_rect.txt``, or ``groundtruth_rect.1.txt`` .. for several targets."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from engine.datasets.clip import IMAGE_SUFFIXES, Clip, make_clip, pictures_of
from engine.datasets.truth import read_truth

_OFFSETS = {"David": 299}
"""The benchmark's truth starts later than its pictures."""


class Otb:
    """The object tracking benchmark."""

    name = "OTB"

    def find(self, home: Path, folders: Collection[str], files: Collection[str]) -> list[Path]:
        """The truth files."""
        return [home / name for name in sorted(files) if re.fullmatch(r"groundtruth_rect(\.\d+)?\.txt", name)]

    def read(self, annotation: Path) -> list[Clip]:
        """The clip of a truth file."""
        home = annotation.parent
        pictures, truth = pictures_of(home, ("img", "imgs")), read_truth(annotation)
        number = re.fullmatch(r"groundtruth_rect\.(\d+)\.txt", annotation.name)
        name = f"{home.name}-{number.group(1)}" if number else home.name
        start = _OFFSETS.get(home.name, 0)
        if start and sum(path.suffix.lower() in IMAGE_SUFFIXES for path in pictures.iterdir()) == len(truth):
            start = 0  # somebody has taken the pictures away that have no truth
        return [make_clip(name, pictures, truth, annotation, start)]
