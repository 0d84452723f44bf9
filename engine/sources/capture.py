"""The one way in which OpenCV's captures are opened: quiet, with time-outs, phone rotation honoured."""

from __future__ import annotations

import os
import threading

import cv2

from engine.sources.camera_modes import CameraMode

# the user gets one clear sentence instead of the libraries' own lines
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
if "OPENCV_LOG_LEVEL" not in os.environ:
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

OPEN_TIMEOUT_S = 6.0
READ_TIMEOUT_S = 4.0

_TIMEOUTS = [
    *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(1000 * OPEN_TIMEOUT_S)),
    *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(1000 * READ_TIMEOUT_S)),
]
_FFMPEG_OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
_LOW_DELAY = "rtsp_transport;tcp|fflags;nobuffer|flags;low_delay"
_options_lock = threading.Lock()


def open_file(path: str) -> cv2.VideoCapture:
    """A capture of a video file that turns pictures as the file says; it may not be opened, ask it."""
    capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG, _TIMEOUTS if "://" in path else [])
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    return capture


def open_packets(path: str) -> cv2.VideoCapture:
    """A capture that yields the video's packets without decoding them: ``grab`` then ask for ``CAP_PROP_POS_MSEC``."""
    return cv2.VideoCapture(path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])


def open_stream(url: str) -> cv2.VideoCapture:
    """A capture of a network stream that gives up after :data:`OPEN_TIMEOUT_S` and :data:`READ_TIMEOUT_S`."""
    with _options_lock:
        own = url.startswith("rtsp") and _FFMPEG_OPTIONS not in os.environ
        if own:
            os.environ[_FFMPEG_OPTIONS] = _LOW_DELAY
        try:
            return cv2.VideoCapture(url, cv2.CAP_FFMPEG, _TIMEOUTS)
        finally:
            if own:
                del os.environ[_FFMPEG_OPTIONS]


def open_camera(index: int, mode: CameraMode | None = None) -> cv2.VideoCapture:
    """A capture of the camera with this number, with as little buffering as it allows.

    A camera that cannot do ``mode`` takes what comes nearest; ask the pictures.
    """
    capture = cv2.VideoCapture(index)
    if mode is not None:
        if len(mode.fourcc) == 4:  # first: it decides which sizes and rates there are
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*mode.fourcc))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, mode.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, mode.height)
        if mode.fps > 0:
            capture.set(cv2.CAP_PROP_FPS, mode.fps)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture
