"""The process that keeps the taught pool fresh while the trunk is tuned."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path

from training.backbone.taught import TaughtPool
from training.backbone.teacher import Teacher
from training.data.episodes import EpisodeConfig
from training.data.produce import FeatureRunner, training_maker
from training.helper import Share, be_helper, helped, parent_lives
from training.workspace import FIRST_EPISODES, ROUND, Workspace

EPISODES = EpisodeConfig(reach=200, scale=0.22, memory_shift=0.05, memory_scale=0.14)
"""Memories as a tracker makes them: neither centred nor cut to the true size."""


def teaching(space: Workspace, folder: Path, teacher: Path | None, pause: float = 12.0) -> AbstractContextManager[None]:
    """Keeps the pool in ``folder`` fresh in other processes while the block runs; entered once it can be drawn from.

    ``pause`` is the seconds of rest after every hundred episodes once the pool is full.
    """
    taught = TaughtPool.create(folder, space.capacity)
    enough = min(FIRST_EPISODES, space.capacity)
    arguments = (space, folder, teacher, pause, taught.pool.newest)
    return helped(_feed, arguments, lambda: len(taught.pool) >= enough, space.feeders)


def _feed(space: Workspace, folder: Path, teacher: Path | None, pause: float, newest: int, share: Share) -> None:
    be_helper()
    taught = TaughtPool.create(folder, space.capacity)
    serials, seed = share.serials(newest), (space.seed, newest + 1, share.number)
    maker = training_maker(space.clips, space.pack, space.photos, EPISODES.turning(space.turned), seed)
    run, lessons = FeatureRunner(space.graph), Teacher(teacher) if teacher else None
    while parent_lives():
        for serial in islice(serials, ROUND):
            episode = maker.draw()
            taught.write(serial, run(episode), episode, lessons)
        if len(taught.pool) == space.capacity:
            time.sleep(pause)
