"""Track files: one writer or reader a file, all of them atomic."""

from __future__ import annotations

from pathlib import Path

from engine.errors import FormatError
from engine.formats.base import TrackWriter
from engine.formats.coco import CocoWriter, read_coco
from engine.formats.csv import CsvWriter, read_csv
from engine.formats.measures import Measures
from engine.formats.mot import MotWriter, read_mot
from engine.formats.otb import OtbWriter, read_otb
from engine.formats.sidecar import TrackMeta, read_sidecar
from engine.formats.video import VideoTrackWriter
from engine.formats.vot import VotWriter, read_vot
from engine.render import Overlay
from engine.track_log import TrackLog

__all__ = ["FORMATS", "TrackMeta", "TrackWriter", "open_writer", "read_sidecar", "read_track", "write_log"]

FORMATS = ("csv", "mot", "otb", "vot", "json")
"""Names of the track formats; ``video`` is an annotated MP4 and no track."""


def open_writer(
    path: Path | str,
    format: str,
    meta: TrackMeta,
    overlay: Overlay | None = None,
    measures: Measures | None = None,
) -> TrackWriter:
    """A writer of this format (one of :data:`FORMATS`, or ``video`` with an overlay).

    ``measures`` are more columns, for ``csv`` only.

    Raises:
        FormatError: unknown format, or nothing can be written there; the message says what to do.
    """
    path = Path(path)
    match format:
        case "csv":
            return CsvWriter(path, meta, measures)
        case "mot":
            return MotWriter(path)
        case "otb":
            return OtbWriter(path)
        case "vot":
            return VotWriter(path)
        case "json":
            return CocoWriter(path, meta)
        case "video":
            return VideoTrackWriter(path, meta.info, overlay, meta.targets)
    raise FormatError(f"There is no format {format!r}: choose from {', '.join((*FORMATS, 'video'))}.")


def write_log(log: TrackLog, path: Path | str, format: str, meta: TrackMeta) -> int:
    """Write a whole track log; returns the number of frames written. Raises FormatError."""
    frames = 0
    with open_writer(path, format, meta) as writer:
        for frame in log.frames():
            writer.write(frame)
            frames += 1
    return frames


def read_track(path: Path | str, format: str = "csv", fps: float = 30.0) -> TrackLog:
    """The track in a file; formats without times take theirs from ``fps``. Raises FormatError."""
    path = Path(path)
    match format:
        case "csv":
            return read_csv(path)
        case "mot":
            return read_mot(path, fps)
        case "otb":
            return read_otb(path, fps)
        case "vot":
            return read_vot(path, fps)
        case "json":
            return read_coco(path)
    raise FormatError(f"Tracks of format {format!r} cannot be read: choose from {', '.join(FORMATS)}.")
