"""Small pictures of any frame of a file, decoded on a thread of their own, the newest wish first."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable

import cv2
import numpy as np

from engine.errors import AttnTrackError
from engine.sources import open_source
from engine.sources.base import FrameSource
from engine.types import UInt8Array, read_only

KEPT = 240
"""Pictures that are kept: 10 MB at 160x90."""

logger = logging.getLogger(__name__)


class Thumbnails:
    """Shrinks frames of one source to ``width`` pixels; the source is opened on the first wish.

    Only the last of several wishes is fulfilled. ``on_ready`` is called on the thread, without anything.
    """

    def __init__(
        self,
        spec: str,
        on_ready: Callable[[], None],
        width: int = 160,
        open_spec: Callable[[str], FrameSource] = open_source,
    ) -> None:
        self._spec, self._on_ready, self._width, self._open_spec = spec, on_ready, width, open_spec
        self._kept: OrderedDict[int, UInt8Array] = OrderedDict()
        self._wish: int | None = None
        self._over = False
        self._changed = threading.Condition()
        self._source: FrameSource | None = None
        self._thread = threading.Thread(target=self._run, name="attntrack-thumbnails", daemon=True)
        self._thread.start()

    def get(self, frame: int, within: int = 0) -> UInt8Array | None:
        """The ``(h, w, 3) uint8`` BGR picture of the frame, or the nearest one at most ``within`` frames away."""
        with self._changed:
            exact = self._kept.get(frame)
            if exact is not None:
                self._kept.move_to_end(frame)
                return exact
            near = min(self._kept, key=lambda kept: abs(kept - frame), default=None)
            return self._kept[near] if near is not None and abs(near - frame) <= within else None

    def ask(self, frame: int) -> None:
        """Wish for a frame; forget an older wish that was not begun."""
        with self._changed:
            if frame not in self._kept:
                self._wish = frame
                self._changed.notify()

    def close(self) -> None:
        """Stop and free the source, as soon as the frame that is being decoded is there. Returns at once."""
        with self._changed:
            self._over = True
            self._changed.notify()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end after :meth:`close`; whether it came in time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while (frame := self._next_wish()) is not None:
                picture = self._picture(frame)
                if picture is not None:
                    self._keep(frame, picture)
                    self._on_ready()
        finally:
            if self._source is not None:
                self._source.close()

    def _next_wish(self) -> int | None:
        with self._changed:
            self._changed.wait_for(lambda: self._over or self._wish is not None)
            frame, self._wish = self._wish, None
            return None if self._over else frame

    def _picture(self, frame: int) -> UInt8Array | None:
        try:
            if self._source is None:
                self._source = self._open_spec(self._spec)
            self._source.seek(frame)
            read = self._source.read()
        except AttnTrackError as error:
            logger.info("no small picture of frame %d: %s", frame, error)
            return None
        if read is None:
            return None
        width, height = read.size
        size = (self._width, max(round(self._width * height / width), 1))
        return read_only(np.asarray(cv2.resize(read.image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8))

    def _keep(self, frame: int, picture: UInt8Array) -> None:
        with self._changed:
            self._kept[frame] = picture
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
