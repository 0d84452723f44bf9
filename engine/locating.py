"""Where the source of a piece of work is now: where it was, or beside the project; and whether it is the same one."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from engine.session import Session, SourceRecord
from engine.sources.blank import BlankSource
from engine.sources.images import PRINTF


class Finding(Enum):
    """What was found at a place."""

    SAME = "same"
    OTHER = "other"  # a source is there, but not the one that was tracked
    MISSING = "missing"
    LIVE = "live"  # its pictures were never kept


@dataclass(frozen=True, slots=True)
class Place:
    """A path, and what is there."""

    path: str
    finding: Finding


def locate(record: SourceRecord, folder: Path | None = None) -> Place:
    """The place of a source: where it was, else under its old name in this folder. Reads from the disk."""
    if record.live:
        return Place(record.path, Finding.LIVE)
    beside = [] if folder is None or "://" in record.path else [str(folder / Path(record.path).name)]
    places = [look_at(record, path) for path in (record.path, *beside)]
    for wanted in (Finding.SAME, Finding.OTHER):
        for place in places:
            if place.finding is wanted:
                return place
    return places[0]


def look_at(record: SourceRecord, path: str) -> Place:
    """What is at this path, compared with the source that was tracked. Reads from the disk."""
    if "://" in path or (not Path(path).exists() and (PRINTF.search(path) or glob.has_magic(path))):
        return Place(path, Finding.SAME)  # opening it will tell
    if not Path(path).exists():
        return Place(path, Finding.MISSING)
    return Place(path, Finding.SAME if record.is_at(path) else Finding.OTHER)


def stand_in(session: Session) -> BlankSource:
    """Dark pictures in the place of a source that is gone, so many that every row has one."""
    record = session.head.source
    last = max((int(rows["frame"][-1]) for rows in session.tracks.values() if len(rows)), default=0)
    frames = max(record.frames or 0, last + 1, session.head.frame + 1)
    return BlankSource(Path(record.path).name or record.path, (record.width, record.height), record.fps, frames)
