"""The text of a project file: the tracks come last, a row a line, so that they are written and read in parts.

An hour of video is a text of 37 MB. Parsed in one go it would hold Python's lock, and with it the window, for a second.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from engine.session_json import row_values, rows_of
from engine.track_rows import Rows

AT_ONCE = 500
"""Rows turned into text or back at a time: other threads wait that long."""

_TRACKS = '\n "tracks": {'
_TRACK = re.compile(r',?\n  "(\d+)": \[')
_TRACK_END = "\n  ]"
_END = "\n }\n}\n"


def text_of(head: Mapping[str, Any], tracks: Mapping[int, Rows]) -> Iterator[str]:
    """The text in parts: the head's values, then the tracks."""
    yield json.dumps(head, indent=1, ensure_ascii=False).removesuffix("\n}") + "," + _TRACKS
    for number, (target, rows) in enumerate(sorted(tracks.items())):
        yield f'{"," if number else ""}\n  "{target}": ['
        for at in range(0, len(rows), AT_ONCE):
            part = json.dumps(row_values(rows[at : at + AT_ONCE]))
            lines = part[1:-1].replace("], [", "],\n   [")
            yield f"{',' if at else ''}\n   {lines}"
        yield _TRACK_END
    yield _END


def values_of(text: str) -> tuple[Any, Callable[[], dict[int, Rows]]]:
    """The head's values, and what reads the tracks. Of anything but an object it is the value as it is.

    Both raise ValueError, TypeError, KeyError or AttributeError for what is wrong with the text.
    """
    at = text.find(_TRACKS)
    if at >= 0:
        return json.loads(text[:at].removesuffix(",") + "\n}"), lambda: _tracks(text, at + len(_TRACKS))
    values = json.loads(text)  # laid out by another program
    return values, lambda: _rows(values)


def _tracks(text: str, at: int) -> dict[int, Rows]:
    try:
        return _in_parts(text, at)
    except (ValueError, TypeError):
        return _rows(json.loads(text))  # laid out by another program, or damaged: then this says how


def _rows(values: Mapping[str, Any]) -> dict[int, Rows]:
    return {int(target): rows_of(rows) for target, rows in values["tracks"].items()}


def _in_parts(text: str, at: int) -> dict[int, Rows]:
    """The tracks as :func:`text_of` lays them out from this place on; ValueError or TypeError for any other text."""
    tracks: dict[int, Rows] = {}
    while (found := _TRACK.match(text, at)) is not None:
        end = text.index(_TRACK_END, found.end())
        lines = text[found.end() : end].split("\n")[1:]
        parts = [
            rows_of(json.loads(f"[{''.join(lines[first : first + AT_ONCE]).removesuffix(',')}]"))
            for first in range(0, max(len(lines), 1), AT_ONCE)
        ]
        tracks[int(found[1])] = rows = np.concatenate(parts)
        if (np.diff(rows["frame"]) <= 0).any():
            raise ValueError("frames do not rise")
        at = end + len(_TRACK_END)
    if text[at:] != _END:
        raise ValueError("something else at the end")
    return tracks
