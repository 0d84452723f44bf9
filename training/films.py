"""Synthetic clips from photos: cut-outs that move over pictures for as long as one likes, with true boxes.

A target on a smooth way turns, grows, shrinks and blurs under a moving camera and changing light. Look-alikes move
beside it, something may cross in front of it, and at times it leaves the frame.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import SourceError
from engine.types import Float64Array
from training.cutouts import Photos, smeared, twin
from training.data.augment import Image, bounds, random_affine, transform
from training.data.scenes import CutOut
from training.synthetic import Ground, Mover, SceneConfig, draw, visible_box

FPS = 25.0


@dataclass(frozen=True)
class FilmConfig:
    """Length and size of the clips, and chances of what happens in them.

    ``turn_every`` is the mean number of frames between two turns of a way. Sizes are square roots of areas as a share
    of the frame's.
    """

    frames: int = 150
    size: tuple[int, int] = (640, 360)
    look_alikes: int = 2
    occluder: float = 0.5
    leaves: float = 0.4
    turn_every: float = 30.0
    min_size: float = 0.06
    max_size: float = 0.3
    shutter: float = 0.5
    min_visible: float = 0.3
    scene: SceneConfig = field(default_factory=SceneConfig)


def wander(frames: int, dimensions: int, turn_every: float, rng: np.random.Generator) -> Float64Array:
    """``(frames, dimensions)`` smooth random curves, normal with deviation 1 at their turns."""
    turns = max(int(np.ceil(frames / turn_every)) + 1, 2)
    keys = rng.normal(size=(turns, dimensions))
    at = np.linspace(0, turns - 1, frames)
    low = np.minimum(at.astype(int), turns - 2)
    share = (1 - np.cos(np.pi * (at - low))) / 2  # comes to rest at every turn, as things do
    return np.asarray(keys[low] + (keys[low + 1] - keys[low]) * share[:, None])


class Actor:
    """A cut-out on its way: where it is on each frame, how large and how turned."""

    def __init__(self, item: CutOut, side: float, config: FilmConfig, rng: np.random.Generator) -> None:
        self.item, frames, size = item, config.frames, np.array(config.size, dtype=np.float64)
        base = random_affine(rng, config.scene.augment, True)
        self._linear = base * side / max(float(np.sqrt(bounds(item.points @ base.T)[2:].prod())), 1.0)
        ways = wander(frames, 2, config.turn_every, rng)
        self.centers = size * np.clip(0.5 + 0.22 * ways, 0.08, 0.92)
        self._zoom = 0.25 * wander(frames, 1, 2 * config.turn_every, rng)[:, 0]
        self._turn = 0.2 * wander(frames, 1, config.turn_every, rng)[:, 0]

    def leave(self, first: int, last: int, size: tuple[int, int]) -> None:
        """Be out of the frame between the two frames, going and coming by its nearer side."""
        middle = self.centers[(first + last) // 2]
        side = 1.0 if middle[0] > size[0] / 2 else -1.0
        ramp = max((last - first) // 4, 1)
        t = np.arange(len(self.centers))
        share = np.clip(np.minimum(t - first, last - t) / ramp + 1, 0, 1)
        self.centers[:, 0] += side * 1.3 * size[0] * (1 - np.cos(np.pi * share)) / 2

    def at(self, frame: int, shutter: float) -> Mover:
        """The cut-out as it is to be drawn on a frame, smeared by its motion."""
        cos, sin = np.cos(self._turn[frame]), np.sin(self._turn[frame])
        linear = np.array([[cos, -sin], [sin, cos]]) @ self._linear * np.exp(self._zoom[frame])
        velocity = self.centers[frame] - self.centers[max(frame - 1, 0)]
        item = smeared(self.item, np.linalg.solve(linear, velocity) * shutter)
        return Mover(item, linear, self.centers[frame], np.zeros(2))


class Film:
    """One clip: its pictures and the target's boxes ``(4,)``, NaN where it is out of sight."""

    def __init__(self, photos: Photos, rng: np.random.Generator, config: FilmConfig) -> None:
        self.config = config
        scale = float(np.sqrt(config.size[0] * config.size[1]))
        side = scale * float(np.exp(rng.uniform(np.log(config.min_size), np.log(config.max_size))))
        item, kind = photos.object(rng)
        self._target = Actor(item, side, config, rng)
        self._below = []
        for _ in range(int(rng.integers(config.look_alikes + 1))):
            other = twin(item, rng) if rng.random() < config.scene.twin else photos.object(rng, kind)[0]
            self._below.append(Actor(other, side * float(np.exp(rng.normal(0, 0.2))), config, rng))
        self._above = [Actor(photos.object(rng)[0], 1.2 * side, config, rng)] if rng.random() < config.occluder else []
        meeting = int(rng.integers(config.frames))
        for cover in self._above:
            cover.centers += self._target.centers[meeting] - cover.centers[meeting]
        if rng.random() < config.leaves and config.frames >= 40:
            spell = int(rng.integers(config.frames // 8, config.frames // 3))
            first = int(rng.integers(config.frames // 5, config.frames - spell))
            self._target.leave(first, first + spell, config.size)
        self._ground = Ground(photos.picture(rng), config.size, rng, replace(config.scene, still_camera=1.0), 1.3)
        self._pan = 0.04 * scale * wander(config.frames, 2, config.turn_every, rng)
        self._light = np.exp(0.12 * wander(config.frames, 1, config.turn_every, rng)[:, 0])

    def __iter__(self) -> Iterator[tuple[Image, Float64Array]]:
        """Pictures and boxes in order."""
        return (self.frame(i) for i in range(self.config.frames))

    def frame(self, index: int) -> tuple[Image, Float64Array]:
        """The picture of a frame and the target's box."""
        config, ground = self.config, self._ground
        pan = self._pan[index]
        seen = cv2.warpAffine(
            ground.see(0.0),
            np.array([[1.0, 0.0, pan[0]], [0.0, 1.0, pan[1]]]),
            config.size,
            borderMode=cv2.BORDER_REFLECT,
        )
        actors = [*self._below, self._target, *self._above]
        movers = [actor.at(index, config.shutter) for actor in actors]
        picture, boxes = draw(np.asarray(seen, np.uint8), movers, 0.0)
        number = len(self._below)
        covers = [_outline_box(mover) for mover in movers[number + 1 :]]
        box = visible_box(boxes[number], covers, config.size, config.min_visible)
        lit = cv2.convertScaleAbs(picture, alpha=float(self._light[index]))
        return np.asarray(lit, np.uint8), np.full(4, np.nan) if box is None else box


def _outline_box(mover: Mover) -> Float64Array:
    linear, center = mover.at(0.0)
    middle = np.array(mover.item.image.shape[1::-1]) / 2
    return bounds(transform(mover.item.points, np.column_stack([linear, center - linear @ middle])))


def write_films(folder: Path, photos: Photos, count: int, config: FilmConfig, seed: int = 0) -> list[Path]:
    """Writes ``film_000.mp4`` with ``film_000.txt`` and so on, and ``index.csv``; the videos' paths.

    Raises:
        SourceError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        path = folder / f"film_{number:03d}.mp4"
        rows = _write_film(path, photos, rng, config)
        lines = ["nan" if np.isnan(row[0]) else ",".join(f"{value:.2f}" for value in row) for row in rows]
        path.with_suffix(".txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        written.append(path)
    with (folder / "index.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["name", "dataset", "label", "footage_group"])
        table.writerows((path.stem, "synthetic", "gt", path.stem) for path in written)
    return written


def _write_film(path: Path, photos: Photos, rng: np.random.Generator, config: FilmConfig) -> list[NDArray[np.float64]]:
    """Writes one video; its boxes. A film begins with its target in sight."""
    while True:
        film = Film(photos, rng, config)
        if np.isfinite(film.frame(0)[1]).all():
            break
    part = path.with_name(path.stem + ".part.mp4")
    writer = cv2.VideoWriter(str(part), cv2.VideoWriter.fourcc(*"mp4v"), FPS, config.size)
    if not writer.isOpened():
        raise SourceError(f"cannot write {path}; choose a folder that can be written to")
    rows = []
    for picture, box in film:
        writer.write(picture)
        rows.append(box)
    writer.release()
    os.replace(part, path)
    return rows
