"""Scenes of true clips for the attention network, and the order in which a tracker would meet them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.types import Float64Array
from training.data.augment import AugmentConfig, Image, relight
from training.data.clips import TRUE_LABELS, Clip, Split, split_clips
from training.data.pack import FramePack
from training.synthetic import FRAMES, Scene, SceneTarget

FARTHEST = 300
MIN_SIDE_PX = 5.0
MIN_SHARE, MAX_SHARE = 0.02, 0.7
PSEUDO_DEV = 12


def attention_split(clips: Sequence[Clip]) -> Split:
    """The shared development split, with twelve footage groups of tracker-made boxes besides.

    Few clips have true boxes; attention asks for the place only, which the tracker-made ones give well enough.
    """
    split = split_clips(clips)
    groups = sorted({c.group for c in clips if c.name in split.train and c.label not in TRUE_LABELS})
    held = {groups[i] for i in np.random.default_rng(1).permutation(len(groups))[:PSEUDO_DEV]}
    moved = {c.name for c in clips if c.group in held}
    return Split(tuple(n for n in split.train if n not in moved), tuple(sorted({*split.dev, *moved})))


@dataclass(frozen=True)
class ClipSceneConfig:
    """Chances of the changes a clip's scene goes through."""

    flip: float = 0.5
    crop: float = 0.4
    relit: float = 0.6
    relit_template: float = 0.4
    absent: float = 0.1
    views: int = 2
    augment: AugmentConfig = field(default_factory=lambda: AugmentConfig(blur=0.1, coarse=0.1, noise=0.08))


class ClipScenes:
    """Draws scenes from annotated clips; footage counts evenly, true boxes twice."""

    def __init__(self, clips: Sequence[Clip], pack: Path, config: ClipSceneConfig | None = None) -> None:
        self.clips = [clip for clip in clips if any(np.isfinite(b[:, 0]).sum() > FRAMES for b in clip.targets)]
        self.config = config or ClipSceneConfig()
        self.packs = {clip.name: FramePack(pack, clip.name) for clip in self.clips}
        group_size = {c.group: sum(o.group == c.group for o in self.clips) for c in self.clips}
        weights = np.array([(2.0 if c.label in TRUE_LABELS else 1.0) / group_size[c.group] for c in self.clips])
        self._weights = weights / weights.sum()

    @property
    def single(self) -> frozenset[int]:
        """Indices of the clips with one target."""
        return frozenset(i for i, clip in enumerate(self.clips) if len(clip.targets) == 1)

    def draw(self, rng: np.random.Generator) -> tuple[int, Scene]:
        """Index of the clip, and a scene of it: template and frames up to 300 frames apart."""
        config, number = self.config, int(rng.choice(len(self.clips), p=self._weights))
        clip = self.clips[number]
        pack = self.packs[clip.name]
        boxes = clip.targets[int(rng.integers(len(clip.targets)))]
        here = np.flatnonzero(np.isfinite(boxes[: len(pack), 0]))
        first = int(rng.choice(here))
        reach = int(np.exp(rng.uniform(np.log(3), np.log(FARTHEST))))
        gone = np.flatnonzero(~np.isfinite(boxes[: len(pack), 0])) if clip.label in TRUE_LABELS else here[:0]
        pool = gone if len(gone) and rng.random() < config.absent else here
        near = pool[np.abs(pool - first) <= reach]
        now = int(rng.choice(near if len(near) else pool))
        flip = rng.random() < config.flip
        views = []
        for t in rng.choice(here, int(rng.integers(config.views + 1))):
            views.append(_changed(pack[int(t)], boxes[t], flip, rng, config))
        template = pack[first]
        frames = [pack[max(now - back, 0)] for back in range(FRAMES - 1, -1, -1)]
        pairs = [(b[first], b[now] if np.isfinite(b[now, 0]) else None) for b in (boxes, *clip.targets)]
        part = self._part(template.shape, pairs[0], rng)
        template, frames = _cropped(template, part), [_cropped(f, part) for f in frames]
        size = (template.shape[1], template.shape[0])
        light = int(rng.integers(2**31)) if rng.random() < config.relit else None
        if light is not None:
            frames = [relight(f, np.random.default_rng(light), config.augment) for f in frames]
        if rng.random() < config.relit_template:
            template = relight(template, rng, config.augment)
        if flip:
            template, frames = template[:, ::-1], [f[:, ::-1] for f in frames]
        targets = []
        for k, (old, new) in enumerate(pairs):
            old_box = _moved(old, part, size, flip)
            new_box = None if new is None else _moved(new, part, size, flip)
            known = not (k > 0 and (np.array_equal(old, pairs[0][0]) or new is None))
            if old_box is not None and known and (new is None or new_box is not None):
                targets.append(SceneTarget(old_box, new_box, tuple(views) if k == 0 else ()))
        arrays = [np.ascontiguousarray(f) for f in (template, *frames)]
        return number, Scene(arrays[0], tuple(arrays[1:]), tuple(targets[:2]))

    def _part(
        self, shape: tuple[int, ...], pair: tuple[Float64Array, Float64Array | None], rng: np.random.Generator
    ) -> tuple[int, int, int, int]:
        """A part of the picture, x, y, w, h, that holds both boxes; mostly all of it."""
        height, width = shape[:2]
        if rng.random() >= self.config.crop:
            return 0, 0, width, height
        both = np.stack([b for b in pair if b is not None])
        low = np.maximum(both[:, :2].min(axis=0), 0)
        high = np.minimum((both[:, :2] + both[:, 2:]).max(axis=0), (width, height))
        x0, y0 = (int(rng.uniform(0, max(v, 1))) for v in np.minimum(low, (0.4 * width, 0.4 * height)))
        x1 = int(rng.uniform(max(high[0], 0.6 * width), width)) if high[0] < width else width
        y1 = int(rng.uniform(max(high[1], 0.6 * height), height)) if high[1] < height else height
        return x0, y0, x1 - x0, y1 - y0


