"""Annotated clips to train on: whatever layouts lie in a folder, split by footage."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine import datasets
from engine.errors import FormatError, SourceError
from engine.sources import open_source
from training.data.readers.packed import Packed

TRUE_LABELS = ("gt", "mask")
INDEX = "index.csv"
LAYOUTS: tuple[datasets.Layout, ...] = (*datasets.LAYOUTS, Packed())
_LABELS = {"plain": "pseudo", "packed": "pseudo", "DAVIS": "mask", "YouTube-VOS": "mask"}
"""How good the boxes of a layout are taken to be; of the others they are published ones. An index may say better."""


@dataclass(frozen=True, eq=False)
class Clip:
    """One clip. ``targets`` holds one ``(frames, 4) float64`` x, y, w, h a target; absent rows are NaN.

    Row i belongs to frame ``first + i`` of the video or folder of pictures ``path``.
    """

    name: str
    path: Path
    label: str
    group: str
    targets: tuple[NDArray[np.float64], ...]
    first: int = 0


@dataclass(frozen=True)
class Split:
    """Names of the clips to train on and of those to develop on; no footage is on both sides."""

    train: tuple[str, ...]
    dev: tuple[str, ...]


def read_clips(folder: Path) -> list[Clip]:
    """All clips below a folder by path, with the label and footage group that an ``index.csv`` beside them gives.

    Targets of one footage are one clip. A plain clip that no index lists has the label ``pseudo``; one that it does
    not list is its own footage group.

    Raises:
        SourceError: the folder holds no annotated clip.
        FormatError: one cannot be read.
    """
    footage: dict[Path, list[datasets.Found]] = {}
    for found in datasets.survey(folder, LAYOUTS):
        if found.error is not None:
            raise FormatError(f"{found.error} All that is wrong: attntrack data check {folder}") from found.error
        if found.clips:
            footage.setdefault(found.clips[0].source, []).append(found)
    if not footage:
        raise SourceError(
            f"{folder} holds no annotated clip: it takes NAME.mp4 with boxes in NAME.txt, and the layouts "
            f"{', '.join(layout.name for layout in datasets.LAYOUTS[1:])}"
        )
    names = [footage_name(parts[0]) for parts in footage.values()]
    indices: dict[Path, dict[str, dict[str, str]]] = {}
    clips = []
    for (source, parts), name in zip(footage.items(), names, strict=True):
        if names.count(name) > 1:
            name = "__".join((*source.parent.relative_to(folder).parts, name))
        home = source.parent
        index = indices.setdefault(home, _read_index(home / INDEX))
        row = index.get(source.stem, {})
        label = row.get("label", _LABELS.get(parts[0].layout, "gt"))
        targets = [clip for part in parts for clip in part.clips]
        # only OTB has frames before its truth begins; elsewhere rows without a box say that the target is absent
        first = min(clip.start for clip in targets) if parts[0].layout == "OTB" else 0
        clips.append(Clip(name, source, label, row.get("footage_group", name), _aligned(targets, first), first))
    return sorted(clips, key=lambda clip: str(clip.path))


def footage_name(found: datasets.Found) -> str:
    """What the footage is called: as its video, or as its folder, whichever has a name of its own."""
    path = found.annotation
    if found.clips[0].source.is_file():
        return found.clips[0].source.stem
    if path.name.startswith("groundtruth"):
        return path.parent.name
    return path.name if path.is_dir() else path.stem


def _aligned(clips: Sequence[datasets.Clip], first: int) -> tuple[NDArray[np.float64], ...]:
    """Truths that all begin on one frame, those that began later with absent rows."""
    return tuple(np.concatenate([np.full((clip.start - first, 4), np.nan), clip.truth]) for clip in clips)


def _read_index(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        try:
            return {row["name"]: row for row in csv.DictReader(file)}
        except (KeyError, UnicodeDecodeError, csv.Error) as error:
            raise FormatError(f"{path} is no index: it needs a column name, and label and footage_group") from error


def split_clips(clips: Iterable[Clip], seed: int = 0, dev_share: float = 0.15) -> Split:
    """Splits by footage group: ``dev_share`` of the groups whose boxes are all true go to development."""
    clips = list(clips)
    groups: dict[str, list[Clip]] = {}
    for clip in clips:
        groups.setdefault(clip.group, []).append(clip)
    true = sorted(g for g, members in groups.items() if all(c.label in TRUE_LABELS for c in members))
    count = max(1, round(dev_share * len(true))) if len(true) > 1 else 0
    held = {true[i] for i in np.random.default_rng(seed).permutation(len(true))[:count]}
    return Split(
        train=tuple(sorted(c.name for c in clips if c.group not in held)),
        dev=tuple(sorted(c.name for c in clips if c.group in held)),
    )


def decode(path: Path, first: int = 0) -> Iterator[NDArray[np.uint8]]:
    """The frames of a video or a folder of pictures in order from a frame on, ``(H, W, 3) uint8`` BGR.

    Raises:
        SourceError: it cannot be opened or read.
    """
    source = open_source(str(path))
    try:
        if first:
            source.seek(first)
        while (frame := source.read()) is not None:
            yield frame.image
    finally:
        source.close()
