"""``boxes.csv`` (image, x, y, w, h, category) beside its photos, and ``polygons.json`` for those that have outlines."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import FormatError
from training.data.stills import Still, StillObject, large_enough

FILE, OUTLINES = "boxes.csv", "polygons.json"


class BoxesCsv:
    """Photos with a table of boxes."""

    name = FILE

    def find(self, home: Path, folders: Collection[str], files: Collection[str]) -> list[Path]:
        """The table, if it is there."""
        return [home / FILE] if FILE in files else []

    def read(self, annotation: Path) -> list[Still]:
        """Its photos. One with outlines gets an object an outline, whose bounds are the box."""
        outlined = annotation.with_name(OUTLINES)
        objects: dict[str, list[StillObject]] = {}
        kind = annotation.parent.name
        outlines: dict[str, list[dict[str, Any]]] = {}
        current = outlined
        try:
            if outlined.is_file():
                outlines = json.loads(outlined.read_text(encoding="utf-8"))
            for name, items in outlines.items():
                for item in items:
                    points = np.array(item["polygon"], dtype=np.float64).reshape(-1, 2)
                    low, high = points.min(axis=0), points.max(axis=0)
                    box = np.concatenate([low, high - low])
                    if large_enough(box):
                        objects.setdefault(name, []).append(StillObject(box, f"{kind} {item['category']}", (points,)))
            current = annotation
            with annotation.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    if row["image"] in outlines:
                        continue
                    box = np.array([float(row[key]) for key in ("x", "y", "w", "h")])
                    if large_enough(box):
                        objects.setdefault(row["image"], []).append(StillObject(box, f"{kind} {row['category']}", ()))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise FormatError(f"{current} does not hold boxes of photos ({error!r}); correct it") from error
        return [Still(annotation.parent / name, tuple(items)) for name, items in sorted(objects.items())]
