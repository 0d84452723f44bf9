"""A text file that the command line writes itself: whole or not at all."""

from __future__ import annotations

from pathlib import Path

from engine.formats.base import PartFile


def write_text(path: Path, text: str) -> None:
    """Write the file under another name and rename it. Raises FormatError."""
    part = PartFile(path)
    try:
        part.write(text)
        part.finish()
        part.rename()
    except BaseException:
        part.discard()
        raise
