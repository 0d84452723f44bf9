"""Networks on their way: loaded on a thread of its own, while the worker goes on with those it has."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from engine.followers import TrackerLike

logger = logging.getLogger(__name__)

MakeTracker = Callable[[], TrackerLike]
"""Loads the networks and makes a tracker over them, on a thread of its own; the worker closes both."""


class Loading:
    """Calls ``make`` and then ``done``, on its own thread; unless it was abandoned: then what was made is closed.

    ``tracker`` or ``error`` is there once it is done.
    """

    def __init__(self, make: MakeTracker, done: Callable[[Loading], None]) -> None:
        self.tracker: TrackerLike | None = None
        self.error: Exception | None = None
        self._make, self._done = make, done
        self._lock = threading.Lock()
        self._abandoned = self._finished = False
        self._thread = threading.Thread(target=self._run, name="attntrack-load", daemon=True)
        self._thread.start()

    def abandon(self) -> None:
        """Nobody wants these networks any more; what is or will be made is closed."""
        with self._lock:
            self._abandoned = True
            finished = self._finished
        if finished:
            close_tracker(self.tracker)

    def wait(self, timeout_s: float) -> None:
        """Wait until nothing is being loaded any more."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            self.tracker = self._make()
        except Exception as error:
            self.error = error
        with self._lock:
            self._finished = True
            abandoned = self._abandoned
        if abandoned:
            close_tracker(self.tracker)
        else:
            self._done(self)


def close_tracker(tracker: TrackerLike | None) -> None:
    """Close a tracker and its backend, whatever they say."""
    if tracker is None:
        return
    for close in (tracker.close, tracker.backend.close):
        try:
            close()
        except Exception:
            logger.exception("closing failed, of the networks")
