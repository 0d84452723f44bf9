"""What an attention run needs around it: the trunk's graphs, the held-out samples, and the process that feeds it."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from engine.errors import SourceError
from engine.tracking.attention import Variant
from training.attention_clips import ClipScenes, attention_split
from training.attention_pool import Mix, SampleRing, fill, fill_dev
from training.attention_samples import GRIDS, Trunks
from training.cutouts import read_photos
from training.data.clips import read_clips
from training.data.pack import pack_clips
from training.export import export_trunk
from training.workspace import Workspace

FIRST_SAMPLES = 150
ROUND = 100


@dataclass(frozen=True)
class AttentionSpace:
    """Folders of an attention run beside those of the other networks; ``capacity`` samples for each frame shape."""

    space: Workspace
    capacity: int

    @property
    def folder(self) -> Path:
        """Checkpoints, scores, figures."""
        return self.space.work / "attention"

    @property
    def pool(self) -> Path:
        """Folder of the training samples."""
        return self.folder / "pool"

    @property
    def dev(self) -> Path:
        """Folder of the held-out samples."""
        return self.folder / "dev"

    @property
    def trunk(self) -> Path:
        """Folder of the exported trunk."""
        return self.space.work / "trunk"

    def rings(self) -> dict[Variant, SampleRing]:
        """The training samples, to be read."""
        return {variant: SampleRing(self.pool, variant) for variant in GRIDS}


def prepare_attention(space: AttentionSpace) -> dict[Variant, SampleRing]:
    """Packs the clips, exports the trunk, makes the held-out samples and returns them; what is there stays.

    Raises:
        SourceError: the data folder has no clips.
    """
    clips = read_clips(space.space.clips)
    pack_clips(clips, space.space.pack)
    split = attention_split(clips)
    space.folder.mkdir(parents=True, exist_ok=True)
    (space.folder / "split.json").write_text(json.dumps(asdict(split), indent=1) + "\n", encoding="utf-8")
    if not (space.trunk / "encode_square.onnx").exists():
        export_trunk(space.trunk)
    held = [clip for clip in clips if clip.name in split.dev]
    return fill_dev(space.dev, held, space.space.pack, Trunks(space.trunk))


@contextmanager
def feeding_attention(space: AttentionSpace, pause: float = 5.0) -> Iterator[None]:
    """Keeps the pool fresh in another process while the block runs; entered once there is enough to start with.

    ``pause`` is the rest in seconds after every hundred samples once the pool is full: training needs the core more.
    """
    rings = {variant: SampleRing(space.pool, variant, space.capacity) for variant in GRIDS}
    process = multiprocessing.get_context("spawn").Process(target=_feed, args=(space, pause), daemon=True)
    process.start()
    try:
        enough = min(FIRST_SAMPLES, space.capacity)
        while min(len(ring.filled()) for ring in rings.values()) < enough:
            if not process.is_alive():
                raise SourceError("the process that draws training samples has ended; see its message above")
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.join()


def clip_scenes(space: AttentionSpace) -> ClipScenes:
    """The scenes of the clips to train on."""
    clips = read_clips(space.space.clips)
    names = attention_split(clips).train
    return ClipScenes([clip for clip in clips if clip.name in names], space.space.pack)


def _feed(space: AttentionSpace, pause: float) -> None:
    cv2.setNumThreads(1)
    scenes = clip_scenes(space)
    images = space.space.data / "images"
    mix = Mix(scenes, read_photos(images) if images.is_dir() else None)
    rings = {variant: SampleRing(space.pool, variant, space.capacity) for variant in GRIDS}
    serial = sum(int(ring.serials.max()) + 1 for ring in rings.values())
    trunks, rng = Trunks(space.trunk), np.random.default_rng((space.space.seed, serial))
    while True:
        fill(rings, mix, trunks, rng, count=ROUND)
        if all(len(ring.filled()) == space.capacity for ring in rings.values()):
            time.sleep(pause)
