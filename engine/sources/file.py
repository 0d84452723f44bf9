"""Video files: true presentation times and seeking that lands on exactly the frame asked for."""

from __future__ import annotations

import math
import threading
from pathlib import Path

import cv2
import numpy as np

from engine.errors import SourceError
from engine.sources.base import SourceInfo
from engine.sources.capture import open_file
from engine.sources.frame_times import FrameTimes
from engine.types import Frame, UInt8Array, read_only

HOP = 100
"""Frames ahead that are reached by decoding on rather than by seeking."""
SCAN_WAIT_S = 0.05
"""How long opening waits for the file to be looked through; of longer ones the frame count is an estimate at first."""
SEEK_WAIT_S = 20.0
RUN_UPS = (0, 30, 250)
"""Frames before the wanted one at which a seek is tried, before the file is read from its start."""


class FileSource:
    """A video file read through FFmpeg.

    Frames are counted as they are shown; times are the file's own, from the first frame. OpenCV's seeking is wrong
    for files of variable frame rate and some others, so wherever it lands is looked up by time; where that fails,
    the file is read from its start.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = str(path)
        self._name = self._path if self.remote else Path(path).name
        self._lock = threading.RLock()
        self._closed = False
        self._capture = self._opened()
        self._fps = _sane_fps(self._capture.get(cv2.CAP_PROP_FPS))
        self._estimate = _sane_count(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self._position = 0  # frame that read() returns next
        self._held: UInt8Array | None = None  # picture of that frame if it is decoded already
        self._held_time = 0.0
        self._last: tuple[int, float] | None = None
        self._true_times = True
        self._count: int | None = None
        first = self._grab_picture()
        if first is None:
            self._capture.release()
            raise SourceError(f"{self._name} holds no picture that can be decoded: convert it to MP4 and try again.")
        self._held, self._start_s = first, self._held_time
        self._height, self._width = first.shape[:2]
        self._times = FrameTimes(self._path, look=not self.remote)
        self._times.wait(SCAN_WAIT_S)

    @property
    def info(self) -> SourceInfo:
        """What is known now; the frame count is exact once the file has been looked through."""
        exact = self._count if self._count is not None else self._times.count
        return SourceInfo(
            name=self._name,
            width=self._width,
            height=self._height,
            fps=self._fps,
            frame_count=exact if exact is not None else self._estimate,
            live=False,
            time_source="pts" if self._true_times else "fps",
            count_exact=exact is not None,
        )

    @property
    def dropped(self) -> int:
        """Always 0: no frame of a file is skipped."""
        return 0

    def read(self) -> Frame | None:
        """The next frame, or None after the last one and after :meth:`close`."""
        with self._lock:
            if self._closed:
                return None
            picture = self._held if self._held is not None else self._grab_picture()
            self._held = None
            if picture is None:
                if self._last is None or self._last[0] == self._position - 1:
                    self._count = self._position
                return None
            index, self._position = self._position, self._position + 1
            self._times.check(index, self._held_time)
            return Frame(index, self._media_time(index), read_only(picture))

    def seek(self, index: int) -> None:
        """Make :meth:`read` return exactly frame ``index`` next. Raises SourceError if there is no such frame."""
        with self._lock:
            count = self.info.frame_count if self.info.count_exact else None
            if index < 0 or (count is not None and index >= count):
                last = "" if count is None else f" to {count - 1}"
                raise SourceError(f"Frame {index} is not there: choose one from 0{last}.")
            if index == self._position:
                return
            if not (self._position < index <= self._position + HOP and self._skip_to(index)) and not self._jump(index):
                self._rewind()
                if not self._skip_to(index):
                    self._count = self._position
                    self._rewind()
                    raise SourceError(f"Frame {index} is not there: the video ends before it.")

    @property
    def remote(self) -> bool:
        """Whether it is read over the network."""
        return "://" in self._path

    def again(self) -> FileSource:
        """The same file, opened once more."""
        return FileSource(self._path)

    def key_before(self, index: int) -> int:
        """The key frame at or before this frame, from which it is decoded; 0 while that is not known."""
        return self._times.key_before(index)

    def close(self) -> None:
        """Free the file; :meth:`read` returns None from then on."""
        self._closed = True
        self._times.close()  # first, for a seek may be waiting for it
        with self._lock:
            self._capture.release()

    def _opened(self) -> cv2.VideoCapture:
        if not self.remote:
            _check_file(Path(self._path))
        capture = open_file(self._path)
        if not capture.isOpened():
            capture.release()
            raise SourceError(
                f"{self._name} holds no video that can be read: it may be damaged, only sound, or not a video at all."
            )
        return capture

    def _grab(self) -> bool:
        """Go to the next frame and note its time."""
        if not self._capture.grab():
            return False
        self._held_time = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0  # only now is it this frame's
        return True

    def _grab_picture(self) -> UInt8Array | None:
        return self._retrieve() if self._grab() else None

    def _retrieve(self) -> UInt8Array | None:
        good, picture = self._capture.retrieve()
        return np.asarray(picture, dtype=np.uint8) if good else None

    def _media_time(self, index: int) -> float:
        """The file's own time of the frame just read, or index / fps once that has proved useless."""
        time_s = self._held_time - self._start_s
        if self._last is not None and self._true_times:
            before, time_before = self._last
            if (index > before and time_s <= time_before) or (index < before and time_s >= time_before):
                self._true_times = False
        if not math.isfinite(time_s) or not self._true_times:
            self._true_times = False
            time_s = index / self._fps
        self._last = (index, time_s)
        return time_s

    def _skip_to(self, index: int) -> bool:
        """Decode on without showing, until :meth:`read` would return ``index``; False at the end of the file."""
        if self._held is not None and self._position < index:
            self._held, self._position = None, self._position + 1
        while self._position < index:
            if self._closed or not self._grab():
                return False
            self._times.check(self._position, self._held_time)
            self._position += 1
        return True

    def _rewind(self) -> None:
        self._capture.release()
        self._capture = self._opened()
        self._position, self._held = 0, None

    def _jump(self, index: int) -> bool:
        """Let FFmpeg seek to a frame at or before ``index``, find out by its time which one it is, and go on."""
        if self._times.time_of(index, SEEK_WAIT_S) is None:
            return False
        for run_up in RUN_UPS:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, max(index - run_up, 0))
            if not self._grab():
                continue
            landed = self._times.index_of(self._held_time)
            if landed is None or landed > index:
                continue
            while landed < index and not self._closed and self._grab():
                landed += 1
            if landed == index and self._times.index_of(self._held_time) == index:
                self._held, self._position = self._retrieve(), index
                return self._held is not None
        return False


def _check_file(path: Path) -> None:
    if not path.exists():
        raise SourceError(f"{path} is not there: check the name and the folder.")
    if path.is_dir():
        raise SourceError(f"{path} is a folder: open a video file, or a folder that holds images.")
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}): check its permissions.") from error
    if not head:
        raise SourceError(f"{path} is empty: copy it again or choose another file.")
    if b"\0" not in head and _is_text(head):
        raise SourceError(f"{path} is a text file, not a video: choose another file.")


def _is_text(head: bytes) -> bool:
    return all(byte >= 32 or byte in b"\t\n\r\f" for byte in head)


def _sane_fps(fps: float) -> float:
    return fps if math.isfinite(fps) and 0.01 < fps <= 1000 else 30.0


def _sane_count(count: float) -> int | None:
    return int(count) if math.isfinite(count) and 0 < count < 2**40 else None
