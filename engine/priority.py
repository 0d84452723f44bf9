"""Threads that give way: what must answer at once goes first, what fills the rest comes last."""

from __future__ import annotations

import os
import sys
import threading

BACKGROUND = 10
"""Niceness of what runs beside something that must answer at once.

One level for all of it: a thread that holds Python's lock and gets no core, because others of the background are
preferred to it, holds up whoever waits for the lock.
"""


def give_way() -> None:
    """Put the calling thread, and those it will start, into the background, where threads have priorities (Linux)."""
    if sys.platform != "linux":
        return
    thread = threading.get_native_id()
    if os.getpriority(os.PRIO_PROCESS, thread) < BACKGROUND:
        os.setpriority(os.PRIO_PROCESS, thread, BACKGROUND)
