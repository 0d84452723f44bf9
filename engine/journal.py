"""The autosave's file: what changed, appended bit by bit, so that a program that dies loses next to nothing.

A record is its length, a checksum, a kind and its contents. Whatever the end of the file looks like, everything before
the first record that is not whole is read back.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from engine.errors import SessionError
from engine.session import Session, SessionHead
from engine.session_json import head_of, head_values
from engine.track_blocks import TrackRows
from engine.track_log import Patch
from engine.track_rows import ROW, Rows

MAGIC = b"ATTNTRACK-JOURNAL-1\n"
_RECORD = struct.Struct("<IIB")
_PATCH = struct.Struct("<qqq")
_HEAD_KIND, _PATCH_KIND = 1, 2
_OPEN_END = -1
_STORED = ROW.newbyteorder("<")
_LONGEST = 1 << 30
"""A record longer than this is none: its length was damaged."""


class JournalWriter:
    """Appends to one file. Raises OSError where the disk fails."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None
        self.size = 0

    def restart(self, head: SessionHead, patches: Iterable[Patch]) -> None:
        """Begin anew with all there is; what was in the file before stays until this is complete."""
        self.close()
        part = self.path.with_name(self.path.name + ".part")
        with part.open("wb") as file:
            file.write(MAGIC)
            file.write(_record(_HEAD_KIND, _head_bytes(head)))
            for patch in patches:
                file.write(_record(_PATCH_KIND, _patch_bytes(patch)))
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, self.path)
        self._file = self.path.open("ab")
        self.size = self.path.stat().st_size

    def append(self, head: SessionHead | None, patches: Iterable[Patch]) -> None:
        """Add a new head (None: the same as before) and what changed in the rows, and bring it to the disk."""
        assert self._file is not None, "restart comes first"
        data = b"".join(_record(_PATCH_KIND, _patch_bytes(patch)) for patch in patches)
        if head is not None:
            data += _record(_HEAD_KIND, _head_bytes(head))
        self._file.write(data)
        self._file.flush()
        os.fsync(self._file.fileno())
        self.size += len(data)

    def close(self) -> None:
        """Close the file; it stays."""
        if self._file is not None:
            with suppress(OSError):  # a full disk takes no more, and that was said already
                self._file.close()
            self._file = None

    def discard(self) -> None:
        """Delete the file: it is not needed any more."""
        self.close()
        self.path.unlink(missing_ok=True)
        self.path.with_name(self.path.name + ".part").unlink(missing_ok=True)


def read_journal(path: Path) -> Session:
    """The work that a journal holds, up to where it is damaged. Raises SessionError if there is none in it."""
    head: SessionHead | None = None
    tracks: dict[int, TrackRows] = {}
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise SessionError(f"{path.name} holds no autosaved work: delete it.")
            for kind, data in _records(file):
                if kind == _HEAD_KIND:
                    values = json.loads(data)
                    head = head_of(values, project=str(values["project"]))
                elif kind == _PATCH_KIND:
                    target, start, stop, rows = _patch_of(data)
                    tracks.setdefault(target, TrackRows()).splice(start, None if stop == _OPEN_END else stop, rows)
    except OSError as error:
        raise SessionError(f"{path} cannot be read ({error.strerror}): check its permissions.") from error
    except (KeyError, TypeError, ValueError, struct.error) as error:
        if head is None:
            raise SessionError(f"{path.name} holds no autosaved work ({error}): delete it.") from error
    if head is None:
        raise SessionError(f"{path.name} holds no autosaved work: delete it.")
    return Session(head, {target: track.copy() for target, track in tracks.items() if track.size})


def _record(kind: int, data: bytes) -> bytes:
    return _RECORD.pack(len(data), zlib.crc32(data, kind), kind) + data


def _records(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Kind and contents of each whole record."""
    while len(head := file.read(_RECORD.size)) == _RECORD.size:
        length, checksum, kind = _RECORD.unpack(head)
        if length > _LONGEST:
            return
        data = file.read(length)
        if len(data) != length or zlib.crc32(data, kind) != checksum:
            return
        yield kind, data


def _head_bytes(head: SessionHead) -> bytes:
    return json.dumps({**head_values(head), "project": head.project}, ensure_ascii=False).encode()


def _patch_bytes(patch: Patch) -> bytes:
    stop = _OPEN_END if patch.stop is None else patch.stop
    return _PATCH.pack(patch.target, patch.start, stop) + patch.rows.astype(_STORED, copy=False).tobytes()


def _patch_of(data: bytes) -> tuple[int, int, int, Rows]:
    target, start, stop = _PATCH.unpack_from(data)
    return target, start, stop, np.frombuffer(data, dtype=_STORED, offset=_PATCH.size).astype(ROW)
