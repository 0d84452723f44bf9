"""What every source of frames has in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from engine.types import Frame


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of a source. ``frame_count`` is None for live sources, and may be an estimate (``count_exact``)."""

    name: str
    width: int
    height: int
    fps: float
    frame_count: int | None
    live: bool
    time_source: str  # pts | fps | clock
    count_exact: bool = True


class FrameSource(Protocol):
    """A video file, a folder of images, a camera or a network stream."""

    @property
    def info(self) -> SourceInfo:
        """What is known of the source now; the frame count may become exact while reading."""
        ...

    @property
    def dropped(self) -> int:
        """Live frames that nobody took so far; 0 for files."""
        ...

    def read(self) -> Frame | None:
        """The next frame, or None at the end. Live: waits for one. Raises SourceError when it breaks."""
        ...

    def seek(self, index: int) -> None:
        """Make ``read`` return exactly frame ``index`` next. Raises SourceError for live sources and bad indices."""
        ...

    def close(self) -> None:
        """Free the source; unblocks a waiting ``read``. May be called from any thread, and twice."""
        ...


@runtime_checkable
class LiveFrameSource(FrameSource, Protocol):
    """A live source that can be asked without waiting for ever."""

    @property
    def signal(self) -> bool:
        """Whether frames arrive; False while a broken stream is being reconnected."""
        ...

    @property
    def ended(self) -> bool:
        """Whether no frame will come any more."""
        ...

    @property
    def attempts(self) -> int:
        """How often it was tried to reconnect since the signal was lost."""
        ...

    def retry(self) -> None:
        """Try to reconnect now, rather than after a pause."""
        ...

    def poll(self, timeout_s: float) -> Frame | None:
        """The next frame, or None if none comes within ``timeout_s``. Raises SourceError."""
        ...
