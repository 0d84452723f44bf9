"""A ring of samples on disk for each of the two frame shapes: one process fills it while another trains."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import SourceError
from engine.tracking.attention import Variant
from training.attention_clips import ClipScenes, in_order
from training.attention_samples import GRIDS, Trunks, sample_type, samples
from training.cutouts import Photos
from training.data.clips import Clip
from training.helper import ALL_OF_IT, Share
from training.synthetic import Scene, SceneConfig, pasted_scene, photo_scene

SYNTHETIC_GROUPS = 1_000_000
"""Synthetic scenes have group numbers from here up, each its own."""


class SampleRing:
    """Samples of one frame shape in a memory map; ``serials`` is -1 where a slot is empty or being written."""

    def __init__(self, folder: Path, variant: Variant, capacity: int | None = None, share: Share = ALL_OF_IT) -> None:
        """Opens the ring to read, or with a ``capacity`` to write: the one that is there if it has that size.

        ``share`` says which of several writers this is.
        """
        self.variant: Variant = variant
        data, serials = folder / f"{variant}.samples", folder / f"{variant}.serials.npy"
        if capacity is None and not serials.exists():
            raise SourceError(f"{folder} holds no samples; fill it first")
        if capacity is not None and not (serials.exists() and len(np.load(serials, mmap_mode="r")) == capacity):
            folder.mkdir(parents=True, exist_ok=True)
            np.memmap(data, sample_type(variant), "w+", shape=(capacity,)).flush()
            np.save(serials, np.full(capacity, -1, np.int64))
        self.serials = np.load(serials, mmap_mode="r" if capacity is None else "r+")
        mode = "r" if capacity is None else "r+"
        self._data = np.memmap(data, sample_type(variant), mode, shape=self.serials.shape)
        self._own = share.serials(int(self.serials.max()))

    def write(self, sample: NDArray[np.void]) -> None:
        """Stores a sample over the oldest."""
        serial = next(self._own)
        slot = serial % len(self.serials)
        self.serials[slot] = -1
        self._data[slot] = sample
        self.serials[slot] = serial

    def filled(self) -> NDArray[np.int64]:
        """Slots that hold a sample."""
        return np.flatnonzero(self.serials >= 0)

    def groups(self) -> NDArray[np.int32]:
        """The group of the sample in each slot, -1 where there is none."""
        return np.where(self.serials >= 0, self._data["group"], -1).astype(np.int32)

    def read(self, slots: Sequence[int] | NDArray[np.int64]) -> NDArray[np.void]:
        """The samples in these slots."""
        return np.asarray(self._data[np.sort(np.asarray(slots))])


@dataclass(frozen=True)
class MixConfig:
    """Shares of the kinds of scene, and the sizes of pasted and photographed scenes in pixels."""

    clips: float = 0.45
    pasted: float = 0.33
    long_side: int = 560
    scenes: SceneConfig = field(default_factory=SceneConfig)


class Mix:
    """Draws scenes from clips and photos."""

    def __init__(self, clips: ClipScenes | None, photos: Photos | None, config: MixConfig = MixConfig()) -> None:
        if clips is None and photos is None:
            raise SourceError("neither clips nor photos to train on; give at least one of them")
        self.clips, self.photos, self.config = clips, photos, config
        self._made = SYNTHETIC_GROUPS

    def draw(self, rng: np.random.Generator) -> tuple[int, Scene]:
        """A group number and a scene."""
        config = self.config
        if self.photos is None or (self.clips is not None and rng.random() < config.clips):
            assert self.clips is not None
            return self.clips.draw(rng)
        aspect = rng.uniform(1.5, 1.95) if rng.random() < 0.5 else rng.uniform(0.75, 1.45)
        size = (config.long_side, round(config.long_side / aspect))
        if aspect < 1:
            size = (round(config.long_side * aspect), config.long_side)
        make = pasted_scene if rng.random() < config.pasted / (1.0 - config.clips) else photo_scene
        self._made += 1
        return self._made, make(self.photos, size, rng, config.scenes)


def fill(
    rings: Mapping[Variant, SampleRing],
    mix: Mix,
    trunks: Trunks,
    rng: np.random.Generator,
    count: int | None = None,
    minutes: float | None = None,
) -> int:
    """Adds samples until the number or the time is reached; returns how many."""
    start, done = time.monotonic(), 0
    while (count is None or done < count) and (minutes is None or time.monotonic() - start < 60 * minutes):
        group, scene = mix.draw(rng)
        for variant, sample in samples(scene, group, trunks, rng):
            rings[variant].write(sample)
            done += 1
    return done


def fill_dev(folder: Path, clips: Sequence[Clip], pack: Path, trunks: Trunks) -> dict[Variant, SampleRing]:
    """Rings of held-out clips in order, first frame as the only memory; made once."""
    if not (folder / "done").exists():
        kept: dict[Variant, list[NDArray[np.void]]] = {variant: [] for variant in GRIDS}
        for group, scene in in_order(clips, pack):
            for variant, sample in samples(scene, group, trunks, None):
                kept[variant].append(sample)
        for variant, records in kept.items():
            ring = SampleRing(folder, variant, max(len(records), 1))
            for record in records:
                ring.write(record)
        (folder / "done").touch()
    return {variant: SampleRing(folder, variant) for variant in GRIDS}
