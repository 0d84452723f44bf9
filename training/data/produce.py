"""The process that draws episodes, runs the trunk over them and keeps the pool fresh."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from training.data.clips import read_clips, split_clips
from training.data.episodes import CROPS, Episode, EpisodeConfig, EpisodeMaker
from training.data.pack import pack_clips
from training.data.photos import read_stills
from training.data.pool import F8_SHAPE, F16_SHAPE, Entry, Pool
from training.one_thread import one_thread_session

DEV_FIRST_GAP = 5
Seed = int | tuple[int, ...]


class FeatureRunner:
    """The ``features`` graph on one thread."""

    def __init__(self, graph: Path) -> None:
        self._session = one_thread_session(graph)

    def __call__(self, episode: Episode) -> Entry:
        """The episode's features for the pool."""
        f8, f16 = np.empty(F8_SHAPE, np.float16), np.empty(F16_SHAPE, np.float16)
        for n in range(CROPS):
            image = np.ascontiguousarray(episode.crops[n].transpose(2, 0, 1)[None], dtype=np.float32)
            a, b = self._session.run(["f8", "f16"], {"image": image})
            f8[n], f16[n] = a[0], b[0]
        boxes = episode.boxes.astype(np.float32)
        return Entry(f8, f16, boxes, episode.target, episode.category, episode.plain)


def training_maker(clips: Path, pack: Path, photos: Path, config: EpisodeConfig, seed: Seed) -> EpisodeMaker:
    """Draws from the training side of the clips and from the photos there are; packs the clips first where needed."""
    everything = read_clips(clips)
    pack_clips(everything, pack)
    split = split_clips(everything)
    chosen = [clip for clip in everything if clip.name in split.train]
    return EpisodeMaker(chosen, pack, read_stills(photos) if photos.is_dir() else [], config, seed)


def fill(pool: Pool, maker: EpisodeMaker, run: FeatureRunner, episodes: int | None, minutes: float | None) -> int:
    """Adds episodes to the pool until the number or the time is reached; returns how many."""
    serial, start, done = pool.newest + 1, time.monotonic(), 0
    while (episodes is None or done < episodes) and (minutes is None or time.monotonic() - start < 60 * minutes):
        pool.write(serial + done, run(maker.draw()))
        done += 1
    return done


def fill_dev(folder: Path, clips: Path, pack: Path, run: FeatureRunner, seed: int = 0, per_target: int = 24) -> Pool:
    """A pool of the development clips as a tracker meets them: first frame, two recent ones, three to search in.

    The three frames searched lie 1, 5 and up to 45 frames after the last of the memory.
    """
    everything = read_clips(clips)
    split = split_clips(everything)
    chosen = [clip for clip in everything if clip.name in split.dev]
    maker = EpisodeMaker(chosen, pack, [], EpisodeConfig(), seed)
    entries: list[Entry] = []
    for number, (_, boxes) in enumerate(maker.clip_targets):
        present = np.flatnonzero(np.isfinite(boxes[:, 0]))
        last = int(present[-1]) - 45
        for t in np.linspace(present[0] + 2 * DEV_FIRST_GAP, max(last, present[0] + 10), per_target).astype(int):
            later = tuple(min(int(t) + gap, len(boxes) - 1) for gap in (1, 5, 45))
            episode = maker.in_order(number, int(present[0]), (int(t) - DEV_FIRST_GAP, int(t), *later))
            if episode is not None:
                entries.append(run(episode))
    pool = Pool.create(folder, len(entries))
    for serial, entry in enumerate(entries):
        pool.write(serial, entry)
    return pool
