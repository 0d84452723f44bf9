"""COCO: ``annotations/instances_NAME.json`` with the photos in ``NAME/`` or ``images/NAME/``."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

import numpy as np

from engine.errors import FormatError
from training.data.stills import Still, StillObject, large_enough


class Coco:
    """Common objects in context. Crowds, which are no single object, are left out."""

    name = "COCO"

    def find(self, home: Path, folders: Collection[str], files: Collection[str]) -> list[Path]:
        """The annotation files of the photos' parts."""
        return sorted((home / "annotations").glob("instances_*.json")) if "annotations" in folders else []

    def read(self, annotation: Path) -> list[Still]:
        """The photos of one part; outlines are polygons, run-length masks are not read."""
        home, part = annotation.parents[1], annotation.stem.removeprefix("instances_")
        folder = next((f for f in (home / part, home / "images" / part, home / "images") if f.is_dir()), None)
        if folder is None:
            raise FormatError(f"{annotation} has no photos: {home / part} is not there")
        try:
            record = json.loads(annotation.read_text(encoding="utf-8"))
            names = {item["id"]: str(item["name"]) for item in record["categories"]}
            objects: dict[int, list[StillObject]] = {image["id"]: [] for image in record["images"]}
            for item in record["annotations"]:
                box = np.array(item["bbox"], dtype=np.float64).reshape(4)
                if item.get("iscrowd") or not large_enough(box):
                    continue
                outline = item.get("segmentation")
                polygons = outline if isinstance(outline, list) else []
                points = tuple(np.array(p, dtype=np.float64).reshape(-1, 2) for p in polygons if len(p) >= 6)
                objects[item["image_id"]].append(StillObject(box, names[item["category_id"]], points))
            return [Still(folder / image["file_name"], tuple(objects[image["id"]])) for image in record["images"]]
        except (ValueError, KeyError, TypeError) as error:
            raise FormatError(f"{annotation} is no annotation file of COCO ({error!r}); replace it") from error
