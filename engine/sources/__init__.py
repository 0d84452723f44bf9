"""Where frames come from: files, folders of images, cameras and network streams."""

from __future__ import annotations

import glob
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from engine.errors import SourceError
from engine.sources.ahead import ReadAhead, coming
from engine.sources.base import FrameSource, LiveFrameSource, SourceInfo
from engine.sources.camera_modes import CameraMode, camera_modes
from engine.sources.cameras import Camera, list_cameras
from engine.sources.capture import open_camera, open_stream
from engine.sources.file import FileSource
from engine.sources.images import PRINTF, SUFFIXES, ImagesSource
from engine.sources.live import LiveSource

__all__ = [
    "Camera",
    "FrameSource",
    "LiveFrameSource",
    "SourceInfo",
    "camera_number",
    "coming",
    "list_cameras",
    "open_source",
]

RECONNECT_S = 10.0
"""For how long a stream that broke off is tried again where nobody is there to give it up."""

_STREAMS = frozenset({"rtsp", "rtsps", "rtmp", "rtmps", "http", "https", "udp", "tcp", "rtp", "srt", "mms"})
_CAMERA = re.compile(r"(?:/dev/video)?(\d+)(?:@(\d+)x(\d+)(?:@(\d+(?:\.\d+)?))?)?")
_VIDEO_FILES = frozenset({".mp4", ".m4v", ".mkv", ".mov", ".avi", ".webm", ".mpg", ".mpeg", ".ogv", ".wmv"})


def open_source(spec: str, *, fps: float = 30.0, reconnect: float | None = None) -> FrameSource:
    """An open source of frames.

    Args:
        spec: A video file, a folder of images, a pattern of images (``img%04d.jpg``, ``shots/*.png``), a camera
            (``0``, ``/dev/video0``, with size and rate ``0@1280x720@30``) or the address of a stream
            (``rtsp://...``, ``http://...``). An address that ends like a video file is read from start to end as one.
        fps: Frames a second of images, which know no time.
        reconnect: Seconds for which a camera or stream that broke off is tried again; None: streams for
            :data:`RECONNECT_S`, cameras not at all.

    Raises:
        SourceError: it is not there or cannot be read; the message says what to do.
    """
    spec = spec.strip()
    if not spec:
        raise SourceError("No source was given: name a video file, a folder of images, a camera or a stream.")
    camera = _CAMERA.fullmatch(spec)
    if camera and not Path(spec).is_file():
        return _open_camera(int(camera[1]), _mode(camera), reconnect or 0.0)
    scheme = urlsplit(spec).scheme.lower() if "://" in spec else ""
    if scheme == "file":
        spec = unquote(urlsplit(spec).path)
    elif scheme in _STREAMS:
        if scheme.startswith("http") and Path(urlsplit(spec).path).suffix.lower() in _VIDEO_FILES:
            return ReadAhead(FileSource(spec))
        return LiveSource(lambda: open_stream(spec), spec, RECONNECT_S if reconnect is None else reconnect)
    elif scheme:
        raise SourceError(f"Addresses of the kind {scheme}:// are not known: use rtsp:// or http://.")
    path = Path(spec)
    if path.is_dir() or (not path.exists() and (PRINTF.search(spec) or glob.has_magic(spec))):
        return ReadAhead(ImagesSource(spec, fps))
    if path.suffix.lower() in SUFFIXES and path.is_file():
        return ReadAhead(ImagesSource(spec, fps))
    return ReadAhead(FileSource(path))


def camera_number(spec: str) -> int | None:
    """The number of the camera that this source stands for, or None where it is something else."""
    camera = _CAMERA.fullmatch(spec.strip())
    return int(camera[1]) if camera else None


def _mode(camera: re.Match[str]) -> CameraMode | None:
    """The mode that was asked for, with the format in which the camera offers it."""
    if camera[2] is None:
        return None
    wanted = CameraMode(int(camera[2]), int(camera[3]), float(camera[4] or 0.0))
    for offered in camera_modes(int(camera[1])):
        if (offered.width, offered.height) == (wanted.width, wanted.height):
            return replace(wanted, fourcc=offered.fourcc)
    return wanted


def _open_camera(index: int, mode: CameraMode | None, reconnect: float) -> LiveSource:
    names = {camera.index: camera.name for camera in list_cameras()}
    name = names.get(index, f"Camera {index}")
    if names and index not in names:
        there = ", ".join(f"{number} ({called})" for number, called in names.items())
        raise SourceError(f"Camera {index} is not there: there is {there}.")
    return LiveSource(lambda: open_camera(index, mode), name, reconnect)
