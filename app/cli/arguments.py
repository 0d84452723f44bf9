"""Options that several verbs share, and how their values are read."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from engine.backends.select import BACKEND_NAMES
from engine.types import Box


def box(text: str) -> Box:
    """The box of ``x,y,w,h``."""
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) != 4:
        raise argparse.ArgumentTypeError(f"{text!r} is not a box: write X,Y,W,H in pixels, for example 120,80,64,48")
    if not all(math.isfinite(value) for value in values):
        raise argparse.ArgumentTypeError(f"{text!r} is not a box: all four numbers must be finite")
    if values[2] <= 0 or values[3] <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a box: width and height must be above 0")
    return Box(*values)


def count(text: str) -> int:
    """A whole number from 0."""
    try:
        value = int(text)
    except ValueError:
        value = -1
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return value


def positive(text: str) -> int:
    """A whole number from 1."""
    value = count(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return value


def names(text: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a comma-separated list, each one of the known; in the order given, once each."""
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for name in found:
        if name not in known:
            raise argparse.ArgumentTypeError(f"there is no {name!r}: choose from {', '.join(known)}")
    return found


def add_backend(parser: argparse.ArgumentParser) -> None:
    """Add --backend and --threads."""
    parser.add_argument("--backend", choices=BACKEND_NAMES, default="auto", help="what runs the networks")
    parser.add_argument(
        "--threads", type=positive, help="CPU threads a network may use (default: all cores, at most 4)"
    )


def add_peers(parser: argparse.ArgumentParser, known: tuple[str, ...]) -> None:
    """Add --against and --peer-models."""
    parser.add_argument(
        "--against",
        type=lambda text: names(text, known),
        default=(),
        metavar=",".join(known),
        help="other trackers to run beside it",
    )
    parser.add_argument(
        "--peer-models",
        type=Path,
        metavar="DIR",
        help="folder of the model files that nano needs (default: $ATTNTRACK_PEERS, else ./peers)",
    )
