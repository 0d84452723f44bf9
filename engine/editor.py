"""What the user can change in the track besides drawing a box; every change can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np

from engine import events
from engine.edits import Edit
from engine.errors import FormatError
from engine.followers import Followers
from engine.keyframes import keyframe_after, keyframe_before
from engine.track_log import TrackLog
from engine.track_rows import ORIGIN_CODE, ROW, STATE_CODE, Rows, no_rows, rows_of
from engine.types import Box, Frame, FrameResult, Origin, Target, TrackState

_NAN = (np.nan,) * 4


class Editor:
    """Changes rows in the log and who is carried on. Belongs to the worker thread.

    Every change is written down in the :class:`engine.edits.Edit` it is given. Raises FormatError where a change
    makes no sense; then nothing has changed.
    """

    def __init__(self, log: TrackLog, followers: Followers, emit: Callable[[events.Event], None]) -> None:
        self._log, self._followers, self._emit = log, followers, emit
        self.frame: Frame | None = None  # the frame shown

    def start(self, edit: Edit, target: int, box: Box, frame: Frame, rewind: bool, keep: bool = False) -> FrameResult:
        """Start a target with a drawn box, or correct it; what follows up to the next keyframe is to be tracked anew.

        Straight lines on either side are drawn anew instead, and with ``keep`` the rows behind stay as they are.
        ``rewind``: earlier frames can be had. Raises FormatError for a useless box.
        """
        rows, at = self._log.rows(target), frame.index
        first, last = keyframe_before(rows, at), keyframe_after(rows, at)
        left, right = _is_line(rows, at - 1), _is_line(rows, at + 1)
        stop = at + 1 if keep or right else last
        manual = bool((rows["frame"] < at).any()) or (stop is not None and bool((rows["frame"] >= stop).any()))
        followed = self._followers.followed(target)
        result = self._followers.start(target, box, frame, manual, rewind)
        edit.followed.setdefault(target, followed)
        edit.put(self._log, target, at, stop, rows_of(at, frame.time_s, result.targets[0]))
        if left and first is not None:
            self._put_line(edit, target, first, at)
        if right and last is not None:
            self._put_line(edit, target, at, last)
        return result

    def swap(self, edit: Edit) -> None:
        """Take a change back, or make it again."""
        before = {target: self._followers.followed(target) for target in edit.followed}
        edit.swap(self._log)
        for target, followed in edit.followed.items():
            self._followers.follow(target, followed)
        edit.followed.update(before)
        self._changed(*edit.targets)

    def load(self, tracks: Mapping[int, Rows], followed: Collection[int]) -> None:
        """Put whole tracks in, such as those of a project; ``followed`` are carried on."""
        for target, rows in tracks.items():
            self._log.splice(target, 0, None, rows)
            self._followers.follow(target, target in followed)
        self._changed(*tracks)

    def add(self, edit: Edit, tracks: Mapping[int, Rows]) -> None:
        """Put whole tracks in the place of what these targets have; they are not carried on where their rows end."""
        self._note(edit, *tracks)
        for target, rows in tracks.items():
            edit.put(self._log, target, 0, None, rows)
            self._followers.follow(target, False)
        self._changed(*tracks)

    def remove(self, edit: Edit, target: int, from_frame: int | None = None) -> None:
        """Stop carrying a target on; its rows from ``from_frame`` on go (None: all, as if it had never been)."""
        self._note(edit, target)
        edit.put(self._log, target, from_frame or 0, None, no_rows())
        self._followers.follow(target, False)
        self._changed(target)

    def mark_absent(self, edit: Edit, target: int, frame: int) -> None:
        """Say that the target is out of sight from this frame on, up to the next keyframe."""
        rows = self._log.rows(target)
        stop = keyframe_after(rows, frame)
        if not len(rows) or frame < rows["frame"][0]:
            raise FormatError("The target has no track before this frame: go to a later frame to say it is gone.")
        self._note(edit, target)
        gone = self._log.rows(target, frame, stop)
        if not len(gone) or gone["frame"][0] != frame:
            first = rows_of(frame, self._time_of(rows, frame), Target(target, None, 0.0, TrackState.ABSENT))
            gone = np.concatenate([first, gone])
        gone["box"], gone["search"], gone["confidence"] = _NAN, _NAN, 0.0
        gone["state"], gone["origin"] = STATE_CODE[TrackState.ABSENT], ORIGIN_CODE[Origin.MANUAL]
        edit.put(self._log, target, frame, stop, gone)
        self._followers.follow(target, True)
        self._changed(target)

    def mark_visible(self, edit: Edit, target: int, frame: Frame) -> None:
        """Say that the target is in sight again on this frame: it is looked for from where it was seen last."""
        self._note(edit, target)
        found = self._followers.look_again(target, frame)
        stop = keyframe_after(self._log.rows(target), frame.index)
        edit.put(self._log, target, frame.index, stop, rows_of(frame.index, frame.time_s, found))
        self._followers.follow(target, True)
        self._changed(target)

    def delete_keyframe(self, edit: Edit, target: int, frame: int) -> None:
        """Take back a decision: what follows it, up to the next one, is to be tracked from what was before it."""
        rows = self._log.rows(target)
        stop, before = keyframe_after(rows, frame), keyframe_before(rows, frame)
        start = frame if before is None else self._first_interpolated(rows, before, frame)
        self._note(edit, target)
        edit.put(self._log, target, start, stop, no_rows())
        if self._log.first_frame(target) is None:
            self._followers.follow(target, False)
        self._changed(target)

    def interpolate(self, edit: Edit, target: int, frame: int) -> None:
        """Draw straight lines between the keyframes on both sides of this frame; both need a box."""
        rows = self._log.rows(target)
        first, last = keyframe_before(rows, frame + 1), keyframe_after(rows, frame)
        ends = [None if at is None else self._log.get(target, at) for at in (first, last)]
        if first is None or last is None or any(end is None or end.box is None for end in ends):
            raise FormatError("There is no drawn box on both sides of this frame: draw one before and one after it.")
        if last - first < 2:
            raise FormatError("There is no frame between the two drawn boxes: go to a longer gap.")
        self._note(edit, target)
        self._put_line(edit, target, first, last)
        self._changed(target)

    def merge(self, edit: Edit, into: int, other: int, prefer_other: bool = False) -> None:
        """Make two tracks one: the rows of ``other`` fill ``into``, then ``other`` is gone.

        Where both have a box, that of ``into`` stays unless ``prefer_other``; a box wins over a row without one.
        """
        joined = merged(self._log.rows(into), self._log.rows(other), prefer_other)
        self._note(edit, into, other)
        self._followers.follow(into, self._followers.followed(into) or self._followers.followed(other))
        edit.put(self._log, other, 0, None, no_rows())
        edit.put(self._log, into, 0, None, joined)
        self._followers.follow(other, False)
        self._changed(into, other)

    def split(self, edit: Edit, target: int, frame: int, new: int) -> None:
        """Give the rows from this frame on to a new target, which is carried on; the old one ends before."""
        if not len(self._log.rows(target, frame)) or not len(self._log.rows(target, 0, frame)):
            raise FormatError("There is nothing to split here: go to a frame inside the track.")
        self._note(edit, target, new)
        later = self._log.rows(target, frame)
        followed = self._followers.followed(target)
        edit.put(self._log, target, frame, None, no_rows())
        edit.put(self._log, new, 0, None, later)
        self._followers.follow(target, False)
        self._followers.follow(new, followed)
        self._changed(target, new)

    def _put_line(self, edit: Edit, target: int, first: int, last: int) -> None:
        """Fill the frames between two that have a box with boxes on the straight line between them."""
        a, b = self._log.get(target, first), self._log.get(target, last)
        if a is None or b is None or a.box is None or b.box is None or last - first < 2:
            return
        line = np.zeros(last - first - 1, dtype=ROW)
        line["frame"] = np.arange(first + 1, last)
        share = ((line["frame"] - first) / (last - first))[:, None]
        line["box"] = (1 - share) * a.box.as_array() + share * b.box.as_array()
        known = self._log.rows(target, first, last + 1)
        line["time_s"] = np.interp(line["frame"], known["frame"], known["time_s"])
        line["confidence"] = min(a.confidence, b.confidence)
        line["state"], line["origin"] = STATE_CODE[TrackState.TRACKED], ORIGIN_CODE[Origin.INTERPOLATED]
        line["search"] = np.nan
        edit.put(self._log, target, first + 1, last, line)

    def _note(self, edit: Edit, *targets: int) -> None:
        for target in targets:
            edit.followed.setdefault(target, self._followers.followed(target))

    def _changed(self, *targets: int) -> None:
        for target in targets:
            self._emit(events.TargetChanged(target, followed=self._followers.followed(target)))

    def _time_of(self, rows: Rows, frame: int) -> float:
        """The media time of a frame: the shown one's, a row's, or on the line between the rows around it."""
        if self.frame is not None and self.frame.index == frame:
            return self.frame.time_s
        return float(np.interp(frame, rows["frame"], rows["time_s"]))

    @staticmethod
    def _first_interpolated(rows: Rows, before: int, frame: int) -> int:
        """Where the interpolated rows that lead up to a keyframe begin; the keyframe's frame if there are none."""
        between = rows[(rows["frame"] > before) & (rows["frame"] < frame)]
        drawn = between["origin"] == ORIGIN_CODE[Origin.INTERPOLATED]
        return int(between["frame"][0]) if len(between) and drawn.all() else frame


def _is_line(rows: Rows, frame: int) -> bool:
    """Whether this frame's row is interpolated."""
    drawn = rows["origin"][rows["frame"] == frame]
    return bool((drawn == ORIGIN_CODE[Origin.INTERPOLATED]).any())


def overlap(one: Rows, other: Rows) -> Rows:
    """Rows of ``one`` with a box on frames where ``other`` has a box too."""
    seen = other["frame"][~np.isnan(other["box"][:, 0])]
    both: Rows = one[~np.isnan(one["box"][:, 0]) & np.isin(one["frame"], seen)]
    return both


def merged(one: Rows, other: Rows, prefer_other: bool) -> Rows:
    """The rows of both, frames rising; where both have a row the box wins, and of two boxes that of ``one``."""
    both = np.concatenate([one, other])
    unseen = np.isnan(both["box"][:, 0])
    second = np.repeat([False, True], [len(one), len(other)])
    order = np.lexsort((second ^ prefer_other, unseen, both["frame"]))
    both = both[order]
    first = np.r_[True, both["frame"][1:] != both["frame"][:-1]] if len(both) else np.zeros(0, bool)
    return both[first]
