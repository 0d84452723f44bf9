"""A piece of work as JSON values and back; whatever is wrong with them is a ValueError, TypeError or KeyError."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np

from engine.calibration import PIXELS, Calibration
from engine.errors import FormatError
from engine.keyframes import keyframes
from engine.session import Session, SessionHead, SourceRecord
from engine.target_info import TargetInfo, tidy_name
from engine.track_rows import ORIGIN_CODE, ORIGINS, ROW, STATE_CODE, STATES, Rows
from engine.types import Float64Array, Origin, TrackState

FORMAT, VERSION = "attntrack-project", 1
COLUMNS = ("frame", "time_s", "x", "y", "w", "h", "confidence", "state", "origin",
           "search_x", "search_y", "search_w", "search_h")  # fmt: skip
"""What stands in a row; box and search are null where there is none."""


def head_values(head: SessionHead, folder: Path | None = None) -> dict[str, Any]:
    """The head as JSON values; with a folder, the source's path is relative to it where that can be."""
    source = head.source
    path = source.path if folder is None or source.live else relative_path(source.path, folder)
    return {
        "source": {
            "path": path,
            "live": source.live,
            "width": source.width,
            "height": source.height,
            "fps": source.fps,
            "frames": source.frames,
            "size": source.size,
            "sha256_first_mb": source.sha256_first_mb,
        },
        "targets": [
            {"id": t.id, "name": t.name, "color": t.color, "hidden": t.hidden, "followed": t.id in head.followed}
            for t in _listed(head)
        ],
        "frame": head.frame,
        "selected": head.selected,
        "in_frame": head.in_frame,
        "out_frame": head.out_frame,
        "calibration": None if head.calibration == PIXELS else head.calibration.as_dict(),
        "plot": head.plot,
    }


def head_of(values: Mapping[str, Any], folder: Path | None = None, project: str = "") -> SessionHead:
    """The head that :func:`head_values` gave; a relative path is taken from the folder."""
    source = values["source"]
    path = _text(source["path"])
    live = _flag(source["live"])
    if folder is not None and not live:
        path = absolute_path(path, folder)
    record = SourceRecord(
        path,
        live,
        _count(source["width"], 1),
        _count(source["height"], 1),
        _number(source["fps"]),
        _maybe_count(source["frames"]),
        _maybe_count(source["size"]),
        None if source["sha256_first_mb"] is None else _text(source["sha256_first_mb"]),
    )
    targets = tuple(_target(value) for value in values["targets"])
    if len({target.id for target in targets}) != len(targets):
        raise ValueError("a target is there twice")
    followed = frozenset(t.id for t, value in zip(targets, values["targets"], strict=True) if _flag(value["followed"]))
    calibration = values["calibration"]
    return SessionHead(
        record,
        targets,
        followed,
        _count(values["frame"]),
        _maybe_count(values["selected"], 1),
        _maybe_count(values["in_frame"]),
        _maybe_count(values["out_frame"]),
        PIXELS if calibration is None else _calibration(calibration),
        _text(values["plot"]),
        project,
    )


def row_values(rows: Rows) -> list[list[Any]]:
    """The rows as lists of :data:`COLUMNS`. Search windows are rounded to a hundredth of a pixel, nothing else is."""
    search: Float64Array = np.asarray(rows["search"], dtype=np.float64)
    columns: list[Sequence[Any]] = [
        rows["frame"].tolist(),
        rows["time_s"].tolist(),
        *_with_gaps(rows["box"]),
        rows["confidence"].tolist(),
        [STATES[code].value for code in rows["state"].tolist()],
        [ORIGINS[code].value for code in rows["origin"].tolist()],
        *_with_gaps(search.round(2)),
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def rows_of(values: Sequence[Sequence[Any]]) -> Rows:
    """The rows that :func:`row_values` gave."""
    rows = np.zeros(len(values), dtype=ROW)
    if not values:
        return rows
    columns = list(zip(*values, strict=True))
    if len(columns) != len(COLUMNS):
        raise ValueError(f"a row has {len(columns)} values instead of {len(COLUMNS)}")
    if set(map(type, columns[0])) != {int} or min(columns[0]) < 0:
        raise ValueError("a frame is no number from 0 on")
    rows["frame"] = columns[0]
    rows["time_s"], rows["confidence"] = _numbers(columns[1]), _numbers(columns[6])
    rows["box"] = np.stack([_numbers(column, gaps=True) for column in columns[2:6]], axis=1)
    rows["state"] = [STATE_CODE[TrackState(state)] for state in columns[7]]
    rows["origin"] = [ORIGIN_CODE[Origin(origin)] for origin in columns[8]]
    rows["search"] = np.stack([_numbers(column, gaps=True) for column in columns[9:13]], axis=1)
    for part in ("box", "search"):
        missing = np.isnan(rows[part])
        if (missing.any(axis=1) != missing.all(axis=1)).any():
            raise ValueError(f"half a {part}")
    if (np.diff(rows["frame"]) <= 0).any():
        raise ValueError("frames do not rise")
    return rows


def keyframe_values(session: Session) -> dict[str, list[dict[str, Any]]]:
    """The keyframes of each target, for readers of the file; they follow from the rows and are not read back."""
    return {
        str(target): [{"frame": mark.frame, "kind": mark.kind} for mark in keyframes(target, rows)]
        for target, rows in sorted(session.tracks.items())
    }


def relative_path(path: str, folder: Path) -> str:
    """The path as seen from a folder, with slashes; addresses and paths on other drives stay as they are."""
    if "://" in path:
        return path
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        return path


def absolute_path(path: str, folder: Path) -> str:
    """Where a path leads that was seen from a folder."""
    if "://" in path or PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute():
        return path
    return os.path.normpath(folder / path)


def _listed(head: SessionHead) -> Iterator[TargetInfo]:
    """Every target that there is something to say of, ids rising."""
    known = {target.id: target for target in head.targets}
    for id in sorted({*known, *head.followed}):
        yield known.get(id, TargetInfo(id))


def _target(value: Mapping[str, Any]) -> TargetInfo:
    color = _maybe_count(value["color"], 1)
    return TargetInfo(_count(value["id"], 1), tidy_name(_text(value["name"])), color, _flag(value["hidden"]))


def _calibration(values: Mapping[str, Any]) -> Calibration:
    try:
        return Calibration.from_dict(values)
    except FormatError as error:
        raise ValueError(str(error)) from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _count(value: Any, least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < 1 << 62:
        raise ValueError(f"{value!r} is no number from {least} on")
    return value


def _maybe_count(value: Any, least: int = 0) -> int | None:
    return None if value is None else _count(value, least)


def _number(value: Any) -> float:
    number = float(value)
    if isinstance(value, str | bool) or not math.isfinite(number):
        raise ValueError(f"{value!r} is no number")
    return number


def _numbers(column: Sequence[Any], gaps: bool = False) -> Float64Array:
    """``(N,) float64`` of numbers; with ``gaps``, null is allowed and becomes NaN."""
    if not set(map(type, column)) <= {int, float, *([type(None)] if gaps else [])}:
        raise TypeError("a value is no number")
    numbers = np.array([np.nan if value is None else value for value in column], dtype=np.float64)
    if np.isinf(numbers).any() or (not gaps and np.isnan(numbers).any()):
        raise ValueError("a value is not finite")
    return numbers


def _with_gaps(values: Float64Array) -> list[list[float | None]]:
    """The columns of ``(N, 4)`` boxes, with None where there is none."""
    return [[None if value != value else value for value in column] for column in values.T.tolist()]
