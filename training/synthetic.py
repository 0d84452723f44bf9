"""Short synthetic clips of stills: objects moved over pictures, or a whole picture under a moving camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from engine.types import Float64Array
from training.cutouts import Photos, read_picture, smeared, twin
from training.data.augment import AugmentConfig, Image, bounds, outline, random_affine, relight, transform
from training.data.scenes import CutOut, paste

FRAMES = 3


@dataclass(frozen=True, eq=False)
class SceneTarget:
    """A target of a scene: boxes ``(4,) float64`` in the template and in the last frame, None where it is not there.

    ``views`` are further pictures of it with its box, as a tracker's memory would hold.
    """

    template_box: Float64Array
    box: Float64Array | None
    views: tuple[tuple[Image, Float64Array], ...] = ()


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture from earlier, three frames in a row, all ``(H, W, 3) uint8`` BGR of one size, and their targets."""

    template: Image
    frames: tuple[Image, ...]
    targets: tuple[SceneTarget, ...]


@dataclass(frozen=True)
class SceneConfig:
    """Chances and sizes. Sizes are square roots of areas as a share of the frame's, drawn evenly in the logarithm."""

    similar: float = 0.75
    twin: float = 0.4
    occluder: float = 0.2
    absent: float = 0.15
    still_camera: float = 0.35
    frozen: float = 0.4
    other_place: float = 0.4
    blur: float = 0.35
    min_size: float = 0.03
    max_size: float = 0.5
    min_visible: float = 0.3
    augment: AugmentConfig = field(default_factory=lambda: AugmentConfig(rotation=12.0, scale=0.3, aspect=0.1))


@dataclass(frozen=True, eq=False)
class Mover:
    """A cut-out on its way: ``linear`` ``(2, 2)`` and ``center`` ``(2,)`` at time 0, and their change in a frame."""

    item: CutOut
    linear: Float64Array
    center: Float64Array
    velocity: Float64Array
    zoom: float = 0.0
    turn: float = 0.0

    def at(self, when: float) -> tuple[Float64Array, Float64Array]:
        """Linear map and centre ``when`` frames later."""
        cos, sin = np.cos(self.turn * when), np.sin(self.turn * when)
        turned = np.array([[cos, -sin], [sin, cos]]) @ self.linear
        return turned * np.exp(self.zoom * when), self.center + self.velocity * when

    def side(self) -> float:
        """Square root of its box's area in frame pixels."""
        return float(np.sqrt(bounds(self.item.points @ self.linear.T)[2:].prod()))


def visible_box(
    box: Float64Array, later: Sequence[Float64Array], size: tuple[int, int], share: float
) -> Float64Array | None:
    """The part of the box in the frame, or None when less than ``share`` of it is neither cut off nor covered."""
    low = np.maximum(box[:2], 0.0)
    high = np.minimum(box[:2] + box[2:], size)
    if (high - low < 1).any():
        return None
    grid = (np.arange(8) + 0.5) / 8
    x, y = (box[0] + grid * box[2])[None, :], (box[1] + grid * box[3])[:, None]
    seen = (x > 0) & (x < size[0]) & (y > 0) & (y < size[1])
    for other in later:
        seen &= ~((x > other[0]) & (x < other[0] + other[2]) & (y > other[1]) & (y < other[1] + other[3]))
    return np.concatenate([low, high - low]) if seen.mean() >= share else None


def draw(ground: Image, movers: Sequence[Mover], when: float) -> tuple[Image, list[Float64Array]]:
    """The movers on a copy of the picture, later ones on top, and their boxes."""
    canvas = ground.copy()
    return canvas, [paste(canvas, mover.item, *mover.at(when)) for mover in movers]


def _speed(side: float, rng: np.random.Generator) -> Float64Array:
    length = side * float(np.exp(rng.uniform(np.log(0.005), np.log(0.25))))
    angle = rng.uniform(0, 2 * np.pi)
    return length * np.array([np.cos(angle), np.sin(angle)])


