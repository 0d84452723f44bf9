"""What may be dropped on the window: files, and addresses dragged out of a browser."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData

_TRACKS = (".csv", ".txt", ".json")


def dropped_source(data: QMimeData) -> str:
    """The first file or address among what is dragged, or an empty text."""
    for url in data.urls():
        if url.isLocalFile():
            return str(Path(url.toLocalFile()))
        if url.scheme() in ("rtsp", "http", "https"):
            return url.toString()
    text = data.text().strip()  # an address dragged from somewhere as plain text
    return text if text.startswith(("rtsp://", "http://", "https://")) and len(text.split()) == 1 else ""


def is_track(source: str) -> bool:
    """Whether it is, by its ending, a file of tracks and not a video."""
    return "://" not in source and Path(source).suffix.lower() in _TRACKS
