"""Boxes of indexed masks, as DAVIS and YouTube-VOS draw them: a colour an object, black for the rest."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from engine.datasets.clip import IMAGE_SUFFIXES, Clip, make_clip
from engine.errors import FormatError
from engine.sources.images import natural_key
from engine.types import Float64Array

MASKS, PICTURES = "Annotations", "JPEGImages"
_VOID_GREY, _VOID_COLOUR = 255, (192, 224, 224)
"""What DAVIS paints where nobody is sure; the colour is B, G, R."""


def mask_boxes(path: Path) -> dict[int, Float64Array]:
    """The box of every object of a mask by its value: its grey level, or its colour as one number.

    Raises:
        FormatError: the file is no picture.
    """
    mask = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if mask is None:
        raise FormatError(f"{path} is not a mask that can be read: replace it.")
    if mask.ndim == 3:  # a palette comes as its colours
        weights = np.array([1, 256, 65536], dtype=np.int64)
        values = (mask[..., :3].astype(np.int64) * weights).sum(axis=2)
        void = int((np.array(_VOID_COLOUR) * weights).sum())
    else:
        values, void = mask.astype(np.int64), _VOID_GREY
    boxes: dict[int, Float64Array] = {}
    objects = [int(value) for value in np.unique(values) if value not in (0, void)]
    if not objects and (values == void).any():  # one object in white on black
        objects = [void]
    for value in objects:
        inside = values == value
        rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        x, y = float(columns[0]), float(rows[0])
        boxes[value] = np.array([x, y, float(columns[-1]) + 1 - x, float(rows[-1]) + 1 - y])
    return boxes


def mask_truths(masks: dict[str, Path], frames: list[str]) -> list[Float64Array]:
    """One truth ``(frames, 4)`` for every object of some masks, in the order in which the objects appear.

    Between two masks that show an object its box moves evenly; where the next mask does not show it, it is absent.

    Args:
        masks: Mask files by the name of their frame.
        frames: Names of all frames, in order.
    """
    known = [(number, mask_boxes(masks[name])) for number, name in enumerate(frames) if name in masks]
    truths: list[Float64Array] = []
    for value in dict.fromkeys(value for _, boxes in known for value in boxes):
        truth = np.full((len(frames), 4), np.nan)
        before: tuple[int, Float64Array] | None = None
        for number, boxes in known:
            box = boxes.get(value)
            if box is not None:
                truth[number] = box
                if before is not None:
                    share = (np.arange(before[0] + 1, number) - before[0]) / (number - before[0])
                    truth[before[0] + 1 : number] = before[1] + share[:, None] * (box - before[1])
            before = None if box is None else (number, box)
        truths.append(truth)
    return truths


def mask_clips(masks: Path, pictures: Path) -> list[Clip]:
    """The clips of a folder of masks and the folder of its pictures.

    Raises:
        FormatError: there are no pictures, no masks, or a mask is damaged.
    """
    if not pictures.is_dir():
        raise FormatError(f"{masks} has no pictures: {pictures} is not there.")
    names = [path.name for path in pictures.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES]
    frames = [Path(name).stem for name in sorted(names, key=natural_key)]
    truths = mask_truths({path.stem: path for path in masks.glob("*.png")}, frames)
    if not truths:
        raise FormatError(f"{masks} shows no object in a mask that has a picture in {pictures}.")
    single = len(truths) == 1
    return [
        make_clip(masks.name if single else f"{masks.name}-{number}", pictures, truth, masks)
        for number, truth in enumerate(truths, start=1)
    ]