class Ground:
    """A picture seen by a camera that pans, zooms and turns; around it, where it does not fill, its mean colour.

    ``tightest`` is the smallest zoom, in units of the one at which the picture just fills the frame.
    """

    def __init__(
        self, image: Image, size: tuple[int, int], rng: np.random.Generator, config: SceneConfig, tightest: float = 1.05
    ) -> None:
        self.image, self.size = image, size
        fill = max(size[0] / image.shape[1], size[1] / image.shape[0])
        self.linear = random_affine(rng, replace(config.augment, scale=0.0), False)
        self.linear = self.linear * fill * rng.uniform(tightest, tightest + 0.6)
        room = np.abs(self.linear).sum(axis=1) * image.shape[1::-1] - size
        self.center = np.array(size) / 2 + 0.35 * np.abs(room) * rng.uniform(-1, 1, 2)
        still = rng.random() < config.still_camera
        self.velocity = np.zeros(2) if still else _speed(0.1 * size[0], rng)
        self.zoom = 0.0 if still else float(rng.normal(0, 0.01))

    def matrix(self, when: float) -> Float64Array:
        """``(2, 3)``: continuous pixels of the picture to pixels of the frame, ``when`` frames from the last."""
        linear = self.linear * np.exp(self.zoom * when)
        middle = np.array(self.image.shape[1::-1]) / 2
        return np.column_stack([linear, self.center + self.velocity * when - linear @ middle])

    def see(self, when: float) -> Image:
        """The frame ``when`` frames from the last."""
        pixels = self.matrix(when)
        pixels[:, 2] += pixels[:, :2] @ np.array([0.5, 0.5]) - 0.5
        mean = tuple(float(v) for v in self.image[::16, ::16].reshape(-1, 3).mean(axis=0))
        seen = cv2.warpAffine(self.image, pixels, self.size, flags=cv2.INTER_LINEAR, borderValue=mean)
        return np.asarray(seen, dtype=np.uint8)


def pasted_scene(photos: Photos, size: tuple[int, int], rng: np.random.Generator, config: SceneConfig) -> Scene:
    """Cut-outs that move over a picture, beside look-alikes; each of the first two is a target.

    A look-alike is another object of the category, or the target itself recoloured. At times the first target is
    gone from the frames while its look-alikes stay.
    """
    item, kind = photos.object(rng)
    movers = [_start(item, size, rng, config, None)]
    while len(movers) < 4 and rng.random() < config.similar:
        same = rng.random() < 0.75
        other = (
            twin(item, rng) if same and rng.random() < config.twin else photos.object(rng, kind if same else None)[0]
        )
        movers.append(_start(other, size, rng, config, movers))
    shown = movers[1:] if rng.random() < config.absent else list(movers)
    if rng.random() < config.occluder:
        cover = _start(photos.object(rng)[0], size, rng, config, None)
        scale = movers[0].side() / max(cover.side(), 1.0)
        place = movers[0].center + rng.normal(0, 0.6, 2) * movers[0].side()
        shown.append(replace(cover, linear=cover.linear * scale, center=place))
    if rng.random() < config.blur:
        shutter = rng.uniform(0.2, 0.9)
        blurred = [replace(m, item=smeared(m.item, np.linalg.solve(m.linear, m.velocity) * shutter)) for m in shown]
    else:
        blurred = shown
    ground = Ground(photos.picture(rng), size, rng, config)
    seed = int(rng.integers(2**31))
    frames, boxes = _film(ground, blurred, seed, rng.random() < config.frozen, config)
    places = {
        id(m): visible_box(b, boxes[i + 1 :], size, config.min_visible)
        for i, (m, b) in enumerate(zip(shown, boxes, strict=True))
    }
    old = ground if rng.random() > config.other_place else Ground(photos.picture(rng), size, rng, config)
    template, template_boxes = _earlier(old, movers, rng, config)
    targets = []
    for i, mover in enumerate(movers[:2]):
        first = visible_box(template_boxes[i], template_boxes[i + 1 :], size, 0.6)
        if first is not None and (mover not in shown or places[id(mover)] is not None):
            views = []
            for _ in range(int(rng.integers(0, 3))):
                view, view_boxes = _earlier(ground, [mover], rng, config)
                views.append((view, view_boxes[0]))
            targets.append(SceneTarget(first, places.get(id(mover)), tuple(views)))
    return Scene(template, frames, tuple(targets))


