"""Keeps what was done safe beside tracking: twice a second, what changed goes to a journal on the disk."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.journal import JournalWriter
from engine.session import SessionHead, SourceRecord
from engine.track_log import TrackLog

INTERVAL_S = 0.5
"""A program that dies loses this much at most, and what one write takes."""
RETRY_S = 5.0
"""How long to wait after the disk failed: the whole journal is written then."""
SLACK_BYTES = 8 << 20
"""A journal is begun anew when it has grown by this much, and to twice what it began with."""

logger = logging.getLogger(__name__)


class Autosave:
    """A thread that writes what changed in a log, and the head that it was last given.

    Nothing is written while there is no head, or no row. Reading the log takes the time of copying new rows; the rest
    happens on the thread.

    Args:
        log: Whose rows are kept safe.
        path: The journal's file; its folder is made.
        on_error: Told, on the thread, that nothing can be written, as a sentence for the user.
    """

    def __init__(self, log: TrackLog, path: Path, on_error: Callable[[str], None] = logger.warning) -> None:
        self._log, self._on_error = log, on_error
        self._own = path
        self._journal = JournalWriter(path)
        self._cursor = log.cursor()
        self._lock = threading.Lock()
        self._wanted: tuple[SessionHead | None, Path] = (None, path)
        self._written: SessionHead | None = None  # the head in the file, None for no file of this work
        self._source: SourceRecord | None = None  # with what it is known again by, which takes a look at the disk
        self._restart_at = 0
        self._wake = threading.Event()
        self._stopping = self._told = False
        self._thread = threading.Thread(target=self._run, name="attntrack-autosave", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def set_head(self, head: SessionHead | None, path: Path | None = None) -> None:
        """Everything but the rows as it is now; None: there is nothing to keep, and what was written goes.

        ``path`` is a journal to write to instead of the own one: that of a program that died, whose work this is.
        """
        with self._lock:
            self._wanted = head, path or self._own

    def stop(self, keep: bool) -> None:
        """End the thread; the journal stays only with ``keep``, with all that was done."""
        if not keep:
            with self._lock:
                self._wanted = None, self._wanted[1]
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self.write()
        self._journal.close()

    def write(self) -> bool:
        """Write what is new; whether it could be. The thread does it, and nobody else while it runs."""
        with self._lock:
            head, path = self._wanted
        try:
            self._write(head, path)
        except OSError as error:
            self._written = None  # whatever the end of the file looks like now: begin anew
            if not self._told:
                self._told = True
                self._on_error(f"Your work is not saved automatically now ({error.strerror}): save the project.")
            return False
        self._told = False
        return True

    def _run(self) -> None:
        wait_s = INTERVAL_S
        while not self._wake.wait(wait_s) and not self._stopping:
            wait_s = INTERVAL_S if self.write() else RETRY_S

    def _write(self, head: SessionHead | None, path: Path) -> None:
        if path != self._journal.path:
            self._drop()
            self._journal = JournalWriter(path)
        if head is None:
            if path != self._own:
                self._journal.discard()
            self._drop()
            return
        if self._source is None or replace(self._source, size=None, sha256_first_mb=None) != head.source:
            self._source = head.source.identified()
        head = replace(head, source=self._source)
        if self._written is None or self._journal.size > self._restart_at:
            if not self._log.targets:
                return
            self._cursor = self._log.cursor()
            path.parent.mkdir(parents=True, exist_ok=True)
            self._journal.restart(head, self._cursor.take())
            self._restart_at = 2 * self._journal.size + SLACK_BYTES
        else:
            patches = self._cursor.take()
            if not patches and head == self._written:
                return
            self._journal.append(None if head == self._written else head, patches)
        self._written = head

    def _drop(self) -> None:
        if self._written is not None:
            self._written = None
            self._journal.discard()
