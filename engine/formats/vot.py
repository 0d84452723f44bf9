"""VOT text as its toolkit keeps results: a region a line, and the confidences in a second file.

Corners count from 0. A frame on which the target was started holds ``1`` instead of a region, one without a box
holds ``0``; that is the toolkit's own notation.
"""

from __future__ import annotations

from pathlib import Path

from engine.errors import FormatError
from engine.formats.base import fixed, read_lines
from engine.formats.per_target import PerTargetWriter
from engine.track_log import TrackLog
from engine.types import Box, Origin, Target, TrackState

UNKNOWN, STARTED = "0", "1"
_STARTS = (TrackState.INIT, TrackState.MANUAL)


def confidence_path(path: Path) -> Path:
    """``NAME.txt`` -> ``NAME_confidence.value``."""
    return path.with_name(f"{path.stem}_confidence.value")


class VotWriter(PerTargetWriter):
    """One line a frame from the first frame written, two files a target."""

    def files(self, path: Path, rows: list[Target]) -> list[tuple[Path, list[str]]]:
        """Regions and confidences of a target."""
        return [
            (path, [_line(row) for row in rows]),
            (confidence_path(path), [fixed(row.confidence, 4) for row in rows]),
        ]


def _line(row: Target) -> str:
    if row.state in _STARTS:
        return STARTED
    return UNKNOWN if row.box is None else ",".join(fixed(float(v), 2) for v in row.box.as_array())


def read_vot(path: Path, fps: float) -> TrackLog:
    """The track of one target, number 1, from frame 0 on. Raises FormatError.

    The format does not keep the boxes of frames on which the target was started: those rows have none.
    """
    lines = read_lines(path)
    beside = confidence_path(path)
    confidences = read_lines(beside) if beside.is_file() else ["1"] * len(lines)
    if len(confidences) != len(lines):
        raise FormatError(f"{beside} has {len(confidences)} lines but {path.name} has {len(lines)}: export them again.")
    log = TrackLog()
    for index, (line, confidence) in enumerate(zip(lines, confidences, strict=True)):
        try:
            log.record(index, index / fps, [_target(line.strip(), float(confidence))])
        except ValueError as error:
            raise FormatError(f"{path}, line {index + 1} is not a VOT region: choose another file.") from error
    return log


def _target(line: str, confidence: float) -> Target:
    if line == STARTED:
        return Target(1, None, confidence, TrackState.INIT, Origin.INIT)
    if "," not in line:
        if int(line) < 0:
            raise ValueError("no such code")
        return Target(1, None, confidence, TrackState.LOST)
    x, y, w, h = (float(cell) for cell in line.split(","))
    return Target(1, Box(x, y, w, h), confidence, TrackState.TRACKED)
