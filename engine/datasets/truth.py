"""Truth files: a row a frame."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from engine.errors import FormatError
from engine.types import Float64Array


def read_truth(path: Path) -> Float64Array:
    """The boxes of a truth file as ``(N, 4) float64``, NaN where the target is absent.

    A row is x,y,w,h, or a polygon of 8 numbers, or a run-length mask of VOT (both become the box that encloses
    them); comma, tab or space between the numbers; ``nan`` or a box without area means absent.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(f"{path} cannot be read as a truth file: {error}.") from error
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise FormatError(f"{path} is empty: it needs one x,y,w,h a frame.")
    rows = np.array([_row(line, path, number) for number, line in enumerate(lines, start=1)], dtype=np.float64)
    rows[~((rows[:, 2] > 0) & (rows[:, 3] > 0))] = np.nan
    return rows


def _row(line: str, path: Path, number: int) -> list[float]:
    """One row of a truth file as x, y, w, h."""
    text = line.strip()
    if text.startswith("m"):  # VOT mask: m x,y,w,h,runs; the runs fill a tight rectangle
        text = ",".join(re.split(r"[,\s]+", text[1:].strip())[:4])
    try:
        values = [float(part) for part in re.split(r"[,\s]+", text) if part]
    except ValueError:
        values = []
    if len(values) == 1 and not np.isfinite(values[0]):
        return [np.nan] * 4
    if len(values) == 4:
        return values if np.isfinite(values).all() else [np.nan] * 4
    if len(values) >= 6 and len(values) % 2 == 0:
        xs, ys = values[0::2], values[1::2]
        return [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
    raise FormatError(f'{path}, line {number}: "{line.strip()[:40]}" is not a box x,y,w,h.')


def mark_absent(truth: Float64Array, path: Path, absent: int) -> None:
    """Blanks the rows that a label file (numbers by frame, on one line or many), if it is there, marks as absent."""
    if not path.is_file():
        return
    try:
        labels = np.array([int(float(part)) for part in re.split(r"[,\s]+", path.read_text().strip()) if part])
    except (ValueError, UnicodeDecodeError) as error:
        raise FormatError(f"{path} is not a list of numbers, one a frame.") from error
    if len(labels) != len(truth):
        raise FormatError(f"{path} has {len(labels)} labels for {len(truth)} boxes.")
    marked = labels == absent
    marked[0] = False  # the first box is what the tracker is given
    truth[marked] = np.nan
