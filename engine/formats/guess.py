"""Which format a track file has, by what stands in it."""

from __future__ import annotations

from pathlib import Path

from engine.errors import FormatError
from engine.formats.base import read_lines
from engine.formats.csv import COLUMNS
from engine.formats.otb import NOTHING
from engine.formats.vot import confidence_path

_LOOKED_AT = 200
_MOT_CELLS = 7


def guess_format(path: Path) -> str:
    """The name of the format, one of ``engine.formats.FORMATS``. Raises FormatError if it is none of them.

    A VOT file without one of its codes looks like OTB; the confidences beside it tell them apart.
    """
    lines = [line.strip() for line in read_lines(path)[:_LOOKED_AT] if line.strip()]
    if not lines:
        raise FormatError(f"{path} is empty: choose another file.")
    if lines[0].startswith(("{", "[")):
        return "json"
    if lines[0].startswith(",".join(COLUMNS)):
        return "csv"
    rows = [line.replace("\t", ",").replace(" ", ",").split(",") for line in lines]
    counts = {len(row) for row in rows}
    if all(_is_number(cell) for row in rows for cell in row):
        if min(counts) >= _MOT_CELLS:
            return "mot"
        if counts <= {4, 1}:
            vot = 1 in counts or (NOTHING not in lines and confidence_path(path).is_file())
            return "vot" if vot else "otb"
    raise FormatError(f"{path} is no track in a format that is known: choose another file.")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
