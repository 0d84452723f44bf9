"""Options that all training commands share, and the session they ask for."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import cv2
import torch

from training.loop import Session
from training.parallel import join_ranks
from training.schedule import ScheduleConfig


def add_run_options(parser: argparse.ArgumentParser, minutes: float, needed: bool = True) -> None:
    """Adds where the data is, where the run's files go, and how long it takes; the folders may be not ``needed``."""
    count = None if needed else "?"
    parser.add_argument("data", type=Path, nargs=count, help="folder with train/ and images/")
    parser.add_argument("work", type=Path, nargs=count, help="folder for features, checkpoints and logs")
    parser.add_argument("--minutes", type=float, default=minutes, help=f"length of the run (default {minutes})")
    parser.add_argument("--steps", type=int, help="length of each phase in steps, where that ends sooner")
    parser.add_argument(
        "--piece", type=float, metavar="MINUTES", help="stop after so long; the same command goes on from there"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of everything random (default 0)")
    parser.add_argument("--threads", type=int, default=1, help="processor threads (default 1)")
    parser.add_argument("--models", type=Path, help="model folder that gets the result (default: WORK/models)")


def paced(schedule: ScheduleConfig, minutes: float, steps: int | None) -> ScheduleConfig:
    """The schedule with the length that was asked for."""
    return replace(schedule, minutes=minutes, steps=schedule.steps if steps is None else steps)


@contextmanager
def open_session(chosen: argparse.Namespace) -> Iterator[Session]:
    """The processes and the time of this call of a command."""
    deadline = None if chosen.piece is None else time.monotonic() + 60 * chosen.piece
    torch.set_num_threads(chosen.threads)
    cv2.setNumThreads(chosen.threads)
    with join_ranks() as ranks:
        yield Session(ranks, deadline)


@contextmanager
def fed(session: Session, feeding: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """The block is entered when the first process has prepared the data and keeps feeding it."""
    if not session.ranks.first:
        session.ranks.wait()
        yield
        return
    with feeding():
        session.ranks.wait()
        yield
