"""The program's own track file: one row a frame and target, and a sidecar."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from pathlib import Path

from engine.errors import FormatError
from engine.formats.base import PartFile, TrackWriter, fixed, log_frame, read_lines
from engine.formats.measures import Measures
from engine.formats.sidecar import SidecarContent, TrackMeta, sidecar_path
from engine.track_log import LogFrame, TrackLog
from engine.types import Box, FrameResult, Origin, Target, TrackState

COLUMNS = ("frame", "time_s", "target", "x", "y", "w", "h", "confidence", "state", "origin")


class CsvWriter(TrackWriter):
    """Writes rows as they come; a crash leaves ``NAME.csv.part`` with all but the last second.

    ``measures`` adds columns behind the others.
    """

    def __init__(self, path: Path, meta: TrackMeta, measures: Measures | None = None) -> None:
        super().__init__(path)
        self._measures = measures
        self._sidecar = SidecarContent(meta)
        self._file = PartFile(path)
        self._file.write(",".join((*COLUMNS, *(measures.names if measures else ()))) + "\n")

    def _write(self, result: FrameResult | LogFrame) -> None:
        frame = log_frame(result)
        self._sidecar.add(frame, result.dropped if isinstance(result, FrameResult) else 0)
        self._file.write("".join(self._line(frame, target) for target in frame.targets))

    def _line(self, frame: LogFrame, target: Target) -> str:
        measures = self._measures
        more = measures.cells(frame.index, target.id, target.box) if measures else []
        return ",".join((*row_cells(frame, target), *more)) + "\n"

    def _finish(self) -> None:
        self._file.finish()
        side = PartFile(sidecar_path(self.path))
        try:
            side.write(self._sidecar.text())
            side.finish()
            self._file.rename()
            side.rename()
        except BaseException:
            side.discard()
            raise

    def _discard(self) -> None:
        self._file.discard()


def csv_text(frames: Iterable[LogFrame], only: Collection[int] | None = None) -> tuple[str, int]:
    """The rows of these frames (of ``only`` these targets) with their header as text, and how many there are."""
    lines = [",".join(row_cells(f, t)) + "\n" for f in frames for t in f.targets if only is None or t.id in only]
    return ",".join(COLUMNS) + "\n" + "".join(lines), len(lines)


def row_cells(frame: LogFrame, target: Target) -> tuple[str, ...]:
    """The values of one line of the file, one a column."""
    box = ("", "", "", "") if target.box is None else [fixed(float(v), 2) for v in target.box.as_array()]
    return (
        str(frame.index),
        fixed(frame.time_s, 6),
        str(target.id),
        *box,
        fixed(target.confidence, 4),
        target.state.value,
        target.origin.value,
    )


def read_csv(path: Path) -> TrackLog:
    """The track in the file. Raises FormatError that names the line that is wrong."""
    lines = read_lines(path)
    if not lines or tuple(lines[0].split(",")[: len(COLUMNS)]) != COLUMNS:
        raise FormatError(f"{path} is not a track of this program: its first line must be {','.join(COLUMNS)}.")
    log = TrackLog()
    for number, line in enumerate(lines[1:], start=2):
        try:
            index, time_s, target = _parse(line)
            log.record(index, time_s, [target])
        except ValueError as error:
            raise FormatError(
                f"{path}, line {number} is not a row of a track ({error}): repair or delete it."
            ) from error
    return log


def _parse(line: str) -> tuple[int, float, Target]:
    cells = line.split(",")
    if len(cells) < len(COLUMNS):
        raise ValueError(f"{len(cells)} values instead of {len(COLUMNS)}")
    frame, time_s, target, x, y, w, h, confidence, state, origin = cells[: len(COLUMNS)]
    corners = (x, y, w, h)
    box = Box(*(_finite(v) for v in corners)) if any(corners) else None
    if int(frame) < 0 or int(target) < 1:
        raise ValueError("frames count from 0 and targets from 1")
    row = Target(int(target), box, _finite(confidence), TrackState(state), Origin(origin))
    return int(frame), _finite(time_s), row


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is not a finite number")
    return value
