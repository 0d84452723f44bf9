"""Annotated videos: results drawn and encoded on their own thread, behind a bounded queue."""

from __future__ import annotations

import os
import queue
import threading
from pathlib import Path

import cv2
import numpy as np

from engine.errors import FormatError
from engine.formats.base import TrackWriter, cannot_write, check_target
from engine.render import Overlay, Renderer
from engine.sources.base import SourceInfo
from engine.track_log import LogFrame
from engine.types import FrameResult, UInt8Array

WAITING = 8
"""Results that may wait to be drawn: about 50 MB at 1920x1080."""


class VideoTrackWriter(TrackWriter):
    """Writes an MP4 with the overlay drawn on every frame.

    When encoding is slower than tracking, ``write`` waits for files; for live sources the result is left out of
    the video and counted in :attr:`left_out`, so that tracking never waits.
    """

    def __init__(self, path: Path, info: SourceInfo, overlay: Overlay | None = None) -> None:
        super().__init__(path)
        if path.suffix.lower() != ".mp4":
            raise FormatError(f"{path.name} must end with .mp4: no other kind of video is written.")
        check_target(path)
        self._part = path.with_name(path.stem + ".part.mp4")
        self._info = info
        self._renderer = Renderer(overlay)
        self._size = (info.width + info.width % 2, info.height + info.height % 2)  # the encoder takes even sides
        self._encoder = cv2.VideoWriter(
            str(self._part), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), info.fps, self._size
        )
        if not self._encoder.isOpened():
            self._part.unlink(missing_ok=True)
            raise FormatError(f"{path} cannot be written as a video: choose another folder or free some space.")
        self.left_out = 0
        self._results: queue.Queue[FrameResult | None] = queue.Queue(WAITING)
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._encode_all, name="attntrack-video", daemon=True)
        self._thread.start()

    def _write(self, result: FrameResult | LogFrame) -> None:
        if not isinstance(result, FrameResult):
            raise FormatError("A video needs pictures: write results with their frames.")
        self._raise_error()
        if self._info.live:
            try:
                self._results.put_nowait(result)
            except queue.Full:
                self.left_out += 1
            return
        self._results.put(result)

    def _finish(self) -> None:
        self._end()
        self._raise_error()
        if not self._part.is_file() or self._part.stat().st_size == 0:
            raise FormatError(f"{self.path} could not be written: free some space or choose another folder.")
        try:
            os.replace(self._part, self.path)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def _discard(self) -> None:
        self._end()
        self._part.unlink(missing_ok=True)

    def _end(self) -> None:
        if self._thread.is_alive():
            self._results.put(None)
            self._thread.join()
        self._encoder.release()

    def _raise_error(self) -> None:
        if self._error is not None:
            raise FormatError(f"{self.path} cannot be written: {self._error}.") from self._error

    def _encode_all(self) -> None:
        while (result := self._results.get()) is not None:
            if self._error is not None:
                continue  # keep emptying the queue so that nobody waits for room in it
            try:
                self._encoder.write(self._fitted(self._renderer.render(result)))
            except Exception as error:
                self._error = error

    def _fitted(self, image: UInt8Array) -> UInt8Array:
        height, width = image.shape[:2]
        if (width, height) == self._size:
            return image
        right, below = self._size[0] - width, self._size[1] - height
        if min(right, below) < 0:
            raise ValueError(f"a frame of {width}x{height} pixels came in a video of {self._size[0]}x{self._size[1]}")
        padded = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE)
        return np.asarray(padded, dtype=np.uint8)
