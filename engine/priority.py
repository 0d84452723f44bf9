"""Threads that give way: what must answer at once goes first, what fills the rest comes last."""

from __future__ import annotations

import os
import sys
import threading

_LOWEST = 19


def give_way(steps: int) -> None:
    """Lower the calling thread's priority where threads have one of their own (Linux), and of those it starts.

    ``steps`` is counted in niceness from what the thread has; once lowered it can not be raised again.
    """
    if sys.platform != "linux":
        return
    thread = threading.get_native_id()
    now = os.getpriority(os.PRIO_PROCESS, thread)
    os.setpriority(os.PRIO_PROCESS, thread, min(now + steps, _LOWEST))
