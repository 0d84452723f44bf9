"""A pool of features beside which a teacher's features of the search crops are kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.backbone.teacher import CHANNELS, Teacher
from training.data.episodes import SEARCH, Episode
from training.data.pool import Entry, Pool

SEARCHES = SEARCH.stop - SEARCH.start


@dataclass(frozen=True, eq=False)
class TaughtPool:
    """``pool`` and, slot by slot, ``lessons (capacity, 3, 96, 16, 16) float16``."""

    pool: Pool
    lessons: NDArray[np.float16]

    @staticmethod
    def create(folder: Path, capacity: int) -> TaughtPool:
        """A new ring, or the one that is there."""
        pool = Pool.create(folder, capacity)
        path = folder / "lessons.npy"
        if not path.exists():
            shape = (capacity, SEARCHES, CHANNELS, 16, 16)
            np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=shape)
        return TaughtPool(pool, np.load(path, mmap_mode="r+"))

    @staticmethod
    def open(folder: Path) -> TaughtPool:
        """The ring of a folder, to read."""
        return TaughtPool(Pool.open(folder), np.load(folder / "lessons.npy", mmap_mode="r"))

    def write(self, serial: int, entry: Entry, episode: Episode, teacher: Teacher | None) -> None:
        """Stores an episode with the teacher's view of its search crops; zeros where there is no teacher."""
        slot = serial % len(self.pool.labels)
        self.pool.labels["serial"][slot] = -1
        for n in range(SEARCHES):
            self.lessons[slot, n] = teacher(episode.crops[SEARCH.start + n]) if teacher else 0.0
        self.pool.write(serial, entry)
