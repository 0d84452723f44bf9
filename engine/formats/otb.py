"""OTB text: ``x,y,w,h`` a line, corners counted from 1; a line of zeros where there is no box."""

from __future__ import annotations

from pathlib import Path

from engine.errors import FormatError
from engine.formats.base import fixed, read_lines
from engine.formats.per_target import PerTargetWriter
from engine.track_log import TrackLog
from engine.types import Box, Target, TrackState

NOTHING = "0,0,0,0"


class OtbWriter(PerTargetWriter):
    """One line a frame from the first frame written, one file a target."""

    def files(self, path: Path, rows: list[Target]) -> list[tuple[Path, list[str]]]:
        """The one file of a target."""
        return [(path, [NOTHING if row.box is None else _line(row.box) for row in rows])]


def _line(box: Box) -> str:
    return ",".join(fixed(value, 2) for value in (box.x + 1, box.y + 1, box.w, box.h))


def read_otb(path: Path, fps: float) -> TrackLog:
    """The boxes of one target, number 1, from frame 0 on; lost where there is none. Raises FormatError."""
    log = TrackLog()
    for index, line in enumerate(read_lines(path)):
        try:
            x, y, w, h = (float(cell) for cell in line.replace("\t", ",").replace(" ", ",").split(","))
        except ValueError as error:
            raise FormatError(f"{path}, line {index + 1} is not x,y,w,h: choose a file of the OTB format.") from error
        box = Box(x - 1, y - 1, w, h) if w > 0 and h > 0 else None
        state = TrackState.LOST if box is None else TrackState.TRACKED
        log.record(index, index / fps, [Target(1, box, float(box is not None), state)])
    return log
