"""Photos with object boxes and, mostly, polygons: ``instances.json`` or COCO's ``boxes.csv`` with ``polygons.json``."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import SourceError

MIN_SIDE = 12.0


@dataclass(frozen=True, eq=False)
class StillObject:
    """One object of a photo. ``box`` is ``(4,) float64`` x, y, w, h; ``polygons`` are ``(n, 2) float64`` points."""

    box: NDArray[np.float64]
    category: str
    polygons: tuple[NDArray[np.float64], ...]


@dataclass(frozen=True, eq=False)
class Still:
    """One photo and its objects."""

    path: Path
    objects: tuple[StillObject, ...]


def read_stills(folder: Path) -> list[Still]:
    """The photos of a folder that have at least one object of 12 px or more a side.

    Raises:
        SourceError: the folder holds neither ``instances.json`` nor ``boxes.csv``.
    """
    if (folder / "instances.json").is_file():
        stills = _read_instances(folder)
    elif (folder / "boxes.csv").is_file():
        stills = _read_coco(folder)
    else:
        raise SourceError(f"{folder} holds neither instances.json nor boxes.csv; give a folder of annotated photos")
    return [still for still in stills if still.objects]


def _read_instances(folder: Path) -> list[Still]:
    records = json.loads((folder / "instances.json").read_text(encoding="utf-8"))
    stills = []
    for record in records:
        objects = tuple(
            StillObject(
                np.array(item["box"], dtype=np.float64),
                str(item["category"]),
                tuple(np.array(p, dtype=np.float64).reshape(-1, 2) for p in item["polygons"] or ()),
            )
            for item in record["objects"]
            if min(item["box"][2:]) >= MIN_SIDE
        )
        path = folder / record["image"]
        stills.append(Still(path if path.is_file() else folder / "images" / record["image"], objects))
    return stills


def _read_coco(folder: Path) -> list[Still]:
    """Photos with polygons get one object a polygon, whose bounds are the box; the others their boxes."""
    polygons: dict[str, list[dict[str, object]]] = {}
    if (folder / "polygons.json").is_file():
        polygons = json.loads((folder / "polygons.json").read_text(encoding="utf-8"))
    objects: dict[str, list[StillObject]] = {}
    for name, items in polygons.items():
        for item in items:
            points = np.array(item["polygon"], dtype=np.float64).reshape(-1, 2)
            low, high = points.min(axis=0), points.max(axis=0)
            if (high - low).min() >= MIN_SIDE:
                box = np.concatenate([low, high - low])
                objects.setdefault(name, []).append(StillObject(box, f"coco {item['category']}", (points,)))
    with (folder / "boxes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["image"] in polygons:
                continue
            box = np.array([float(row[key]) for key in ("x", "y", "w", "h")])
            if box[2:].min() >= MIN_SIDE:
                objects.setdefault(row["image"], []).append(StillObject(box, f"coco {row['category']}", ()))
    return [Still(folder / name, tuple(items)) for name, items in sorted(objects.items())]
