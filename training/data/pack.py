"""Decoded frames on disk as JPEG pictures, so that training reads any frame of any clip at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import SourceError
from training.data.clips import Clip, decode
from training.data.readers.packed import SUFFIX, offsets_of

QUALITY = 93


def pack_clip(clip: Clip, folder: Path) -> Path:
    """Writes ``NAME.jpegs`` and ``NAME.offsets.npy`` unless they are there, and returns the first.

    A clip that is packed already is linked to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / f"{clip.name}{SUFFIX}"
    offsets = offsets_of(data)
    if data.exists() and offsets.exists():
        return data
    if clip.path.suffix == SUFFIX:
        for link, target in ((data, clip.path), (offsets, offsets_of(clip.path))):
            link.unlink(missing_ok=True)
            link.symlink_to(target.resolve())
        return data
    part = data.with_suffix(".part")
    positions = [0]
    with part.open("wb") as file:
        for frame in frames_of(clip):
            good, buffer = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            if not good:
                raise SourceError(f"cannot compress a frame of {clip.path}")
            file.write(buffer.tobytes())
            positions.append(positions[-1] + len(buffer))
    np.save(offsets, np.array(positions, dtype=np.int64))
    os.replace(part, data)
    return data


def frames_of(clip: Clip) -> Iterator[NDArray[np.uint8]]:
    """The frames of a clip from its first on, ``(H, W, 3) uint8`` BGR."""
    if clip.path.suffix != SUFFIX:
        return decode(clip.path, clip.first)
    packed = FramePack(clip.path.parent, clip.path.stem)
    return (packed[i] for i in range(len(packed)))


def pack_clips(clips: Iterable[Clip], folder: Path) -> None:
    """Packs every clip."""
    for clip in clips:
        pack_clip(clip, folder)


class FramePack:
    """Random access to the frames of one packed clip."""

    def __init__(self, folder: Path, name: str) -> None:
        self._data = np.memmap(folder / f"{name}{SUFFIX}", dtype=np.uint8, mode="r")
        self._offsets = np.load(offsets_of(folder / f"{name}{SUFFIX}"))

    def __len__(self) -> int:
        """Number of frames."""
        return len(self._offsets) - 1

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        """Frame ``index``, ``(H, W, 3) uint8`` BGR."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        part = self._data[self._offsets[index] : self._offsets[index + 1]]
        frame = cv2.imdecode(part, cv2.IMREAD_COLOR)
        if frame is None:
            raise SourceError("a packed frame is damaged; delete the pack folder and pack again")
        return np.asarray(frame, dtype=np.uint8)
