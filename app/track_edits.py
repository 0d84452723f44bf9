"""Changes of the track and of what is known of its targets: each is asked of the worker and can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject

from app.state import SessionState
from app.undo import History
from engine.editor import Editor, overlap
from engine.edits import Edit
from engine.keyframes import Keyframe
from engine.target_info import tidy_name
from engine.track_rows import Rows
from engine.types import Box, TrackState
from engine.worker import Worker


class TrackEdits(QObject):
    """What can be changed on the frame shown, and whether it makes sense there.

    With ``keep_rest`` a correction leaves what follows as it is.
    """

    def __init__(self, state: SessionState, worker: Worker) -> None:
        super().__init__(state)
        self._s, self._worker = state, worker
        self.history = History(self._swap, state.book, self)
        self.keep_rest = False

    # what makes sense on the frame shown
    @property
    def keyframe(self) -> Keyframe | None:
        """The selected target's keyframe on the frame shown."""
        target = self._s.selected
        marks = [] if target is None else self._s.tracks.marks(target)
        return next((mark for mark in marks if mark.frame == self._s.frame), None)

    def neighbour(self, forward: bool) -> Keyframe | None:
        """The selected target's next keyframe, or the one before."""
        target = self._s.selected
        marks = [] if target is None else self._s.tracks.marks(target)
        if forward:
            return next((mark for mark in marks if mark.frame > self._s.frame), None)
        return next((mark for mark in reversed(marks) if mark.frame < self._s.frame), None)

    @property
    def can_mark_absent(self) -> bool:
        """Whether the selected target can be said to be out of sight from here on."""
        s, shown = self._s, self._s.target
        if s.selected is None or s.result is None or (shown is not None and shown.state is TrackState.ABSENT):
            return False
        rows = s.tracks.rows(s.selected)
        return bool(len(rows)) and int(rows["frame"][0]) < s.frame

    @property
    def can_mark_visible(self) -> bool:
        """Whether the selected target is said to be out of sight here."""
        shown = self._s.target
        return shown is not None and shown.state is TrackState.ABSENT and self._s.pictures

    def can_track(self, backwards: bool) -> bool:
        """Whether there are frames to be tracked anew from the selected target's box here, in one direction."""
        s, near = self._s, self.neighbour(not backwards)
        frames = s.tracks.rows(s.selected or 0)["frame"]
        if not s.seekable or not s.pictures or s.target is None or s.target.box is None or not len(frames):
            return False
        if backwards:
            return s.frame - (near.frame if near else -1) > 1
        return (near.frame if near else int(frames[-1]) + 1) - s.frame > 1

    @property
    def can_interpolate(self) -> bool:
        """Whether there is a drawn box on both sides of the frame shown, and frames between."""
        before, after = self.keyframe or self.neighbour(False), self.neighbour(True)
        if before is None or after is None or before.box is None or after.box is None:
            return False
        return after.frame - before.frame > 1

    @property
    def can_split(self) -> bool:
        """Whether the selected target has rows before and from the frame shown on."""
        frames = self._s.tracks.rows(self._s.selected or 0)["frame"]
        return bool(len(frames)) and int(frames[0]) < self._s.frame <= int(frames[-1])

    def overlap(self, one: int, other: int) -> int:
        """On how many frames both targets have a box."""
        return len(overlap(self._s.tracks.rows(one), self._s.tracks.rows(other)))

    # the track
    def draw(self, box: Box, frame: int, target: int | None) -> int:
        """Start a new target (None) with this box, or correct one. Returns its id."""
        edit, keep = Edit(), self.keep_rest and target is not None
        drawn = self._worker.init_target(box, frame, target, edit, keep)
        text = self.tr("add {0}") if target is None else self.tr("correct {0}")
        self.history.edited(text.format(self._s.book.name(drawn)), edit, frame)
        return drawn

    def mark_absent(self) -> None:
        """The selected target is out of sight from here on."""
        frame = self._s.frame
        if self.can_mark_absent:
            self._edit(self.tr("{0} not visible"), lambda editor, edit, t: editor.mark_absent(edit, t, frame))

    def mark_visible(self) -> None:
        """The selected target is in sight again: look for it."""
        if self.can_mark_visible and self._s.result is not None:
            frame = self._s.result.frame
            self._edit(self.tr("{0} visible again"), lambda editor, edit, t: editor.mark_visible(edit, t, frame))

    def track_again(self, backwards: bool) -> None:
        """Track the selected target anew from its box here to the next keyframe, or back to the one before."""
        self._s.moving.emit()
        target = self._s.selected
        if target is None or not self.can_track(backwards):
            return
        text = self.tr("track {0} backwards") if backwards else self.tr("track {0} again")
        edit = Edit()
        self.history.edited(text.format(self._s.book.name(target)), edit, self._s.frame)
        self._worker.fill(edit, target, backwards)

    def delete_keyframe(self, frame: int | None = None) -> None:
        """Take the selected target's decision on a frame (None: the frame shown) back."""
        at = self._s.frame if frame is None else frame
        if any(mark.frame == at for mark in self._s.tracks.marks(self._s.selected or 0)):
            text = self.tr("delete keyframe of {0}")
            self._edit(text, lambda editor, edit, t: editor.delete_keyframe(edit, t, at), at)

    def interpolate(self) -> None:
        """Draw straight lines between the selected target's keyframes on both sides."""
        frame = self._s.frame
        if self.can_interpolate:
            self._edit(self.tr("interpolate {0}"), lambda editor, edit, t: editor.interpolate(edit, t, frame))

    def remove(self, whole: bool = False) -> None:
        """Stop following the selected target from here on, or remove it with all its rows."""
        rows = self._s.tracks.rows(self._s.selected or 0)
        whole = whole or not len(rows) or self._s.frame <= int(rows["frame"][0])
        start = None if whole else self._s.frame
        text = self.tr("remove {0}") if whole else self.tr("stop {0}")
        self._edit(text, lambda editor, edit, t: editor.remove(edit, t, start))

    def clear(self) -> None:
        """Remove all targets."""
        targets = sorted({*self._s.tracks.targets, *self._s.active})
        if not targets:
            return
        edit = Edit()

        def change(editor: Editor) -> None:
            for target in targets:
                editor.remove(edit, target)

        self.history.edited(self.tr("remove all targets"), edit, self._s.frame)
        self._worker.change(change)

    def merge(self, other: int, prefer_other: bool) -> None:
        """Put the rows of another target into the selected one."""
        self._edit(self.tr("merge into {0}"), lambda editor, edit, t: editor.merge(edit, t, other, prefer_other))

    def bring_in(self, tracks: Mapping[int, Rows]) -> list[int]:
        """Add tracks of a file; a number that is taken is changed. Returns the targets they became."""
        self._s.moving.emit()
        taken = {*self._s.log.targets, *self._s.active}
        ids = {target: self._worker.claim_id(None if target in taken else target) for target in tracks}
        edit = Edit()
        self.history.edited(self.tr("import track"), edit, self._s.frame)
        self._worker.change(lambda editor: editor.add(edit, {ids[target]: rows for target, rows in tracks.items()}))
        return list(ids.values())

    def split(self) -> None:
        """Give the selected target's rows from here on to a new one."""
        frame = self._s.frame
        if self.can_split:
            new = self._worker.claim_id()
            self._edit(self.tr("split {0}"), lambda editor, edit, t: editor.split(edit, t, frame, new))
            self._s.noticed.emit(self.tr("From here on it is {0}").format(self._s.book.name(new)))

    # what is known of targets
    def rename(self, target: int, name: str) -> None:
        """Give a target a name; an empty one: none of its own."""
        tidy = tidy_name(name)
        if tidy == self.tr("Target {0}").format(target):
            tidy = ""
        self.history.described(
            self.tr("rename {0}").format(self._s.book.name(target)), [self._s.book.renamed(target, tidy)]
        )

    def recolour(self, target: int, color: int) -> None:
        """Give a target a colour by its number, from 1."""
        text = self.tr("recolour {0}").format(self._s.book.name(target))
        self.history.described(text, [self._s.book.recoloured(target, color)])

    def show(self, target: int, shown: bool) -> None:
        """Draw a target, or not; that is no change of the data, and not undone."""
        self._s.book.put([self._s.book.shown(target, shown)])

    def _edit(self, text: str, change: Callable[[Editor, Edit, int], None], frame: int | None = None) -> None:
        self._s.moving.emit()
        target = self._s.selected
        if target is None:
            return
        edit = Edit()
        at = self._s.frame if frame is None else frame
        self.history.edited(text.format(self._s.book.name(target)), edit, at)
        self._worker.change(lambda editor: change(editor, edit, target))

    def _swap(self, edit: Edit, frame: int) -> None:
        self._worker.change(lambda editor: editor.swap(edit))
        if self._s.seekable and not self._s.playing and self._s.result is not None and frame != self._s.frame:
            self._worker.seek(frame)
