"""Compiled TensorRT plans on disk, each under a key of everything it depends on."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import struct
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import BuildError

_LOG = logging.getLogger(__name__)

_MAGIC = b"ATTNPLAN"
_LAYOUT = 1
_PREFIX = struct.Struct("<8sII32s")
"""Magic, version of the layout, bytes of the JSON header, sha256 of all that follows."""


@dataclass(frozen=True, slots=True)
class PlanKey:
    """What a plan was compiled from and for; if any of it changes, the plan is another one."""

    graph: str
    model_sha256: str
    flavour: str
    version: str
    gpu: str
    """Name of the GPU, empty if the plan was compiled without it, for its compute capability only."""
    capability: str
    """As ``sm86``."""
    precision: str

    @property
    def file_name(self) -> str:
        """Name of the plan's file."""
        digest = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()
        return f"{self.graph}-{self.precision}-{self.capability}-{digest[:16]}.plan"


@dataclass(frozen=True, slots=True)
class Entry:
    """A plan as it was stored, and what was noted with it (its parity, how long it took)."""

    plan: bytes
    notes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Miss:
    """Why there is no plan; ``suspicious`` if there is a file that cannot be trusted."""

    reason: str
    suspicious: bool = False


def cache_folder() -> Path:
    """Where plans are kept: ``attntrack/plans`` in the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(base) if os.path.isabs(base) else Path.home() / ".cache"
    return root / "attntrack" / "plans"


@dataclass(frozen=True, slots=True)
class PlanCache:
    """A folder of plans. Files are replaced whole and checked when read."""

    folder: Path = field(default_factory=cache_folder)

    def path(self, key: PlanKey) -> Path:
        """The file of this key, whether it exists or not."""
        return self.folder / key.file_name

    def load(self, key: PlanKey) -> Entry | Miss:
        """The plan of this key, or why there is none that can be trusted."""
        try:
            data = self.path(key).read_bytes()
        except FileNotFoundError:
            return Miss("not compiled yet")
        except OSError as error:
            return Miss(f"cannot be read ({error.strerror})", suspicious=True)
        try:
            magic, layout, length, checksum = _PREFIX.unpack_from(data)
            if (magic, layout) != (_MAGIC, _LAYOUT):
                return Miss("is of another version of the program", suspicious=True)
            if checksum != hashlib.sha256(memoryview(data)[_PREFIX.size :]).digest():
                return Miss("is damaged", suspicious=True)
            header = json.loads(data[_PREFIX.size : _PREFIX.size + length])
            if header["key"] != asdict(key):
                return Miss("belongs to another model or machine", suspicious=True)
            return Entry(data[_PREFIX.size + length :], dict(header["notes"]))
        except (struct.error, ValueError, KeyError, TypeError):
            return Miss("is damaged", suspicious=True)

    def store(self, key: PlanKey, plan: bytes, notes: Mapping[str, Any]) -> None:
        """Keep the plan; a reader sees the old file or the new one, never a part.

        Raises:
            BuildError: the folder cannot be written to.
        """
        header = json.dumps({"key": asdict(key), "notes": dict(notes)}).encode()
        checksum = hashlib.sha256(header + plan).digest()
        self.write(key.file_name, _PREFIX.pack(_MAGIC, _LAYOUT, len(header), checksum) + header + plan)

    def write(self, name: str, data: bytes) -> None:
        """Write a file of the folder whole.

        Raises:
            BuildError: the folder cannot be written to.
        """
        part: str | None = None
        try:
            # plans are run on the GPU: nobody else may put one there
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(prefix=f"{name}.", suffix=".part", dir=self.folder)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, self.folder / name)
        except OSError as error:
            if part is not None:
                Path(part).unlink(missing_ok=True)
            raise BuildError(
                f"cannot write to {self.folder} ({error.strerror}); free some space there or set XDG_CACHE_HOME"
            ) from error

    def try_write(self, name: str, data: bytes) -> None:
        """Write a side file of the folder; what cannot be kept is only made again, so a failure is logged."""
        try:
            self.write(name, data)
        except BuildError as error:
            _LOG.warning("%s", error)

    def read(self, name: str) -> bytes:
        """A side file of the folder, empty if there is none. TensorRT checks these itself."""
        try:
            return (self.folder / name).read_bytes()
        except OSError:
            return b""
