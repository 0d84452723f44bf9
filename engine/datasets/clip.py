"""A clip with its truth, and what a reader of one dataset's layout looks like."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from engine.errors import FormatError
from engine.types import Float64Array, read_only

VIDEO_SUFFIXES = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg")
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A clip with its truth. ``truth`` is ``(N, 4) float64`` x, y, w, h, NaN rows where the target is absent.

    Row i belongs to frame ``start + i`` of ``source`` (a video file or a folder of pictures). Row 0 holds a box.
    """

    name: str
    source: Path
    truth: Float64Array
    start: int = 0


class Layout(Protocol):
    """Reads the clips of one dataset's layout."""

    @property
    def name(self) -> str:
        """What the layout is called."""
        ...

    def find(self, home: Path, folders: Collection[str], files: Collection[str]) -> list[Path]:
        """The annotations (files or folders) of footage that begin in this folder; opens none of them."""
        ...

    def read(self, annotation: Path) -> list[Clip]:
        """The clips of one of them, a target each. Raises FormatError, which names the file, if it cannot be read."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What lay in one place: its clips, or why they cannot be read."""

    layout: str
    annotation: Path
    clips: Sequence[Clip]
    error: FormatError | None = None


def make_clip(name: str, source: Path, truth: Float64Array, annotation: Path, start: int = 0) -> Clip:
    """The clip from its first frame with a box on. Raises FormatError if there is none."""
    present = np.flatnonzero(np.isfinite(truth[:, 0]))
    if len(present) == 0:
        raise FormatError(f"{annotation} has no box at all: nothing can be tracked.")
    first = int(present[0])
    return Clip(name, source, read_only(truth[first:]), start + first)


def pictures_of(home: Path, tried: Sequence[str]) -> Path:
    """The folder with the pictures: ``home`` or one of the folders in it that are tried first.

    Raises:
        FormatError: none of them holds a picture.
    """
    folder = next((home / sub for sub in tried if (home / sub).is_dir()), home)
    if not any(path.suffix.lower() in IMAGE_SUFFIXES for path in folder.iterdir()):
        places = " or ".join(f"{sub}/" for sub in tried)
        raise FormatError(f"{home} has a truth file but no pictures, neither in it nor in {places}.")
    return folder
