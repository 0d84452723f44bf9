"""What all track writers share: nothing stands under the final name until it is complete."""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.errors import FormatError
from engine.track_log import LogFrame
from engine.types import FrameResult

FLUSH_S = 1.0
"""How often what was written reaches the disk, so that a crash costs a second at most."""


class PartFile:
    """A text file written as ``NAME.part`` and renamed at the end. UTF-8, lines end with a line feed."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._part = path.with_name(path.name + ".part")
        self._clock = clock
        self._flushed_s = clock()
        check_target(path)
        try:
            self._file = self._part.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise cannot_write(path, error) from error

    def write(self, text: str) -> None:
        """Append text; at most every second it is flushed to the disk. Raises FormatError when the disk is full."""
        try:
            self._file.write(text)
            now = self._clock()
            if now - self._flushed_s >= FLUSH_S:
                self._file.flush()
                self._flushed_s = now
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def finish(self) -> None:
        """Bring everything to the disk; the file still has its temporary name."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def rename(self) -> None:
        """Give the finished file its final name, replacing an older one."""
        try:
            os.replace(self._part, self.path)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def discard(self) -> None:
        """Delete the temporary file; an older file under the final name stays as it was."""
        try:
            self._file.close()
        except OSError:
            pass  # the disk is full: what could not be written is deleted next
        self._part.unlink(missing_ok=True)


class TrackWriter(ABC):
    """Writes results one by one. Leaving a ``with`` block closes it; an error there aborts it.

    Ctrl-C (KeyboardInterrupt) closes: what was tracked is kept.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open = True

    def write(self, result: FrameResult | LogFrame) -> None:
        """Add one frame; frames rise. Raises FormatError if it cannot be written."""
        if not self._open:
            raise FormatError(f"{self.path} is closed already: open a new file to write more.")
        self._write(result)

    def close(self) -> None:
        """Complete the file under its final name. Closing twice does nothing."""
        if self._open:
            self._open = False
            try:
                self._finish()
            except BaseException:
                self._discard()
                raise

    def abort(self) -> None:
        """Leave nothing behind; an older file under the final name stays as it was."""
        if self._open:
            self._open = False
            self._discard()

    @abstractmethod
    def _write(self, result: FrameResult | LogFrame) -> None: ...

    @abstractmethod
    def _finish(self) -> None: ...

    @abstractmethod
    def _discard(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None or issubclass(kind, KeyboardInterrupt):
            self.close()
        else:
            self.abort()


def log_frame(result: FrameResult | LogFrame) -> LogFrame:
    """The rows of a result: its frame's index, time and targets."""
    if isinstance(result, LogFrame):
        return result
    return LogFrame(result.frame.index, result.frame.time_s, result.targets)


def check_target(path: Path) -> None:
    """Raises FormatError if no file can stand under this name."""
    if path.is_dir():
        raise FormatError(f"{path} is a folder: give the name of a file in it.")
    if not path.parent.is_dir():
        raise FormatError(f"The folder {path.parent} is not there: create it or choose another one.")
    if not os.access(path.parent, os.W_OK):
        raise FormatError(f"The folder {path.parent} cannot be written to: choose another one.")


def cannot_write(path: Path, error: OSError) -> FormatError:
    """A sentence for the user of what the system said."""
    return FormatError(
        f"{path} cannot be written ({error.strerror or error}): choose another folder or free some space."
    )


def read_lines(path: Path) -> list[str]:
    """The lines of a text file without line ends. Raises FormatError if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError as error:
        raise FormatError(f"{path} is not there: check the name and the folder.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(f"{path} cannot be read as text: choose a track file.") from error


def fixed(value: float, decimals: int) -> str:
    """The number with so many decimals and never as minus zero."""
    return f"{round(value, decimals) + 0.0:.{decimals}f}"