def _changed(
    image: Image, box: Float64Array, flip: bool, rng: np.random.Generator, config: ClipSceneConfig
) -> tuple[Image, Float64Array]:
    if rng.random() < config.relit_template:
        image = relight(image, rng, config.augment)
    if flip:
        return np.ascontiguousarray(image[:, ::-1]), np.array([image.shape[1] - box[0] - box[2], *box[1:]])
    return image, box


def _cropped(image: Image, part: tuple[int, int, int, int]) -> Image:
    x, y, w, h = part
    return image[y : y + h, x : x + w]


def _moved(
    box: Float64Array, part: tuple[int, int, int, int], size: tuple[int, int], flip: bool
) -> Float64Array | None:
    """The box in the cropped, flipped picture, cut to it; None where it is of no use to learn from."""
    if not np.isfinite(box).all():
        return None
    low = np.maximum(box[:2] - part[:2], 0.0)
    high = np.minimum(box[:2] - part[:2] + box[2:], size)
    side = high - low
    share = float(np.sqrt(max(side.prod(), 0.0) / (size[0] * size[1]))) if (side > 0).all() else 0.0
    if not (MIN_SHARE < share < MAX_SHARE) or side.min() < MIN_SIDE_PX or side.prod() < 0.4 * box[2:].prod():
        return None
    return np.array([size[0] - high[0] if flip else low[0], low[1], *side])


def in_order(clips: Sequence[Clip], pack: Path, every: int = 10) -> Iterator[tuple[int, Scene]]:
    """Each clip's targets as a tracker meets them: the first frame as template, then every tenth frame."""
    for number, clip in enumerate(clips):
        frames = FramePack(pack, clip.name)
        for boxes in clip.targets:
            first = int(np.flatnonzero(np.isfinite(boxes[: len(frames), 0]))[0])
            template = frames[first]
            for now in range(first + every, min(len(frames), len(boxes)), every):
                box = boxes[now] if np.isfinite(boxes[now, 0]) else None
                window = tuple(frames[max(now - back, 0)] for back in range(FRAMES - 1, -1, -1))
                yield number, Scene(template, window, (SceneTarget(boxes[first], box),))
