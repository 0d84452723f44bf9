"""Who gets how many threads: the networks, and the libraries under them, which are to leave them the cores."""

from __future__ import annotations

import os

import cv2  # noqa: F401  (brings a BLAS of its own, which must be there to be limited)
import numpy as np  # noqa: F401
from threadpoolctl import threadpool_limits

LANES = 2
"""The attention over the whole frame and the look around the target need nothing of each other."""
MOST_THREADS = 4
"""Networks of this size gain nothing by more."""
ALONE = ("score",)
"""Graphs beside which no other runs, learning aside: they may have all threads."""


class CpuShare:
    """How many threads each graph gets on the CPU, and how many graphs are to run at the same time.

    Args:
        threads: All threads together; None: as many as there are cores, and :data:`MOST_THREADS` at most.
        lanes: Whether graphs may run at the same time at all.
    """

    def __init__(self, threads: int | None, lanes: bool = True) -> None:
        self._threads = threads or max(min(os.cpu_count() or 1, MOST_THREADS), 1)
        self.lanes = min(LANES, self._threads) if lanes else 1

    def threads_of(self, graph: str) -> int:
        """Threads of this graph."""
        if graph == "learn":  # runs beside tracking: the two must not fight for the cores
            return 1
        return self._threads if graph in ALONE else self._threads // self.lanes


def limit_blas() -> None:
    """Keep every BLAS in the process to the calling thread.

    OpenBLAS's threads go on polling for milliseconds after each product, on cores that the networks need.
    The products here are small.
    """
    threadpool_limits(limits=1, user_api="blas")
