"""Pascal VOC: ``Annotations/*.xml`` with ``JPEGImages/*.jpg``, and outlines from ``SegmentationObject/*.png``."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import FormatError
from training.data.stills import Still, StillObject, large_enough

_MASKS = "SegmentationObject"
_MIN_CORNERS = 3


class Voc:
    """The visual object classes challenges."""

    name = "VOC"

    def find(self, home: Path, folders: Collection[str], files: Collection[str]) -> list[Path]:
        """The folder of annotations."""
        there = {"Annotations", "JPEGImages"} <= set(folders)
        return [home / "Annotations"] if there and any((home / "Annotations").glob("*.xml")) else []

    def read(self, annotation: Path) -> list[Still]:
        """A photo an annotation file; those whose objects have masks get their outlines too."""
        return [_photo(path, annotation.parent) for path in sorted(annotation.glob("*.xml"))]


def _photo(path: Path, home: Path) -> Still:
    mask_path = home / _MASKS / f"{path.stem}.png"
    try:
        root = ElementTree.parse(path).getroot()
        name = root.findtext("filename") or f"{path.stem}.jpg"
        mask = _read_mask(mask_path) if mask_path.is_file() else None
        objects = []
        for number, item in enumerate(root.iter("object"), start=1):
            left, top, right, bottom = (
                float(item.findtext(f"bndbox/{side}", "")) for side in ("xmin", "ymin", "xmax", "ymax")
            )
            box = np.array([left - 1, top - 1, right - left + 1, bottom - top + 1])  # counted from 1, both ends in
            if large_enough(box):
                outlines = () if mask is None else _outlines(mask, colour(number))
                objects.append(StillObject(box, str(item.findtext("name", "")), outlines))
    except (ElementTree.ParseError, ValueError) as error:
        raise FormatError(f"{path} is no annotation of VOC ({error}); replace it") from error
    return Still(home / "JPEGImages" / name, tuple(objects))


def colour(index: int) -> tuple[int, int, int]:
    """B, G, R of an object's number in VOC's palette: its bits are dealt out to the channels, the highest first."""
    channels = [0, 0, 0]
    for place in range(8):
        for channel in range(3):
            channels[channel] |= (index >> (3 * place + channel) & 1) << (7 - place)
    red, green, blue = channels
    return blue, green, red


def _read_mask(path: Path) -> NDArray[np.uint8]:
    mask = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if mask is None:
        raise FormatError(f"{path} is not a mask that can be read; replace it")
    return np.asarray(mask, dtype=np.uint8)


def _outlines(mask: NDArray[np.uint8], of: tuple[int, int, int]) -> tuple[NDArray[np.float64], ...]:
    """Polygons ``(n, 2)`` around the pixels of one colour."""
    inside = (mask == np.array(of, dtype=np.uint8)).all(axis=2).astype(np.uint8)
    contours = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
    return tuple(c[:, 0].astype(np.float64) + 0.5 for c in contours if len(c) >= _MIN_CORNERS)
