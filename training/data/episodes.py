"""Episodes: ten crops of one target, from which training makes pairs, memories and domains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.geometry import crop_square, search_region
from engine.tracking.turned import turned_crops
from engine.types import Box
from training.data.augment import AugmentConfig, Image, occlude, relight
from training.data.clips import TRUE_LABELS, Clip
from training.data.pack import FramePack
from training.data.scenes import CutOut, View, cut_out, lookalikes_of, pasted_view, photo_view, piece
from training.data.stills import Still, StillObject

VIEWS, CROPS = 6, 10
INIT, MEMORY, SEARCH, TURNED_CROPS = 0, slice(1, 3), slice(3, 6), slice(6, 10)
CROP_SIZE = 256
SEARCH_FACTOR = 4.0


@dataclass(frozen=True)
class EpisodeConfig:
    """How episodes are drawn. Shifts are parts of the crop's side, scales of the logarithm."""

    clips: float = 0.5  # share of the episodes
    parts: float = 0.2  # share of the photo episodes whose target is a piece of an object
    pasted: float = 0.4  # share of the other photo episodes that get new backgrounds
    reach: int = 90  # frames between the first and any other
    shift: float = 0.22
    far_shift: float = 0.35
    far: float = 0.25  # share of search crops with the far shift
    scale: float = 0.18
    memory_shift: float = 0.02
    memory_scale: float = 0.06
    augment: AugmentConfig = field(default_factory=AugmentConfig)

    @property
    def turned(self) -> float:
        """Share of the clips' views that are rotated and stretched, as all of photos are."""
        return self.augment.bent

    def turning(self, share: float) -> EpisodeConfig:
        """The same with a share of the views turned and stretched far, for targets that bend and turn over."""
        return replace(self, augment=replace(self.augment, bent=share))


@dataclass(frozen=True, eq=False)
class Episode:
    """Crops ``(10, 256, 256, 3) uint8``: first frame, two for the memory, three to search, the first turned over.

    ``boxes`` ``(6, 4)`` are the target's in all but the turned ones.
    ``target`` numbers the object, ``category`` its kind; ``plain`` marks boxes that were not made by a tracker.
    """

    crops: Image
    boxes: NDArray[np.float64]
    target: int
    category: int
    plain: bool


def jittered_region(box: Box, shift: float, scale: float, rng: np.random.Generator) -> Box:
    """The square search region around the box, moved by up to ``shift`` of its side and scaled."""
    region = search_region(box, SEARCH_FACTOR)
    side = region.w * float(np.exp(np.clip(rng.normal(0.0, scale), -2.5 * scale, 2.5 * scale)))
    cx, cy = np.array(region.center) + rng.uniform(-shift, shift, 2) * side
    return Box(cx - side / 2, cy - side / 2, side, side)


