"""A ring of episodes' features on disk: one process fills it, others train from it at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import SourceError
from training.data.episodes import CROPS, VIEWS
from training.trunk import F8_CHANNELS, F16_CHANNELS

F8_SHAPE = (CROPS, F8_CHANNELS, 32, 32)
F16_SHAPE = (CROPS, F16_CHANNELS, 16, 16)
LABELS = np.dtype(
    [("serial", "<i8"), ("target", "<i4"), ("category", "<i4"), ("plain", "<i4"), ("boxes", "<f4", (VIEWS, 4))]
)


class Entry(NamedTuple):
    """One episode of the pool: features ``float16``, boxes ``(6, 4) float32`` in crop pixels, and what it shows."""

    f8: NDArray[np.float16]
    f16: NDArray[np.float16]
    boxes: NDArray[np.float32]
    target: int
    category: int
    plain: bool


@dataclass(frozen=True, eq=False)
class Pool:
    """The ring's files as memory maps. ``labels["serial"]`` is -1 where a slot is empty or being written."""

    f8: NDArray[np.float16]
    f16: NDArray[np.float16]
    labels: NDArray[np.void]

    @staticmethod
    def create(folder: Path, capacity: int) -> Pool:
        """A new, empty ring, or the one that is there if it has this capacity and as many crops an episode."""
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "labels.npy").exists():
            ring = Pool.open(folder, writable=True)
            if ring.f8.shape == (capacity, *F8_SHAPE):
                return ring
        labels = np.lib.format.open_memmap(folder / "labels.npy", mode="w+", dtype=LABELS, shape=(capacity,))
        labels["serial"] = -1
        for name, shape in (("f8", F8_SHAPE), ("f16", F16_SHAPE)):
            np.lib.format.open_memmap(folder / f"{name}.npy", mode="w+", dtype=np.float16, shape=(capacity, *shape))
        labels.flush()
        return Pool.open(folder, writable=True)

    @staticmethod
    def open(folder: Path, writable: bool = False) -> Pool:
        """The ring of a folder.

        Raises:
            SourceError: there is none.
        """
        if not (folder / "labels.npy").exists():
            raise SourceError(f"{folder} holds no pool of features; fill one first")
        mode = "r+" if writable else "r"
        arrays = [np.load(folder / f"{name}.npy", mmap_mode=mode) for name in ("f8", "f16", "labels")]
        return Pool(*arrays)

    def __len__(self) -> int:
        """Number of episodes that can be read."""
        return int((self.labels["serial"] >= 0).sum())

    @property
    def newest(self) -> int:
        """Serial number of the latest episode, -1 if there is none."""
        return int(self.labels["serial"].max())

    def write(self, serial: int, entry: Entry) -> None:
        """Stores an episode in the slot of its serial number, over the oldest."""
        slot = serial % len(self.labels)
        self.labels["serial"][slot] = -1
        self.f8[slot], self.f16[slot] = entry.f8, entry.f16
        label = self.labels[slot]
        label["boxes"] = entry.boxes
        label["target"], label["category"], label["plain"] = entry.target, entry.category, int(entry.plain)
        self.labels["serial"][slot] = serial

    def filled(self) -> NDArray[np.int64]:
        """Slots that hold an episode."""
        return np.flatnonzero(self.labels["serial"] >= 0)

    def label(self, slot: int) -> tuple[NDArray[np.float32], int, int, bool]:
        """Boxes ``(6, 4)``, target, category and plainness of a slot."""
        label = self.labels[slot]
        return np.array(label["boxes"]), int(label["target"]), int(label["category"]), bool(label["plain"])
