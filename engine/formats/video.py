"""Annotated videos: results drawn and encoded on their own thread, behind a bounded queue."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from pathlib import Path

from engine.errors import FormatError
from engine.formats.base import TrackWriter
from engine.formats.mp4 import Mp4File
from engine.render import Overlay, Renderer
from engine.sources.base import SourceInfo
from engine.target_info import TargetInfo
from engine.track_log import LogFrame
from engine.types import FrameResult

WAITING = 8
"""Results that may wait to be drawn: about 50 MB at 1920x1080."""


class VideoTrackWriter(TrackWriter):
    """Writes an MP4 with the overlay drawn on every frame.

    When encoding is slower than tracking, ``write`` waits for files; for live sources the result is left out of
    the video and counted in :attr:`left_out`, so that tracking never waits.
    """

    def __init__(
        self, path: Path, info: SourceInfo, overlay: Overlay | None = None, targets: Sequence[TargetInfo] = ()
    ) -> None:
        super().__init__(path)
        self._info = info
        self._file = Mp4File(path, (info.width, info.height), info.fps)
        self._renderer = Renderer(overlay, targets)
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
        self._file.finish()

    def _discard(self) -> None:
        self._end()
        self._file.discard()

    def _end(self) -> None:
        if self._thread.is_alive():
            self._results.put(None)
            self._thread.join()

    def _raise_error(self) -> None:
        if self._error is not None:
            raise FormatError(f"{self.path} cannot be written: {self._error}.") from self._error

    def _encode_all(self) -> None:
        while (result := self._results.get()) is not None:
            if self._error is not None:
                continue  # keep emptying the queue so that nobody waits for room in it
            try:
                self._file.write(self._renderer.render(result))
            except Exception as error:
                self._error = error
