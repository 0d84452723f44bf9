"""Options that all training commands share, and the session they ask for."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import torch

from training.loop import Session
from training.origin import BUNDLED, SHARE
from training.parallel import join_ranks
from training.stages import Pace
from training.workspace import Workspace


def add_run_options(parser: argparse.ArgumentParser, minutes: float, capacity: int = 4000, needed: bool = True) -> None:
    """Adds where the data is, where the run's files go, and how long it takes; the folders may be not ``needed``.

    ``capacity`` is the number of samples kept if none is given.
    """
    count = None if needed else "?"
    parser.add_argument("data", type=Path, nargs=count, help="folder with train/ and images/, or a packed file")
    parser.add_argument("work", type=Path, nargs=count, help="folder for features, checkpoints and logs")
    parser.add_argument("--minutes", type=float, default=minutes, help=f"length of the run (default {minutes})")
    parser.add_argument("--steps", type=int, help="length of each phase in steps, where that ends sooner")
    parser.add_argument(
        "--piece", type=float, metavar="MINUTES", help="stop after so long; the same command goes on from there"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of everything random (default 0)")
    parser.add_argument("--threads", type=int, default=1, help="processor threads (default 1)")
    parser.add_argument(
        "--capacity", type=int, default=capacity, help=f"samples kept at a time, under 1.5 MB each (default {capacity})"
    )
    parser.add_argument(
        "--feeders",
        type=int,
        default=1,
        help="processes that make samples meanwhile (default 1; 0: train on those of an earlier run)",
    )
    parser.add_argument(
        "--turned",
        metavar="SHARE",
        type=float,
        default=0.0,
        help="share of the views that are turned and stretched far, for trunk, locate and classifier (default 0)",
    )
    parser.add_argument(
        "--start",
        metavar="FOLDER",
        default="",
        help=f"models to go on from in place of random weights; {BUNDLED}: those that come with the program",
    )
    parser.add_argument(
        "--start-rate",
        metavar="SHARE",
        type=float,
        default=SHARE,
        help=f"part of the usual learning rate at which to go on with --start (default {SHARE})",
    )
    parser.add_argument("--models", type=Path, help="model folder that gets the result (default: WORK/models)")


def pace_of(chosen: argparse.Namespace) -> Pace:
    """The length that was asked for."""
    return Pace(chosen.minutes, chosen.steps, chosen.start_rate)


def space_of(chosen: argparse.Namespace) -> Workspace:
    """The folders that were given."""
    return Workspace(chosen.data, chosen.work, chosen.capacity, chosen.seed, chosen.feeders, chosen.turned)


def models_of(chosen: argparse.Namespace) -> Path:
    """The model folder that gets the result."""
    return chosen.models or chosen.work / "models"


def origin_of(chosen: argparse.Namespace) -> str:
    """What the run is to begin with: ``bundled``, a folder of models, or nothing."""
    return str(Path(chosen.start)) if chosen.start else ""


def say(session: Session, text: str) -> None:
    """Writes a line, from the first process only."""
    if session.ranks.first:
        sys.stdout.write(f"{text}\n")


@contextmanager
def open_session(chosen: argparse.Namespace) -> Iterator[Session]:
    """The processes and the time of this call of a command."""
    deadline = None if chosen.piece is None else time.monotonic() + 60 * chosen.piece
    torch.set_num_threads(chosen.threads)
    cv2.setNumThreads(chosen.threads)
    with join_ranks() as ranks:
        yield Session(ranks, deadline)
