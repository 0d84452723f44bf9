"""Objects cut out of annotated photos, and what may happen to them before they are pasted elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from engine.errors import SourceError
from engine.types import Float64Array
from training.data.augment import Image, outline
from training.data.photos import survey_photos
from training.data.scenes import CutOut, cut_out
from training.data.stills import Still, StillObject

LONGEST_CUTOUT = 320
LARGE = 0.4


class Photos:
    """Annotated photos and plain pictures, to draw objects and backgrounds from."""

    def __init__(self, annotated: Sequence[Still], plain: Sequence[Path]) -> None:
        self.annotated = list(annotated)
        self.scenes = [still for still in annotated if any(0 < _share(item, still) < LARGE for item in still.objects)]
        self.pictures = [*plain, *(still.path for still in annotated)]
        self.outlined = [
            (still, item)
            for still in annotated
            for item in still.objects
            if item.polygons and item.box[2:].min() >= 32 and sum(len(p) for p in item.polygons) >= 4
        ]
        if not self.outlined:  # boxes only: the ellipse in a box holds mostly the object
            self.outlined = [
                (still, replace(item, polygons=(outline(item.box, ()),)))
                for still in annotated
                for item in still.objects
                if item.box[2:].min() >= 32
            ]
        if not self.outlined:
            raise SourceError("no object of 32 pixels or more in the photos; give larger photos or other ones")
        self._kinds: dict[str, list[int]] = defaultdict(list)
        for i, (_, item) in enumerate(self.outlined):
            self._kinds[item.category].append(i)

    def object(self, rng: np.random.Generator, like: str | None = None) -> tuple[CutOut, str]:
        """A random object and its category: ``like``, where there is another of it."""
        choice = self._kinds[like] if like in self._kinds else range(len(self.outlined))
        still, item = self.outlined[choice[int(rng.integers(len(choice)))]]
        return _cut(still.path, item), item.category

    def picture(self, rng: np.random.Generator) -> Image:
        """A random picture."""
        return read_picture(self.pictures[int(rng.integers(len(self.pictures)))])


def read_photos(folder: Path) -> Photos:
    """All photos below a folder; those of folders without annotations serve as backgrounds.

    Raises:
        SourceError: no photo has an annotated object.
        FormatError: an annotation cannot be read.
    """
    survey = survey_photos(folder)
    for found in survey.found:
        if found.error is not None:
            raise found.error
    return Photos([still for found in survey.found for still in found.stills if still.objects], survey.plain)


@lru_cache(maxsize=300)
def read_picture(path: Path) -> Image:
    """The picture ``(H, W, 3) uint8`` BGR."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise SourceError(f"cannot read {path}; check that it is a picture")
    return np.asarray(image, dtype=np.uint8)


def _share(item: StillObject, still: Still) -> float:
    """The object's area as a share of the hull of the photo's objects, or of a middling photo where that is larger."""
    corners = np.array([[*o.box[:2], *(o.box[:2] + o.box[2:])] for o in still.objects])
    width, height = corners[:, 2].max(), corners[:, 3].max()
    return float(item.box[2:].prod() / max(width * height, 400.0 * 300.0))


def _cut(path: Path, item: StillObject) -> CutOut:
    cut = cut_out(read_picture(path), item)
    scale = LONGEST_CUTOUT / max(cut.mask.shape)
    if scale >= 1:
        return cut
    size = (max(round(cut.mask.shape[1] * scale), 1), max(round(cut.mask.shape[0] * scale), 1))
    exact = np.array(size) / np.array(cut.mask.shape[::-1])
    image, mask = (cv2.resize(a, size, interpolation=cv2.INTER_AREA) for a in (cut.image, cut.mask))
    return CutOut(np.asarray(image, dtype=np.uint8), np.asarray(mask, dtype=np.float32), cut.points * exact)


def twin(item: CutOut, rng: np.random.Generator) -> CutOut:
    """The same cut-out in another colour, and mirrored at times: the hardest look-alike there is."""
    image, mask, points = item.image, item.mask, item.points
    if rng.random() < 0.6:
        image, mask = np.ascontiguousarray(image[:, ::-1]), np.ascontiguousarray(mask[:, ::-1])
        points = points * (-1.0, 1.0) + (mask.shape[1], 0.0)
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV).astype(np.int16)
    hsv[..., 0] = (hsv[..., 0] + int(rng.integers(25, 155))) % 180
    hsv[..., 2] = np.clip(hsv[..., 2] * rng.uniform(0.55, 1.45), 0, 255)
    return CutOut(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR), mask, points)


def smeared(item: CutOut, shift: Float64Array) -> CutOut:
    """The cut-out with the motion blur of ``shift`` ``(2,)`` of its own pixels."""
    if np.abs(shift).max() < 1:
        return item
    reach = int(np.ceil(np.abs(shift).max() / 2))
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    start, stop = (tuple(int(v) for v in np.rint(reach + sign * shift / 2)) for sign in (-1, 1))
    cv2.line(kernel, start, stop, 1.0)
    kernel /= kernel.sum()
    pad = ((reach, reach), (reach, reach))
    image = cv2.filter2D(np.pad(item.image, (*pad, (0, 0)), mode="edge"), -1, kernel)
    mask = cv2.filter2D(np.pad(item.mask, pad), -1, kernel)
    return CutOut(np.asarray(image, dtype=np.uint8), np.asarray(mask, dtype=np.float32), item.points + reach)
