"""TrackingNet: ``TRAIN_n/frames/NAME/0.jpg`` .. with ``TRAIN_n/anno/NAME.txt``."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from engine.datasets.clip import Clip, make_clip, pictures_of
from engine.datasets.truth import read_truth
from engine.errors import FormatError


class TrackingNet:
    """TrackingNet's chunks. Its test part has a box for the first frame only, which is no truth to score against."""

    name = "TrackingNet"

    def find(self, home: Path, folders: Collection[str], files: Collection[str]) -> list[Path]:
        """The truth files of a chunk."""
        return sorted((home / "anno").glob("*.txt")) if {"anno", "frames"} <= set(folders) else []

    def read(self, annotation: Path) -> list[Clip]:
        """The clip of a truth file."""
        pictures = annotation.parent.parent / "frames" / annotation.stem
        if not pictures.is_dir():
            raise FormatError(f"{annotation} has no pictures: {pictures} is not there.")
        return [make_clip(annotation.stem, pictures_of(pictures, ()), read_truth(annotation), annotation)]
