"""ImageNet-VID: ``Data/VID/PART/NAME/000000.JPEG`` .. with ``Annotations/VID/PART/NAME/000000.xml`` .."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from engine.datasets.clip import Clip, make_clip, pictures_of
from engine.errors import FormatError
from engine.types import Float64Array

_ANNOTATIONS, _PICTURES = Path("Annotations", "VID"), Path("Data", "VID")


class ImageNetVid:
    """Video of the ImageNet challenges: every object that has a track number is a target."""

    name = "ImageNet-VID"

    def find(self, home: Path, folders: Collection[str], files: Collection[str]) -> list[Path]:
        """The folders of annotation files, one a video."""
        if not ({"Annotations", "Data"} <= set(folders) and (home / _ANNOTATIONS).is_dir()):
            return []
        inner = os.walk(home / _ANNOTATIONS)
        return sorted(Path(folder) for folder, _, names in inner if any(name.endswith(".xml") for name in names))

    def read(self, annotation: Path) -> list[Clip]:
        """A clip an object, named ``VIDEO-NUMBER``."""
        home = next(parent for parent in annotation.parents if parent.name == "Annotations").parent
        pictures = home / _PICTURES / annotation.relative_to(home / _ANNOTATIONS)
        if not pictures.is_dir():
            raise FormatError(f"{annotation} has no pictures: {pictures} is not there.")
        pictures_of(pictures, ())
        frames = [_objects(path) for path in sorted(annotation.glob("*.xml"))]
        clips = []
        for number in sorted({number for frame in frames for number in frame}):
            truth = np.array([frame.get(number, np.full(4, np.nan)) for frame in frames])
            clips.append(make_clip(f"{annotation.name}-{number}", pictures, truth, annotation))
        return clips


def _objects(path: Path) -> dict[int, Float64Array]:
    """The boxes of one frame by track number."""
    try:
        found: dict[int, Float64Array] = {}
        for item in ElementTree.parse(path).getroot().iter("object"):
            corners = {side: float(item.findtext(f"bndbox/{side}", "")) for side in ("xmin", "ymin", "xmax", "ymax")}
            width, height = corners["xmax"] - corners["xmin"], corners["ymax"] - corners["ymin"]
            if width > 0 and height > 0:
                number = int(item.findtext("trackid", ""))
                found[number] = np.array([corners["xmin"], corners["ymin"], width, height])
        return found
    except (ElementTree.ParseError, ValueError) as error:
        raise FormatError(f"{path} is no annotation of ImageNet-VID: {error}.") from error
