"""Small copies of the frames before the one shown, decoded on a thread of their own, for scrubbing backwards.

A decoder only goes forwards from a key frame, so every picture of a way back costs all those before it. Here they are
decoded once and kept, and what comes before them is decoded while the user is still among them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import cv2
import numpy as np

from engine.errors import AttnTrackError, SourceError
from engine.sources.ahead import ReadAhead
from engine.sources.base import FrameSource
from engine.sources.file import FileSource
from engine.types import Frame, UInt8Array, read_only

AREA_PX = 72_000
"""Of a copy: 310 x 232, or 360 x 200."""
PIECE = 128
"""Frames that are decoded in one go at most, where key frames are farther apart."""
KEPT = 2 * PIECE
"""Frames, 55 MB in all: the piece where the user is, and the one before it."""

logger = logging.getLogger(__name__)


class Reel:
    """Keeps frames around a wish.

    Args:
        reopen: Opens the same file once more.
        key_before: The key frame at or before a frame.
    """

    def __init__(self, reopen: Callable[[], FrameSource], key_before: Callable[[int], int]) -> None:
        self._reopen, self._key_before = reopen, key_before
        self._kept: dict[int, tuple[float, UInt8Array]] = {}
        self._here = 0  # where the user is
        self._wanted = False  # whether something may be missing there
        self._over = False
        self._changed = threading.Condition()
        self._source: FrameSource | None = None
        self._thread = threading.Thread(target=self._run, name="attntrack-reel", daemon=True)

    def get(self, index: int, size: tuple[int, int]) -> Frame | None:
        """A frame as large as it should be, but not as sharp; None if it is not there."""
        with self._changed:
            kept = self._kept.get(index)
        if kept is None:
            return None
        picture = cv2.resize(kept[1], size, interpolation=cv2.INTER_LINEAR)
        return Frame(index, kept[0], read_only(np.asarray(picture, dtype=np.uint8)))

    def want(self, index: int) -> None:
        """The user is here, and may go back from here: have this frame and those before it ready."""
        with self._changed:
            self._here, self._wanted = index, True
            self._changed.notify_all()
        if self._thread.ident is None:
            self._thread.start()

    def close(self, timeout_s: float = 1.0) -> bool:
        """Stop and free the file; whether the thread ended in time."""
        with self._changed:
            self._over = True
            source = self._source
            self._changed.notify_all()
        if source is not None:
            source.close()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while (piece := self._next_piece()) is not None:
                self._decode(*piece)
        except AttnTrackError as error:
            logger.info("no small frames: %s", error)
        finally:
            if self._source is not None:
                self._source.close()

    def _next_piece(self) -> tuple[int, int] | None:
        """The first and last frame of what is to be decoded next, waiting for it; None at the end."""
        with self._changed:
            while not self._over:
                if self._wanted:
                    for last in (self._here, self._start(self._here) - 1):  # and then what comes before that
                        missing = [i for i in range(max(self._start(last), 0), last + 1) if i not in self._kept]
                        if missing:
                            return missing[0], missing[-1]
                    self._wanted = False
                self._changed.wait()
        return None

    def _start(self, index: int) -> int:
        """The first frame of the piece that this one is in."""
        key = self._key_before(max(index, 0))
        return index - (index - key) % PIECE

    def _decode(self, first: int, last: int) -> None:
        if self._source is None:
            source = self._reopen()
            with self._changed:
                self._source = source
        self._source.seek(first)
        for index in range(first, last + 1):
            frame = self._source.read()
            if frame is None:
                raise SourceError(f"frame {index} is not there")
            small = _small(frame.image)
            with self._changed:
                self._kept[index] = frame.time_s, small
                self._make_room()
                if self._over or (self._here < first and self._here not in self._kept):
                    return

    def _make_room(self) -> None:
        """Let go of what lies before the piece before the user's, or else of what lies farthest behind."""
        while len(self._kept) > KEPT:
            earliest = min(self._kept)
            needed = self._start(max(self._start(self._here) - 1, 0))
            del self._kept[earliest if earliest < needed else max(self._kept)]


def _small(image: UInt8Array) -> UInt8Array:
    height, width = image.shape[:2]
    factor = min((AREA_PX / (width * height)) ** 0.5, 1.0)
    size = max(round(width * factor), 1), max(round(height * factor), 1)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def reel_of(source: FrameSource) -> Reel | None:
    """A reel for a video file, not yet begun; None for what has every frame at hand, or none twice."""
    file = source.source if isinstance(source, ReadAhead) else source
    return Reel(file.again, file.key_before) if isinstance(file, FileSource) and not file.remote else None
