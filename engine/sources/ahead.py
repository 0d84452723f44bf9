"""The next frames of a file, decoded on another thread while the last one is tracked."""

from __future__ import annotations

from collections import deque
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor

from engine.sources.base import FrameSource, SourceInfo
from engine.sources.live import LiveSource
from engine.types import Frame

AHEAD, AHEAD_BYTES = 3, 48 << 20
"""Frames that are held ready, and how much memory they may take: a decoder gives them in bursts."""
SETTLED = 2
"""Frames read one after the other before more are decoded: who looks for a place in a video reads here and there."""


class ReadAhead:
    """A source of the same frames as ``source``, in the same order, read before they are asked for.

    Nothing is left out, and an error comes where its frame would have come.
    """

    def __init__(self, source: FrameSource) -> None:
        self.source = source
        self._ready: deque[Future[Frame | None]] = deque()
        self._thread = ThreadPoolExecutor(1, "attntrack-ahead")
        self._in_a_row = 0
        self._closed = False

    @property
    def info(self) -> SourceInfo:
        """What is known of the source."""
        return self.source.info

    @property
    def dropped(self) -> int:
        """Always 0: no frame is skipped."""
        return self.source.dropped

    def read(self) -> Frame | None:
        """The next frame, or None after the last one and after :meth:`close`. Raises SourceError."""
        if self._closed:
            return None
        try:
            frame = self._ready.popleft().result() if self._ready else self.source.read()
        except CancelledError:  # closed meanwhile
            return None
        self._in_a_row += 1
        if frame is None:
            self._forget()
        elif self._in_a_row > SETTLED:
            self._fill(min(max(AHEAD_BYTES // frame.image.nbytes, 1), AHEAD))
        return frame

    def coming(self) -> Frame | None:
        """What :meth:`read` will return next, if it is there already; never waits."""
        if self._closed or not self._ready or not self._ready[0].done() or self._ready[0].cancelled():
            return None
        return None if self._ready[0].exception() else self._ready[0].result()

    def seek(self, index: int) -> None:
        """Make :meth:`read` return exactly frame ``index`` next. Raises SourceError if there is no such frame."""
        self._forget()
        self.source.seek(index)

    def close(self) -> None:
        """Free the source; :meth:`read` returns None from then on."""
        self._closed = True
        self.source.close()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _fill(self, count: int) -> None:
        while len(self._ready) < count:
            try:
                self._ready.append(self._thread.submit(self.source.read))
            except RuntimeError:  # closed meanwhile
                return

    def _forget(self) -> None:
        """Drop what was read ahead; the source is at rest then."""
        self._in_a_row = 0
        while self._ready:
            waiting = self._ready.popleft()
            if not waiting.cancel():
                waiting.exception()


def coming(source: FrameSource) -> Frame | None:
    """The frame that comes next from this source, if that is known already; never waits."""
    return source.coming() if isinstance(source, ReadAhead | LiveSource) else None
