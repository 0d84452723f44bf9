"""MOTChallenge text: ``frame,id,left,top,width,height,conf,-1,-1,-1``, everything counted from 1."""

from __future__ import annotations

from pathlib import Path

from engine.errors import FormatError
from engine.formats.base import PartFile, TrackWriter, fixed, log_frame, read_lines
from engine.track_log import LogFrame, TrackLog
from engine.types import Box, FrameResult, Target, TrackState


class MotWriter(TrackWriter):
    """Writes rows as they come. The format has no row for a target without a box."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._file = PartFile(path)

    def _write(self, result: FrameResult | LogFrame) -> None:
        frame = log_frame(result)
        for target in frame.targets:
            if target.box is not None:
                box = target.box
                numbers = [fixed(v, 2) for v in (box.x + 1, box.y + 1, box.w, box.h)]
                confidence = fixed(target.confidence, 4)
                self._file.write(f"{frame.index + 1},{target.id},{','.join(numbers)},{confidence},-1,-1,-1\n")

    def _finish(self) -> None:
        self._file.finish()
        self._file.rename()

    def _discard(self) -> None:
        self._file.discard()


def read_mot(path: Path, fps: float) -> TrackLog:
    """The boxes in the file as tracked targets; times follow from ``fps``. Raises FormatError for a wrong line."""
    rows: list[tuple[int, Target]] = []
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            cells = line.split(",")
            frame, target = int(float(cells[0])) - 1, int(float(cells[1]))
            x, y, w, h, confidence = (float(cell) for cell in cells[2:7])
            if frame < 0 or target < 1:
                raise ValueError("frames and ids count from 1")
        except (ValueError, IndexError) as error:
            raise FormatError(
                f"{path}, line {number} is not of the MOT format ({error}): choose another file."
            ) from error
        confidence = min(max(confidence, 0.0), 1.0)
        rows.append((frame, Target(target, Box(x - 1, y - 1, w, h), confidence, TrackState.TRACKED)))
    log = TrackLog()
    for frame, row in sorted(rows, key=lambda item: item[0]):
        try:
            log.record(frame, frame / fps, [row])
        except ValueError as error:
            raise FormatError(f"{path} has two rows for target {row.id} on frame {frame + 1}: delete one.") from error
    return log
