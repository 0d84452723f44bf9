"""An MP4 file that is written picture by picture, and stands under its name only when it is complete."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np

from engine.errors import FormatError
from engine.formats.base import cannot_write, check_target
from engine.types import UInt8Array


class Mp4File:
    """Takes pictures of one size; odd sides are padded by a row or column, for the encoder takes even ones.

    Raises FormatError if nothing can be written there.
    """

    def __init__(self, path: Path, size: tuple[int, int], fps: float) -> None:
        if path.suffix.lower() != ".mp4":
            raise FormatError(f"{path.name} must end with .mp4: no other kind of video is written.")
        check_target(path)
        self.path = path
        self._part = path.with_name(path.stem + ".part.mp4")
        self._size = (size[0] + size[0] % 2, size[1] + size[1] % 2)
        self._encoder = cv2.VideoWriter(
            str(self._part), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), fps, self._size
        )
        if not self._encoder.isOpened():
            self._part.unlink(missing_ok=True)
            raise FormatError(f"{path} cannot be written as a video: choose another folder or free some space.")

    def write(self, image: UInt8Array) -> None:
        """Add a picture ``(H, W, 3) uint8`` BGR. Raises ValueError if it has another size."""
        self._encoder.write(self._fitted(image))

    def finish(self) -> None:
        """Complete the file and give it its name. Raises FormatError if that fails."""
        self._encoder.release()
        if not self._part.is_file() or self._part.stat().st_size == 0:
            raise FormatError(f"{self.path} could not be written: free some space or choose another folder.")
        try:
            os.replace(self._part, self.path)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def discard(self) -> None:
        """Leave nothing behind."""
        self._encoder.release()
        self._part.unlink(missing_ok=True)

    def _fitted(self, image: UInt8Array) -> UInt8Array:
        height, width = image.shape[:2]
        if (width, height) == self._size:
            return image
        right, below = self._size[0] - width, self._size[1] - height
        if not (0 <= right <= 1 and 0 <= below <= 1):
            raise ValueError(f"a frame of {width}x{height} pixels came in a video of {self._size[0]}x{self._size[1]}")
        padded = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE)
        return np.asarray(padded, dtype=np.uint8)
