"""A slot for one value between two threads: the newest wins, nothing queues up."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds at most one value. Thread-safe."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._item: T | None = None
        self._closed = False

    def put(self, item: T) -> bool:
        """True if the slot was empty, so that exactly one notification is due; False if an older value was lost."""
        with self._ready:
            if self._closed:
                return False
            was_empty = self._item is None
            self._item = item
            self._ready.notify()
            return was_empty

    def take(self, timeout_s: float | None = 0.0) -> T | None:
        """The newest value, which leaves the slot empty; None if there is none within ``timeout_s`` (None: wait)."""
        with self._ready:
            self._ready.wait_for(lambda: self._item is not None or self._closed, timeout_s)
            item, self._item = self._item, None
            return item

    def close(self) -> None:
        """Take nothing more and wake whoever waits in :meth:`take`."""
        with self._ready:
            self._item = None
            self._closed = True
            self._ready.notify_all()
