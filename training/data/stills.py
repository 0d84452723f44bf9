"""Annotated photos, and what a reader of one layout of them looks like."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

MIN_SIDE = 12.0


@dataclass(frozen=True, eq=False)
class StillObject:
    """One object of a photo. ``box`` is ``(4,) float64`` x, y, w, h; ``polygons`` are ``(n, 2) float64`` points."""

    box: NDArray[np.float64]
    category: str
    polygons: tuple[NDArray[np.float64], ...]


@dataclass(frozen=True, eq=False)
class Still:
    """One photo and its objects."""

    path: Path
    objects: tuple[StillObject, ...]


class StillLayout(Protocol):
    """Reads the photos of one layout."""

    @property
    def name(self) -> str:
        """What the layout is called."""
        ...

    def find(self, home: Path, folders: Collection[str], files: Collection[str]) -> list[Path]:
        """The annotations (files or folders) that begin in this folder; opens none of them."""
        ...

    def read(self, annotation: Path) -> list[Still]:
        """The photos of one of them. Raises FormatError, which names the file, if it cannot be read."""
        ...


def large_enough(box: NDArray[np.float64]) -> bool:
    """Whether an object is large enough to be learned from: 12 pixels a side."""
    return bool(np.isfinite(box).all() and box[2:].min() >= MIN_SIDE)
