"""Connects the actions, keys and panels that change the track and its targets with what they change."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from app.actions import translated
from app.controller import Controller
from app.dialogs.merge import MergeDialog
from app.main_window import MainWindow


class Editing(QObject):
    """Correct, mark, track again, name, merge and split; and undo of all of it."""

    def __init__(self, window: MainWindow, controller: Controller) -> None:
        super().__init__(window)
        self._w, self._c = window, controller
        edits, panel = controller.edits, window.targets
        does: dict[str, Callable[[], object]] = {
            "undo": self._undo,
            "redo": edits.history.redo,
            "mark_absent": edits.mark_absent,
            "mark_visible": edits.mark_visible,
            "track_back": lambda: edits.track_again(backwards=True),
            "track_again": lambda: edits.track_again(backwards=False),
            "interpolate": edits.interpolate,
            "delete_keyframe": edits.delete_keyframe,
            "next_keyframe": lambda: self._jump(forward=True),
            "previous_keyframe": lambda: self._jump(forward=False),
            "rename": self._rename,
            "merge": self._merge,
            "split": edits.split,
            "remove_target": edits.remove,
            "delete_target": lambda: edits.remove(whole=True),
            "clear_targets": edits.clear,
        }
        for id, do in does.items():
            window.actions_[id].triggered.connect(lambda _=False, do=do: do())
        window.actions_["adjust"].triggered.connect(self._adjust)
        window.actions_["keep_rest"].toggled.connect(lambda on: setattr(edits, "keep_rest", on))
        window.actions_["hide_target"].triggered.connect(self._hide)
        controller.moving.connect(window.canvas.keys.finish)
        panel.renamed.connect(edits.rename)
        panel.shown.connect(edits.show)
        window.color_menu.chosen.connect(self._recolour)
        window.keyframes.chosen.connect(self._go)
        window.keyframes.deleted.connect(edits.delete_keyframe)
        edits.history.changed.connect(self._refresh)
        controller.book.changed.connect(self._book)
        for signal in (controller.targets_changed, controller.tracks_changed, controller.playing_changed):
            signal.connect(self._refresh)
        controller.shown.connect(self._shown)
        controller.source_changed.connect(self._refresh)
        self._refresh()

    def _undo(self) -> None:
        """What is not yet taken is given up first."""
        if not self._w.canvas.cancel():
            self._c.edits.history.undo()

    def _adjust(self) -> None:
        keys = self._w.canvas.keys
        if self._w.canvas.adjust.active:
            keys.finish()
        elif not keys.begin():
            self._w.banner.notice(self.tr("Pause on a frame where the selected target has a box to adjust it"))

    def _jump(self, forward: bool) -> None:
        found = self._c.edits.neighbour(forward)
        if found is None:
            text = self.tr("No keyframe after this frame") if forward else self.tr("No keyframe before this frame")
            self._w.banner.notice(text)
        else:
            self._c.seek(found.frame)

    def _go(self, frame: int) -> None:
        self._c.pause()
        self._c.seek(frame)

    def _rename(self) -> None:
        if self._c.selected is not None:
            self._w.actions_["side_panel"].setChecked(True)
            self._w.side.set_page(0)
            self._w.targets.rename(self._c.selected)

    def _recolour(self, color: int) -> None:
        if self._c.selected is not None:
            self._c.edits.recolour(self._c.selected, color)

    def _hide(self, hidden: bool) -> None:
        if self._c.selected is not None:
            self._c.edits.show(self._c.selected, not hidden)

    def _merge(self) -> None:
        target = self._c.selected
        others = [t for t in self._c.tracks.targets if t != target]
        if target is None or not others:
            self._w.banner.notice(self.tr("There is no other target to merge with"))
            return
        self._c.pause()
        overlaps = {other: self._c.edits.overlap(target, other) for other in others}
        dialog = MergeDialog(self._w, self._c.book, target, overlaps)
        dialog.chosen.connect(self._c.edits.merge)
        dialog.open()

    def _book(self) -> None:
        if self._w.plot is not None:
            self._w.plot.set_theme()  # curves and dots have the targets' colours
        self._c.targets_changed.emit()
        self._c.tracks_changed.emit()
        if self._c.result is not None:
            self._w.canvas.set_scene(self._c.scene())

    def _shown(self) -> None:
        if not self._c.playing:
            self._refresh()

    def _refresh(self) -> None:
        c, a, edits = self._c, self._w.actions_, self._c.edits
        chosen, paused = c.selected is not None, not c.playing
        a["undo"].setEnabled(bool(edits.history.undo_text))
        a["redo"].setEnabled(bool(edits.history.redo_text))
        undo, redo = edits.history.undo_text, edits.history.redo_text
        a["undo"].setText(self.tr("&Undo {0}").format(undo) if undo else translated("&Undo"))
        a["redo"].setText(self.tr("&Redo {0}").format(redo) if redo else translated("&Redo"))
        a["adjust"].setEnabled(paused and c.seekable and c.target is not None and c.target.box is not None)
        a["mark_absent"].setEnabled(edits.can_mark_absent)
        a["mark_visible"].setEnabled(edits.can_mark_visible and c.seekable)
        a["track_back"].setEnabled(paused and edits.can_track(backwards=True))
        a["track_again"].setEnabled(paused and edits.can_track(backwards=False))
        a["interpolate"].setEnabled(paused and edits.can_interpolate)
        a["delete_keyframe"].setEnabled(paused and edits.keyframe is not None)
        for id in ("next_keyframe", "previous_keyframe"):
            a[id].setEnabled(chosen and c.seekable)
        for id in ("rename", "hide_target", "merge", "remove_target", "delete_target"):
            a[id].setEnabled(chosen)
        self._w.color_menu.setEnabled(chosen)
        a["split"].setEnabled(edits.can_split)
        a["clear_targets"].setEnabled(bool(c.tracks.targets or c.active))
        a["hide_target"].setChecked(chosen and c.book.hidden(c.selected or 0))
        self._w.color_menu.show_color(c.book.color_number(c.selected) if c.selected is not None else 0)
        marks = c.tracks.marks(c.selected) if c.selected is not None else []
        fps = c.info.fps if c.info is not None and c.info.fps > 0 else 30.0
        self._w.keyframes.show_marks(marks, c.frame, fps, deletable=paused and c.seekable)
