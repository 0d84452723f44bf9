"""A process that feeds training with data: it takes one core, leaves signals to its parent and dies with it."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import cv2

from engine.errors import SourceError


@contextmanager
def helped(work: Callable[..., None], arguments: tuple[Any, ...], ready: Callable[[], bool]) -> Iterator[None]:
    """Runs ``work`` in another process while the block runs, which is entered once it is ``ready``.

    Raises:
        SourceError: the process ended before it was.
    """
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments, daemon=True)
    process.start()
    try:
        while not ready():
            if not process.is_alive():
                raise SourceError("the process that draws training samples has ended; see its message above")
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.join()


def be_helper() -> None:
    """Takes one core, and leaves Ctrl-C to the parent, which ends this process in its own time."""
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def parent_lives() -> bool:
    """Whether the process that started this one is still there: one that was killed ends no helpers."""
    parent = multiprocessing.parent_process()
    return parent is None or parent.is_alive()