class EpisodeMaker:
    """Draws episodes from clips and photos, reproducibly from a seed."""

    def __init__(
        self, clips: list[Clip], pack: Path, stills: list[Still], config: EpisodeConfig, seed: int | tuple[int, ...] = 0
    ) -> None:
        self.config = config
        self._rng = np.random.default_rng(seed)
        self._stills = stills
        self._clip_targets = [(clip, boxes) for clip in clips for boxes in clip.targets]
        self._packs: Mapping[str, FramePack] = {clip.name: FramePack(pack, clip.name) for clip in clips}
        weights = [
            np.sqrt(np.isfinite(boxes[:, 0]).sum()) * (2.0 if clip.label in TRUE_LABELS else 1.0)
            for clip, boxes in self._clip_targets
        ]
        self._weights = np.array(weights) / max(float(np.sum(weights)), 1e-9)
        names = sorted({item.category for still in stills for item in still.objects})
        self._categories = {name: i for i, name in enumerate(names)}
        self._objects = [(s, i) for s, still in enumerate(stills) for i in range(len(still.objects))]

    def draw(self) -> Episode:
        """One episode at random."""
        while True:
            if self._clip_targets and (not self._objects or self._rng.random() < self.config.clips):
                number = int(self._rng.choice(len(self._clip_targets), p=self._weights))
                episode = self._from_clip(number)
            else:
                episode = self._from_still(int(self._rng.integers(len(self._objects))))
            if episode is not None:
                return episode

    def in_order(self, number: int, first: int, frames: tuple[int, ...]) -> Episode | None:
        """A clip's target without augmentation, as a tracker would meet it; None where it is absent."""
        clip, boxes = self._clip_targets[number]
        indices = (first, *frames)
        if not all(np.isfinite(boxes[i]).all() for i in indices):
            return None
        views = [View(self._packs[clip.name][i], boxes[i]) for i in indices]
        return self._finish(views, number, -1 - number, True, augment=False)

    @property
    def clip_targets(self) -> list[tuple[Clip, NDArray[np.float64]]]:
        """Every target of every clip."""
        return self._clip_targets

    def _from_clip(self, number: int) -> Episode | None:
        rng, (clip, boxes) = self._rng, self._clip_targets[number]
        pack = self._packs[clip.name]
        present = np.flatnonzero(np.isfinite(boxes[: len(pack), 0]))
        start = int(rng.choice(present))
        near = present[np.abs(present - start) <= self.config.reach]
        indices = [start, *(int(i) for i in rng.choice(near, VIEWS - 1))]
        views = [self._turned(View(pack[i], boxes[i])) for i in indices]
        if min(float(view.box[2:].min()) for view in views) < 4.0:
            return None
        return self._finish(views, number, -1 - number, clip.label in TRUE_LABELS)

    def _turned(self, view: View) -> View:
        if not self.config.turned or self._rng.random() >= self.config.turned:  # unasked for, seeds draw as they did
            return view
        return photo_view(view.image, StillObject(view.box, "", ()), self._rng, self.config.augment, rotate=True)

    def _from_still(self, number: int) -> Episode | None:
        rng, (s, i) = self._rng, self._objects[number]
        still = self._stills[s]
        image = cv2.imread(str(still.path), cv2.IMREAD_COLOR)
        item = still.objects[i]
        if image is None or item.box[2:].prod() > 0.6 * image.shape[0] * image.shape[1]:
            return None  # an object that fills its photo has no surroundings to be told from
        image = np.asarray(image, dtype=np.uint8)
        part = rng.random() < self.config.parts
        if part:
            item = piece(item, rng)
        views = [photo_view(image, item, rng, self.config.augment)]
        if not part and item.polygons and rng.random() < self.config.pasted:
            views += self._pasted(image, still, i)
        else:
            views += [photo_view(image, item, rng, self.config.augment) for _ in range(VIEWS - 1)]
        if min(float(view.box[2:].min()) for view in views) < 6.0:
            return None
        first = len(self._clip_targets) + (len(self._objects) if part else 0)
        return self._finish(views, first + number, self._categories[item.category], True)

    def _pasted(self, image: Image, still: Still, index: int) -> list[View]:
        rng = self._rng
        target = cut_out(image, still.objects[index])
        others: list[CutOut] = [cut_out(image, still.objects[i]) for i in lookalikes_of(still, index)[:3]]
        side = float(np.sqrt(still.objects[index].box[2:].prod()))
        views = []
        background = image
        for n in range(VIEWS - 1):
            if n % 2 == 0:
                other = cv2.imread(str(self._stills[int(rng.integers(len(self._stills)))].path), cv2.IMREAD_COLOR)
                background = image if other is None else np.asarray(other, dtype=np.uint8)
            # the target takes at most a third of the background's shorter side
            fitted = min(max(side, 16.0), min(background.shape[:2]) / 3.0)
            chosen = others[: int(rng.integers(0, len(others) + 1))]
            views.append(pasted_view(background, target, chosen, rng, self.config.augment, fitted))
        return views

    def _finish(self, views: list[View], target: int, category: int, plain: bool, augment: bool = True) -> Episode:
        rng, config = self._rng, self.config
        crops = np.empty((CROPS, CROP_SIZE, CROP_SIZE, 3), dtype=np.uint8)
        boxes = np.empty((VIEWS, 4))
        mirror = augment and rng.random() < 0.5
        for n, view in enumerate(views):
            shift, scale = 0.0, 0.0
            if 1 <= n < SEARCH.start:
                shift, scale = config.memory_shift, config.memory_scale
            elif n >= SEARCH.start:
                far = augment and rng.random() < config.far
                shift, scale = config.far_shift if far else config.shift, config.scale
            region = jittered_region(Box.from_array(view.box), shift, scale, rng)
            crop, mapping = crop_square(view.image, region, CROP_SIZE)
            box = mapping.forward(view.box)
            if augment:
                if n >= SEARCH.start and rng.random() < config.augment.occlusion:
                    crop = occlude(crop, box, rng)
                crop = relight(crop, rng, config.augment)
            if mirror:
                crop = crop[:, ::-1]
                box[0] = CROP_SIZE - box[0] - box[2]
            crops[n], boxes[n] = crop, box
        crops[TURNED_CROPS] = turned_crops(crops[INIT], boxes[INIT])
        return Episode(crops, boxes, target, category, plain)