def photo_scene(photos: Photos, size: tuple[int, int], rng: np.random.Generator, config: SceneConfig) -> Scene:
    """A whole photo under a moving camera; up to three of its objects are targets, the rest are its look-alikes."""
    still = photos.scenes[int(rng.integers(len(photos.scenes)))]
    image = read_picture(still.path)
    now, before = Ground(image, size, rng, config, 0.7), Ground(image, size, rng, config, 0.7)
    frames, _ = _film(now, [], int(rng.integers(2**31)), rng.random() < config.frozen, config)
    template = relight(before.see(0.0), rng, config.augment)
    targets: list[SceneTarget] = []
    for index in rng.permutation(len(still.objects)):
        points = outline(still.objects[index].box, still.objects[index].polygons)
        first = visible_box(bounds(transform(points, before.matrix(0.0))), (), size, 0.6)
        box = visible_box(bounds(transform(points, now.matrix(0.0))), (), size, config.min_visible)
        large = first is not None and first[2:].prod() > 0.5 * size[0] * size[1]
        if first is None or box is None or large or len(targets) == 3:
            continue
        targets.append(SceneTarget(first, box))
    return Scene(template, frames, tuple(targets))


def _film(
    ground: Ground, movers: Sequence[Mover], seed: int, frozen: bool, config: SceneConfig
) -> tuple[tuple[Image, ...], list[Float64Array]]:
    """The last three frames in one light, and the boxes in the last; ``frozen`` repeats it, as at a clip's start."""
    frames: list[Image] = []
    boxes: list[Float64Array] = []
    for when in [0.0] if frozen else [-2.0, -1.0, 0.0]:
        picture, boxes = draw(ground.see(when), movers, when)
        frames.append(relight(picture, np.random.default_rng(seed), config.augment))
    return tuple(frames) * (FRAMES if frozen else 1), boxes


def _earlier(
    ground: Ground, movers: Sequence[Mover], rng: np.random.Generator, config: SceneConfig
) -> tuple[Image, list[Float64Array]]:
    """The movers at another time: turned, stretched and somewhere else, in another light."""
    when = -float(rng.uniform(0, 4))
    moved = [
        replace(
            m,
            linear=random_affine(rng, config.augment, True) @ m.linear,
            center=m.center + rng.normal(0, 0.3, 2) * m.side(),
        )
        for m in movers
    ]
    picture, boxes = draw(ground.see(when), moved, 0.0)
    return relight(picture, rng, config.augment), boxes


def _start(
    item: CutOut, size: tuple[int, int], rng: np.random.Generator, config: SceneConfig, others: Sequence[Mover] | None
) -> Mover:
    """The cut-out somewhere in the frame, apart from the others and mostly of about the first one's size."""
    side = float(np.sqrt(size[0] * size[1]) * np.exp(rng.uniform(np.log(config.min_size), np.log(config.max_size))))
    if others and rng.random() < 0.8:
        side = others[0].side() * float(np.exp(rng.normal(0, 0.2)))
    linear = random_affine(rng, config.augment, True)
    linear *= side / max(float(np.sqrt(bounds(item.points @ linear.T)[2:].prod())), 1.0)
    center = np.array(size) * rng.uniform(0.12, 0.88, 2)
    for _ in range(8):
        if all(np.linalg.norm(center - o.center) > 0.6 * (side + o.side()) for o in others or ()):
            break
        center = np.array(size) * rng.uniform(0.12, 0.88, 2)
    return Mover(item, linear, center, _speed(side, rng), float(rng.normal(0, 0.01)), float(rng.normal(0, 0.02)))
