"""Project files (``NAME.attntrack``): one JSON text with paths relative to it, complete or not there at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import engine
from engine.errors import FormatError, SessionError
from engine.formats.base import PartFile
from engine.session import Session
from engine.session_json import (
    COLUMNS,
    FORMAT,
    VERSION,
    head_of,
    head_values,
    keyframe_values,
)
from engine.session_text import text_of, values_of
from engine.track_rows import Rows


def save_session(path: Path, session: Session) -> None:
    """Write a project file; one that was there is replaced in one go. Raises SessionError."""
    path = path.absolute()
    try:
        file = PartFile(path)
        try:
            _write(file, path.parent, session)
            file.finish()
            file.rename()
        except BaseException:
            file.discard()
            raise
    except FormatError as error:
        raise SessionError(str(error)) from error


def load_session(path: Path) -> Session:
    """The work in a project file. Raises SessionError that says what is wrong and what to do."""
    path = path.absolute()
    values, read_tracks = _read(path)
    version = values.get("version")
    if isinstance(version, int) and version > VERSION:
        raise SessionError(
            f"{path.name} was saved by a newer AttnTrack (format {version}, this one reads {VERSION}): "
            "update the program to open it."
        )
    try:
        if version != VERSION:
            raise ValueError(f"version {version!r}")
        head = head_of(values, path.parent, str(path))
        if tuple(values["columns"]) != COLUMNS:
            raise ValueError("other columns than this version writes")
        tracks = read_tracks()
        if any(target < 1 for target in tracks):
            raise ValueError("targets count from 1")
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _damaged(path, error) from error
    return Session(head, tracks)


def _write(file: PartFile, folder: Path, session: Session) -> None:
    head: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "program": engine.__version__,
        **head_values(session.head, folder),
        "keyframes": keyframe_values(session),
        "columns": COLUMNS,
    }
    for part in text_of(head, session.tracks):
        file.write(part)


def _read(path: Path) -> tuple[dict[str, Any], Callable[[], dict[int, Rows]]]:
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError as error:
        raise SessionError(f"{path} is not there: check the name and the folder.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SessionError(f"{path} cannot be read as a project: choose a file that AttnTrack saved.") from error
    foreign = SessionError(f"{path.name} is no AttnTrack project: choose a file that AttnTrack saved.")
    try:
        values, read_tracks = values_of(text)
    except (ValueError, RecursionError) as error:
        raise (_damaged(path, error) if FORMAT in text[:200] else foreign) from error
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise foreign
    return values, read_tracks


def _damaged(path: Path, error: Exception) -> SessionError:
    return SessionError(
        f"{path.name} is damaged ({error}): open a copy of it, or export the track again from the video."
    )
