"""The journals of this and other running programs, and those that were left by programs that died."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QLockFile, QStandardPaths

from engine.errors import SessionError
from engine.journal import read_journal
from engine.session import Session

logger = logging.getLogger(__name__)

_ENDING = ".journal"


@dataclass(frozen=True, slots=True, eq=False)
class Leftover:
    """Work that was not saved when its program ended; ``saved`` is when its journal was written last."""

    path: Path
    session: Session
    saved: datetime


class Journals:
    """A folder of journals. Whoever writes one holds its lock, which ends with the process however that ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: dict[Path, QLockFile] = {}
        self.own = folder / f"{datetime.now():%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:8]}{_ENDING}"
        """The journal of this program; a new name with every start."""

    def look(self) -> list[Leftover]:
        """Take the own lock, and read what was left behind, the newest first. Reads from the disk."""
        self.claim(self.own)
        found = []
        for path in self._folder.glob(f"*{_ENDING}"):
            if path in self._locks or not self.claim(path):
                continue
            try:
                found.append(Leftover(path, read_journal(path), datetime.fromtimestamp(path.stat().st_mtime)))
            except (SessionError, OSError) as error:
                logger.warning("%s", error)  # it stays where it is: nothing is deleted unasked
            finally:
                self.release(path)
        return sorted(found, key=lambda left: left.saved, reverse=True)

    def claim(self, path: Path) -> bool:
        """Whether this journal is now ours: no other program has it."""
        if path not in self._locks:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = QLockFile(f"{path}.lock")
            lock.setStaleLockTime(0)  # however old: as long as its program lives
            if not lock.tryLock(0):
                return False
            self._locks[path] = lock
        return True

    def release(self, path: Path) -> None:
        """Let others have it."""
        lock = self._locks.pop(path, None)
        if lock is not None:
            lock.unlock()

    def delete(self, path: Path) -> bool:
        """Delete a journal, for good; whether it was there to be deleted."""
        if not self.claim(path):
            return False
        path.unlink(missing_ok=True)
        self.release(path)
        return True

    def close(self) -> None:
        """Let go of all."""
        for path in tuple(self._locks):
            self.release(path)


def autosave_folder() -> Path:
    """Where journals are kept."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)
    return Path(folder) / "autosave"
