"""Tracks of a file made ready for an open source: which frames they are on, and how many do not fit."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import FormatError
from engine.formats import read_track
from engine.sources.base import SourceInfo
from engine.track_rows import ORIGIN_CODE, STATE_CODE, Rows
from engine.types import Origin, TrackState

WITHOUT_FRAMES = ("otb", "vot")
"""Formats whose lines do not say which frame they are of: the first line is of a frame that the user names."""


@dataclass(frozen=True, slots=True, eq=False)
class Incoming:
    """Rows by the number the target has in the file; ``left_out`` counts rows of frames that the source has not."""

    tracks: dict[int, Rows]
    left_out: int = 0


def read_for(path: Path, format: str, info: SourceInfo, first: int = 0) -> Incoming:
    """The tracks in the file, for this source; ``first`` is the frame of the first line of a format without frames.

    Formats with a file a target bring the others along: ``NAME_2.txt`` beside ``NAME.txt``, if it has as many lines.

    Raises FormatError if it cannot be read, or nothing in it is of a frame that the source has.
    """
    fps = info.fps if info.fps > 0 else 30.0
    moved = first if format in WITHOUT_FRAMES else 0
    end = info.frame_count if info.count_exact else None
    tracks, left_out = {}, 0
    for target, rows in _read(path, format, fps).items():
        rows["frame"] += moved
        rows["time_s"] += moved / fps
        # a start whose box the format does not keep says nothing
        rows = rows[~((rows["state"] == STATE_CODE[TrackState.INIT]) & np.isnan(rows["box"][:, 0]))]
        rows = rows[~_filled(rows)]
        fits = np.ones(len(rows), bool) if end is None else rows["frame"] < end
        left_out += int((~fits).sum())
        if fits.any():
            tracks[target] = rows[fits]
    if not tracks:
        raise FormatError(f"{path} has no row of a frame that {info.name} has: choose the file that belongs to it.")
    return Incoming(tracks, left_out)


def _read(path: Path, format: str, fps: float) -> dict[int, Rows]:
    """The rows of each target."""
    log = read_track(path, format, fps)
    found = {target: log.rows(target) for target in log.targets}
    if format in WITHOUT_FRAMES and found:
        for other in path.parent.glob(f"{glob.escape(path.stem)}_*{path.suffix}"):
            number = other.stem.removeprefix(f"{path.stem}_")
            if number.isdecimal() and int(number) > 1:
                try:
                    rows = read_track(other, format, fps).rows(1)
                except FormatError:
                    continue  # of something else
                if len(rows) == len(found[1]):
                    found[int(number)] = rows
    return dict(sorted(found.items()))


def _filled(rows: Rows) -> NDArray[np.bool_]:
    """Which rows ``(N,)`` only say that other targets are on their frames: absent, though nobody said so before them.

    Files with a row for every frame and target have them where a target has not begun or is followed no more.
    """
    absent = rows["state"] == STATE_CODE[TrackState.ABSENT]
    begins = absent & ~np.append(False, absent[:-1])
    said = begins & (rows["origin"] == ORIGIN_CODE[Origin.MANUAL])
    run = np.cumsum(begins)
    return np.asarray(absent & ~np.isin(run, run[said]))
