"""Folders of images, glob patterns and printf patterns as a source."""

from __future__ import annotations

import glob
import re
from pathlib import Path

import cv2

from engine.errors import SourceError
from engine.sources.base import SourceInfo
from engine.types import Frame, read_only

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm"})
PRINTF = re.compile(r"%0?\d*d")


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """A sort key by which ``img9`` comes before ``img10``."""
    parts = re.split(r"(\d+)", name)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part.lower()) for part in parts if part]


def list_images(spec: str) -> list[Path]:
    """The image files of a folder, a glob (``shots/*.png``) or a printf pattern (``img%04d.jpg``), in natural order.

    Raises SourceError if there is none.
    """
    path = Path(spec)
    if path.is_dir():
        found = [p for p in path.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file()]
        nothing = f"{spec} holds no images: choose a folder with JPEG or PNG files, or a video."
    else:
        pattern = PRINTF.search(spec)
        names = glob.glob(PRINTF.sub("*", spec, count=1) if pattern else spec)
        if pattern:
            tail = len(spec) - pattern.end()
            names = [name for name in names if name[pattern.start() : len(name) - tail].isdigit()]
        found = [Path(name) for name in names if Path(name).is_file()]
        nothing = f"No image matches {spec}: check the pattern."
    if not found:
        raise SourceError(nothing)
    return sorted(found, key=lambda p: natural_key(p.name))


class ImagesSource:
    """Images of one size shown one after the other at ``fps``."""

    def __init__(self, spec: Path | str, fps: float = 30.0) -> None:
        if not fps > 0:
            raise SourceError(f"{fps:g} frames a second make no sense: give a number above 0.")
        self._paths = list_images(str(spec))
        self._fps = fps
        self._name = Path(spec).name or str(spec)
        self._position = 0
        self._closed = False
        self._size: tuple[int, int] | None = None
        self._size = self._load(0).size

    @property
    def info(self) -> SourceInfo:
        """What is known of the images."""
        width, height = self._size or (0, 0)
        return SourceInfo(self._name, width, height, self._fps, len(self._paths), live=False, time_source="fps")

    @property
    def dropped(self) -> int:
        """Always 0: no image is skipped."""
        return 0

    def read(self) -> Frame | None:
        """The next image, or None after the last. Raises SourceError if it cannot be read or has another size."""
        if self._closed or self._position >= len(self._paths):
            return None
        frame = self._load(self._position)
        self._position += 1
        return frame

    def seek(self, index: int) -> None:
        """Make :meth:`read` return image ``index`` next. Raises SourceError if there is no such image."""
        if not 0 <= index < len(self._paths):
            raise SourceError(f"Frame {index} is not there: choose one from 0 to {len(self._paths) - 1}.")
        self._position = index

    def close(self) -> None:
        """Make :meth:`read` return None from now on."""
        self._closed = True

    def _load(self, index: int) -> Frame:
        path = self._paths[index]
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is None:
            raise SourceError(f"{path} is not an image that can be read: remove or replace it.")
        frame = Frame(index, index / self._fps, read_only(image))
        if self._size is not None and frame.size != self._size:
            raise SourceError(
                f"{path.name} is {frame.size[0]}x{frame.size[1]} pixels but the first image is "
                f"{self._size[0]}x{self._size[1]}: all images must have one size."
            )
        return frame
