"""What an attention run needs around it: the trunk's graphs, the held-out samples, and the process that feeds it."""

from __future__ import annotations

import json
import time
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path

import numpy as np

from engine.tracking.attention import Variant
from training.attention_clips import ClipScenes, attention_split
from training.attention_pool import Mix, SampleRing, fill, fill_dev
from training.attention_samples import GRIDS, Trunks
from training.cutouts import read_photos
from training.data.clips import read_clips
from training.data.pack import pack_clips
from training.export import export_trunk
from training.helper import Share, be_helper, helped, parent_lives
from training.workspace import Workspace, open_data

FIRST_SAMPLES = 300
ROUND = 100


def rings_of(folder: Path) -> dict[Variant, SampleRing]:
    """The samples of a folder, to be read."""
    return {variant: SampleRing(folder, variant) for variant in GRIDS}


def prepare_attention(space: Workspace) -> None:
    """Packs the clips, exports the trunk and makes the held-out samples; what is there stays.

    Raises:
        SourceError: the data folder has no clips.
    """
    open_data(space)
    clips = read_clips(space.clips)
    pack_clips(clips, space.pack)
    split = attention_split(clips)
    space.attention.mkdir(parents=True, exist_ok=True)
    (space.attention / "split.json").write_text(json.dumps(asdict(split), indent=1) + "\n", encoding="utf-8")
    if not (space.trunk / "encode_square.onnx").exists():
        export_trunk(space.trunk)
    fill_dev(space.held, [clip for clip in clips if clip.name in split.dev], space.pack, Trunks(space.trunk))


def feeding_attention(space: Workspace, pause: float = 5.0) -> AbstractContextManager[None]:
    """Keeps the samples fresh in other processes while the block runs; entered once there is enough to start with.

    ``pause`` is the rest in seconds after every hundred samples once all is full: training needs the core more.
    """
    rings = [SampleRing(space.frames, variant, space.capacity) for variant in GRIDS]
    enough = min(FIRST_SAMPLES, space.capacity)
    made = sum(int(ring.serials.max()) + 1 for ring in rings)
    return helped(
        _feed, (space, pause, made), lambda: sum(len(ring.filled()) for ring in rings) >= enough, space.feeders
    )


def clip_scenes(space: Workspace) -> ClipScenes:
    """The scenes of the clips to train on."""
    clips = read_clips(space.clips)
    names = attention_split(clips).train
    return ClipScenes([clip for clip in clips if clip.name in names], space.pack)


def _feed(space: Workspace, pause: float, made: int, share: Share) -> None:
    be_helper()
    mix = Mix(clip_scenes(space), read_photos(space.photos) if space.photos.is_dir() else None)
    rings = {variant: SampleRing(space.frames, variant, space.capacity, share) for variant in GRIDS}
    trunks, rng = Trunks(space.trunk), np.random.default_rng((space.seed, made, share.number))
    while parent_lives():
        fill(rings, mix, trunks, rng, count=ROUND)
        if all(len(ring.filled()) == space.capacity for ring in rings.values()):
            time.sleep(pause)
