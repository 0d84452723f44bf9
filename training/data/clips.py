"""Annotated clips: ``NAME.mp4`` with ``NAME.txt`` or ``NAME.1.txt`` ..., listed in ``index.csv``."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import FormatError, SourceError

TRUE_LABELS = ("gt", "mask")


@dataclass(frozen=True, eq=False)
class Clip:
    """One clip. ``targets`` holds one ``(frames, 4) float64`` x, y, w, h a target; absent rows are NaN."""

    name: str
    path: Path
    label: str
    group: str
    targets: tuple[NDArray[np.float64], ...]


@dataclass(frozen=True)
class Split:
    """Names of the clips to train on and of those to develop on; no footage is on both sides."""

    train: tuple[str, ...]
    dev: tuple[str, ...]


def read_boxes(path: Path) -> NDArray[np.float64]:
    """``(frames, 4) float64`` x, y, w, h of a truth file; rows without a target are NaN.

    Raises:
        FormatError: a row does not hold four numbers.
    """
    rows: list[list[float]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            values = [float(part) for part in line.replace("\t", ",").split(",")]
        except ValueError as error:
            raise FormatError(f"{path}, line {number}: expected x,y,w,h; correct the file") from error
        if len(values) == 1 and np.isnan(values[0]):
            values = [np.nan] * 4
        if len(values) != 4:
            raise FormatError(f"{path}, line {number}: expected x,y,w,h; correct the file")
        rows.append(values)
    boxes = np.array(rows, dtype=np.float64).reshape(-1, 4)
    boxes[~(np.isfinite(boxes).all(axis=1) & (boxes[:, 2] > 0) & (boxes[:, 3] > 0))] = np.nan
    return boxes


def read_clips(folder: Path) -> list[Clip]:
    """All clips of a folder by name, with the label and footage group that ``index.csv`` gives them.

    A clip that the index does not list has the label ``pseudo`` and is its own footage group.

    Raises:
        SourceError: the folder holds no annotated clip.
    """
    index: dict[str, dict[str, str]] = {}
    if (folder / "index.csv").is_file():
        with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
            index = {row["name"]: row for row in csv.DictReader(file)}
    clips: list[Clip] = []
    for path in sorted(folder.glob("*.mp4")):
        truths = [path.with_suffix(".txt")] if path.with_suffix(".txt").is_file() else []
        truths += sorted(folder.glob(f"{path.stem}.[0-9]*.txt"))
        if truths:
            row = index.get(path.stem, {})
            targets = tuple(read_boxes(truth) for truth in truths)
            clips.append(
                Clip(path.stem, path, row.get("label", "pseudo"), row.get("footage_group", path.stem), targets)
            )
    if not clips:
        raise SourceError(f"{folder} holds no clip NAME.mp4 with boxes in NAME.txt; give the folder of the clips")
    return clips


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


def decode(path: Path) -> Iterator[NDArray[np.uint8]]:
    """The frames of a video in order, ``(H, W, 3) uint8`` BGR."""
    capture = cv2.VideoCapture(str(path))
    if not capture.isOpened():
        raise SourceError(f"cannot open {path}; check that it is a video")
    try:
        while True:
            good, frame = capture.read()
            if not good:
                return
            yield np.asarray(frame, dtype=np.uint8)
    finally:
        capture.release()
