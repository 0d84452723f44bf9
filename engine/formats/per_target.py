"""What the formats share that have one text file a target, written at the end."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path

from engine.formats.base import PartFile, TrackWriter, check_target, log_frame
from engine.track_log import LogFrame, TrackLog
from engine.types import FrameResult, Target


def target_path(path: Path, target: int, first: int) -> Path:
    """The file of a target: the path itself for the first one, ``NAME_2.txt`` and so on for the others."""
    return path if target == first else path.with_name(f"{path.stem}_{target}{path.suffix}")


class PerTargetWriter(TrackWriter):
    """Collects rows and writes one line a frame into one file a target (or several files, see :meth:`files`)."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        check_target(path)
        self._log = TrackLog()

    def _write(self, result: FrameResult | LogFrame) -> None:
        frame = log_frame(result)
        self._log.record(frame.index, frame.time_s, frame.targets)

    def _finish(self) -> None:
        parts: list[PartFile] = []
        targets, frames = self._log.targets, list(self._log.frames())
        try:
            for at, target in enumerate(targets):
                rows = [frame.targets[at] for frame in frames]
                for path, lines in self.files(target_path(self.path, target, targets[0]), rows):
                    part = PartFile(path)
                    parts.append(part)
                    part.write("".join(line + "\n" for line in lines))
                    part.finish()
            for part in parts:
                part.rename()
        except BaseException:
            for part in parts:
                part.discard()
            raise

    def _discard(self) -> None:
        self._log.clear()

    @abstractmethod
    def files(self, path: Path, rows: list[Target]) -> list[tuple[Path, list[str]]]:
        """The files of one target and their lines, from its row on each frame."""
