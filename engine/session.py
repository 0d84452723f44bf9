"""A piece of work: what was opened, who was followed, what is known of them, and the whole track."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.calibration import PIXELS, Calibration
from engine.identity import identify
from engine.sources.base import SourceInfo
from engine.target_info import TargetInfo
from engine.track_rows import Rows

SUFFIX = ".attntrack"
"""How the name of a project file ends."""


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """What was opened, and by what it is known again.

    ``path`` is what it was opened by: a path, a pattern, a camera or an address; ``size`` and ``sha256_first_mb`` are
    None where it is no file.
    """

    path: str
    live: bool
    width: int
    height: int
    fps: float
    frames: int | None = None
    size: int | None = None
    sha256_first_mb: str | None = None

    @staticmethod
    def of(path: str, info: SourceInfo) -> SourceRecord:
        """The record of an open source, not yet :meth:`identified`."""
        return SourceRecord(path, info.live, info.width, info.height, info.fps, info.frame_count)

    def identified(self) -> SourceRecord:
        """The record with what the source is known again by. Reads from the disk."""
        if self.live or self.sha256_first_mb is not None:
            return self
        size, digest = identify(self.path)
        return replace(self, size=size, sha256_first_mb=digest)

    def is_at(self, path: str) -> bool:
        """Whether the same source lies at this path, as far as that can be known. Reads from the disk."""
        return self.sha256_first_mb is None or identify(path) == (self.size, self.sha256_first_mb)


@dataclass(frozen=True, slots=True)
class SessionHead:
    """All of a piece of work but its rows.

    Attributes:
        source: What was opened.
        targets: What the user said of the targets.
        followed: Targets that are carried on where their rows end.
        frame: The frame shown.
        selected: The selected target.
        in_frame: First frame of the part that is meant, None where it is open.
        out_frame: Its last frame.
        calibration: Scale, unit, origin and direction.
        plot: Which plot is seen, empty for none in particular.
        project: The project file it was saved to, empty for none; known to autosaves only.
    """

    source: SourceRecord
    targets: tuple[TargetInfo, ...] = ()
    followed: frozenset[int] = frozenset()
    frame: int = 0
    selected: int | None = None
    in_frame: int | None = None
    out_frame: int | None = None
    calibration: Calibration = PIXELS
    plot: str = ""
    project: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """A piece of work with the rows of every target."""

    head: SessionHead
    tracks: Mapping[int, Rows]

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(len(rows) for rows in self.tracks.values())

    @property
    def last_id(self) -> int:
        """The highest id of any of its targets, 0 without targets."""
        return max({*self.tracks, *self.head.followed, *(target.id for target in self.head.targets)}, default=0)
