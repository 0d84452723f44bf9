"""Tracking a stretch of one target anew, forwards or backwards: what was there is replaced frame by frame."""

from __future__ import annotations

from collections.abc import Callable

from engine.edits import Edit
from engine.errors import FormatError
from engine.followers import Followers
from engine.keyframes import keyframe_after, keyframe_before
from engine.track_log import TrackLog
from engine.track_rows import rows_of
from engine.types import Frame, FrameResult

CHUNK_BYTES = 96 << 20
"""Pictures held while going backwards: a video is only read forwards, so it is read a chunk at a time."""
MOST_FRAMES = 64

FrameAt = Callable[[int], Frame | None]


class Fill:
    """Goes from a frame where the target has a box to the next keyframe in one direction. Belongs to one thread.

    It may be left at any frame: the track is whole then, new up to there and old behind.
    """

    def __init__(
        self, log: TrackLog, followers: Followers, frame_at: FrameAt, edit: Edit, target: int, backwards: bool
    ) -> None:
        self.target, self.backwards = target, backwards
        self._log, self._followers, self._frame_at, self._edit = log, followers, frame_at, edit
        self._followed = followers.followed(target)
        self._start = self._at = self._stop = 0
        self._held: dict[int, Frame] = {}
        self._chunk = 1

    @property
    def progress(self) -> tuple[int, int]:
        """Frames done, and frames in all."""
        return abs(self._at - self._start), max(abs(self._stop - self._start) - 1, 0)

    def begin(self, frame: Frame) -> None:
        """Bring the tracker to the target's box on this frame.

        Raises FormatError if it has none, or there is no frame to fill.
        """
        rows = self._log.rows(self.target)
        self._start = self._at = frame.index
        self._chunk = min(max(CHUNK_BYTES // max(frame.image.nbytes, 1), 4), MOST_FRAMES)
        if self.backwards:
            before = keyframe_before(rows, frame.index)
            self._stop = -1 if before is None else before
        else:
            after, last = keyframe_after(rows, frame.index), self._log.last_frame(self.target)
            self._stop = after if after is not None else frame.index + 1 if last is None else last + 1
        if not self.progress[1]:
            raise FormatError("There is no frame to track between this one and the next keyframe: go to another one.")
        self._edit.followed.setdefault(self.target, self._followed)
        self._followers.place(self.target, frame)

    def next(self) -> tuple[Frame, FrameResult] | None:
        """The next frame with the target tracked on it, or None when all is done."""
        index = self._at + (-1 if self.backwards else 1)
        if index == self._stop:
            return None
        frame = self._read_back(index) if self.backwards else self._frame_at(index)
        if frame is None:
            return None
        result = self._followers.look(frame, (self.target,))
        row = rows_of(index, frame.time_s, result.targets[0])
        self._edit.put(self._log, self.target, index, index + 1, row)
        self._at = index
        return frame, result

    def end(self) -> None:
        """Let the target be carried on from its rows again, if it was before."""
        self._held.clear()
        self._followers.follow(self.target, self._followed)

    def _read_back(self, index: int) -> Frame | None:
        if index not in self._held:
            self._held.clear()
            for at in range(max(index - self._chunk + 1, self._stop + 1), index + 1):
                frame = self._frame_at(at)
                if frame is None:
                    return None
                self._held[at] = frame
        return self._held.pop(index, None)
