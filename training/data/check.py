"""Says what is wrong with training data, and in which file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from engine import datasets
from engine.errors import SourceError
from engine.sources import open_source
from training.data.clips import LAYOUTS
from training.data.pack import FramePack
from training.data.photos import survey_photos
from training.data.readers.packed import SUFFIX
from training.data.stills import Still


@dataclass(frozen=True)
class Report:
    """``counts`` by layout and kind, one line each, and what is ``wrong``, a line a file."""

    counts: tuple[str, ...]
    wrong: tuple[str, ...]


def check_folder(folder: Path, deep: bool) -> Report:
    """What there is below a folder; ``deep`` reads every frame and photo, which takes as long as it takes.

    Raises:
        FormatError: there is no such folder.
    """
    wrong: list[str] = []
    clips: dict[str, Counter[str]] = {}
    for found in datasets.survey(folder, LAYOUTS):
        count = clips.setdefault(found.layout, Counter())
        if found.error is not None:
            wrong.append(str(found.error))
            continue
        for clip in found.clips:
            here = np.isfinite(clip.truth[:, 0])
            count += Counter(clips=1, boxes=int(here.sum()), absent=int((~here).sum()))
            wrong += _clip_faults(clip, found.annotation, deep)
    photos: dict[str, Counter[str]] = {}
    survey = survey_photos(folder)
    for stills in survey.found:
        count = photos.setdefault(stills.layout, Counter())
        if stills.error is not None:
            wrong.append(str(stills.error))
        for still in stills.stills:
            outlined = sum(bool(item.polygons) for item in still.objects)
            count += Counter(photos=1, objects=len(still.objects), outlined=outlined)
            wrong += _still_faults(still, stills.annotation, deep)
    lines = [
        *(f"{name}: {n['clips']} targets, {n['boxes']} boxes, {n['absent']} absent" for name, n in clips.items()),
        *(
            f"{name}: {n['photos']} photos, {n['objects']} objects, {n['outlined']} with outlines"
            for name, n in photos.items()
        ),
    ]
    return Report(tuple(lines), tuple(dict.fromkeys(wrong)))


def _clip_faults(clip: datasets.Clip, annotation: Path, deep: bool) -> Iterator[str]:
    needed = clip.start + len(clip.truth)
    try:
        if clip.source.suffix == SUFFIX:
            frames = FramePack(clip.source.parent, clip.source.stem)
            count, (height, width) = len(frames), frames[0].shape[:2]
        else:
            count, width, height = _measure(clip.source, needed, deep)
    except (SourceError, OSError, ValueError, IndexError) as error:
        yield f"{clip.source}: {error}"
        return
    if count < needed:
        yield f"{annotation}: {needed} rows for the {count} frames of {clip.source}"
    low, high = clip.truth[:, :2], clip.truth[:, :2] + clip.truth[:, 2:]
    outside = np.flatnonzero(((high <= 0) | (low >= (width, height))).any(axis=1))
    if len(outside):
        row, size = clip.start + int(outside[0]) + 1, f"{width}x{height}"
        yield f"{annotation}: {len(outside)} boxes of {clip.name} lie outside its {size} frames, first in row {row}"


def _measure(path: Path, needed: int, deep: bool) -> tuple[int, int, int]:
    """Number of frames, width and height; frames are counted one by one only where what is said of them is too few."""
    source = open_source(str(path))
    try:
        info = source.info
        said = info.frame_count or 0
        if not deep and said >= needed:
            return said, info.width, info.height
        count = 0
        while source.read() is not None:
            count += 1
        return count, info.width, info.height
    finally:
        source.close()


def _still_faults(still: Still, annotation: Path, deep: bool) -> Iterator[str]:
    if not still.path.is_file():
        yield f"{annotation}: {still.path} is not there"
        return
    if not deep:
        return
    image = cv2.imread(str(still.path), cv2.IMREAD_COLOR)
    if image is None:
        yield f"{still.path} is not a picture that can be read"
        return
    height, width = image.shape[:2]
    edges = [(*item.box[:2], *(item.box[:2] + item.box[2:])) for item in still.objects]
    if any(x0 >= width or y0 >= height or x1 <= 0 or y1 <= 0 for x0, y0, x1, y1 in edges):
        yield f"{annotation}: an object of {still.path.name} lies outside its {width}x{height} pixels"
