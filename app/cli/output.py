"""Files that the command line writes itself: checked before the work, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from engine.errors import FormatError


def check_writable(path: Path) -> None:
    """Raise FormatError if no file of this name could be written, so that it is known before the work is done."""
    folder = path.parent
    if path.is_dir():
        raise FormatError(f"{path} is a folder: name a file to write to.")
    if not folder.is_dir():
        raise FormatError(f"{path} cannot be written: the folder {folder} does not exist.")
    if not os.access(folder, os.W_OK):
        raise FormatError(f"{path} cannot be written: the folder {folder} is read-only.")


def write_text(path: Path, text: str) -> None:
    """Write the file under another name and rename it. Raises FormatError."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise FormatError(f"{path} cannot be written: {error.strerror or error}.") from error
