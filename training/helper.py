"""A process that feeds training with data: it takes one core, leaves signals to its parent and dies with it."""

from __future__ import annotations

import itertools
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cv2

from engine.errors import SourceError


@dataclass(frozen=True)
class Share:
    """Which part of the work one of several helpers does: ``number`` from 0 ``of`` so many."""

    number: int = 0
    of: int = 1

    def serials(self, newest: int) -> Iterator[int]:
        """The serial numbers after the ``newest`` that are this helper's, so that no two write to one slot."""
        first = (newest // self.of + 1) * self.of
        return itertools.count(first + self.number, self.of)


ALL_OF_IT = Share()


@contextmanager
def helped(
    work: Callable[..., None], arguments: tuple[Any, ...], ready: Callable[[], bool], helpers: int = 1
) -> Iterator[None]:
    """Runs ``work`` in other processes while the block runs, which is entered once it is ``ready``.

    Each is given the ``arguments`` and its :class:`Share`. Without ``helpers`` it must be ready already.

    Raises:
        SourceError: one ended before it was, or there are none to make it so.
    """
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=work, args=(*arguments, Share(number, helpers)), daemon=True)
        for number in range(helpers)
    ]
    for process in processes:
        process.start()
    try:
        while not ready():
            if not processes:
                raise SourceError("there are not enough samples to train on, and nobody to make them: give --feeders 1")
            if not all(process.is_alive() for process in processes):
                raise SourceError("a process that draws training samples has ended; see its message above")
            time.sleep(0.2)
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()


def be_helper() -> None:
    """Takes one core, and leaves Ctrl-C to the parent, which ends this process in its own time."""
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def parent_lives() -> bool:
    """Whether the process that started this one is still there: one that was killed ends no helpers."""
    parent = multiprocessing.parent_process()
    return parent is None or parent.is_alive()
