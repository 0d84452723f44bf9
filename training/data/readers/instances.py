"""``instances.json`` beside its photos: for each ``image`` its ``objects`` with ``box``, ``category``, ``polygons``."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

import numpy as np

from engine.errors import FormatError
from training.data.stills import Still, StillObject, large_enough

FILE = "instances.json"


class Instances:
    """This project's own layout of annotated photos."""

    name = FILE

    def find(self, home: Path, folders: Collection[str], files: Collection[str]) -> list[Path]:
        """The file, if it is there."""
        return [home / FILE] if FILE in files else []

    def read(self, annotation: Path) -> list[Still]:
        """Its photos, which lie beside it or in the folder ``images``."""
        home = annotation.parent
        try:
            stills = []
            for record in json.loads(annotation.read_text(encoding="utf-8")):
                objects = [
                    StillObject(
                        np.array(item["box"], dtype=np.float64).reshape(4),
                        str(item["category"]),
                        tuple(np.array(p, dtype=np.float64).reshape(-1, 2) for p in item["polygons"] or ()),
                    )
                    for item in record["objects"]
                ]
                path = home / record["image"]
                kept = tuple(item for item in objects if large_enough(item.box))
                stills.append(Still(path if path.is_file() else home / "images" / record["image"], kept))
            return stills
        except (ValueError, KeyError, TypeError) as error:
            raise FormatError(f"{annotation} is no list of photos with boxes ({error!r}); correct it") from error
