"""The process that keeps the taught pool fresh while the trunk is tuned."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2

from engine.errors import SourceError
from training.backbone.taught import TaughtPool
from training.backbone.teacher import Teacher
from training.data.episodes import EpisodeConfig
from training.data.produce import FeatureRunner, training_maker
from training.workspace import FIRST_EPISODES, Workspace

EPISODES = EpisodeConfig(reach=200, scale=0.22, memory_shift=0.05, memory_scale=0.14)
"""Memories as a tracker makes them: neither centred nor cut to the true size."""


@contextmanager
def teaching(space: Workspace, folder: Path, teacher: Path | None, pause: float = 12.0) -> Iterator[TaughtPool]:
    """The pool in ``folder``, filled by another process while the block runs; entered once it can be drawn from.

    ``pause`` is the seconds of rest after every hundred episodes once the pool is full.
    """
    taught = TaughtPool.create(folder, space.capacity)
    process = multiprocessing.get_context("spawn").Process(
        target=_feed, args=(space, folder, teacher, pause), daemon=True
    )
    process.start()
    try:
        while len(taught.pool) < min(FIRST_EPISODES, space.capacity):
            if not process.is_alive():
                raise SourceError("the process that draws training samples has ended; see its message above")
            time.sleep(0.2)
        yield taught
    finally:
        process.terminate()
        process.join()


def _feed(space: Workspace, folder: Path, teacher: Path | None, pause: float) -> None:
    cv2.setNumThreads(1)
    taught = TaughtPool.create(folder, space.capacity)
    serial = taught.pool.newest + 1
    maker = training_maker(space.clips, space.pack, space.stills, EPISODES, serial + space.seed)
    run, lessons = FeatureRunner(space.graph), Teacher(teacher) if teacher else None
    while True:
        episode = maker.draw()
        taught.write(serial, run(episode), episode, lessons)
        serial += 1
        if serial % 100 == 0 and len(taught.pool) == space.capacity:
            time.sleep(pause)
