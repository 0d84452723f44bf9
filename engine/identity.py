"""By what a source is known again: the size of its file and the hash of its first megabyte."""

from __future__ import annotations

import hashlib
from pathlib import Path

HASHED_BYTES = 1 << 20


def identify(spec: str) -> tuple[int | None, str | None]:
    """Size in bytes and SHA-256 of the first megabyte of a source, as hexadecimal digits.

    Of a folder of images: the bytes of all its files, and the hash of their names. None, None for what is no file.
    """
    path = Path(spec)
    try:
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.sha256(file.read(HASHED_BYTES)).hexdigest()
            return path.stat().st_size, digest
        if path.is_dir():
            files = sorted(entry for entry in path.iterdir() if entry.is_file())
            names = "\n".join(entry.name for entry in files)
            return sum(entry.stat().st_size for entry in files), hashlib.sha256(names.encode()).hexdigest()
    except OSError:
        pass  # gone, or not ours to read: then it cannot be known again
    return None, None
