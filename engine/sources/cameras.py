"""The cameras of this machine by name."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from engine.sources.capture import open_camera
from engine.sources.images import natural_key

PROBED = 4
"""Camera numbers that are tried where the system offers no list."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera: its number for :func:`engine.sources.open_source`, and what its maker calls it."""

    index: int
    name: str


def list_cameras(system: Path = Path("/sys/class/video4linux")) -> list[Camera]:
    """The cameras that can be opened, by number; an empty list if there are none."""
    if system.is_dir():
        return _from_video4linux(system)
    return [] if sys.platform.startswith("linux") else _probed()


def _from_video4linux(system: Path) -> list[Camera]:
    cameras = []
    for entry in sorted(system.iterdir(), key=lambda e: natural_key(e.name)):
        number = entry.name.removeprefix("video")
        if not number.isdigit() or _read(entry / "index") not in ("", "0"):
            continue  # one camera has several nodes: only the first one gives pictures
        cameras.append(Camera(int(number), _read(entry / "name") or f"Camera {number}"))
    return cameras


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _probed() -> list[Camera]:
    cameras = []
    for index in range(PROBED):
        capture = open_camera(index)
        if capture.isOpened():
            cameras.append(Camera(index, f"Camera {index}"))
        capture.release()
    return cameras
