"""Ways to take something along at once: a still of the picture, saved or copied, and the track as text."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from app.controller import Controller
from app.main_window import MainWindow
from app.picture_file import AskPath, ask_picture_path, with_ending
from app.still import save_still, still_image
from engine.errors import FormatError
from engine.formats.csv import csv_text


class StillActions(QObject):
    """Connects the actions that save and copy."""

    def __init__(self, window: MainWindow, controller: Controller, ask_path: AskPath = ask_picture_path) -> None:
        super().__init__(window)
        self._w, self._c, self.ask_path = window, controller, ask_path
        window.actions_["save_still"].triggered.connect(self._save)
        window.actions_["copy_still"].triggered.connect(self._copy)
        window.actions_["copy_track"].triggered.connect(self._copy_track)
        controller.shown.connect(self._refresh)
        controller.source_changed.connect(self._refresh)
        controller.tracks_changed.connect(self._refresh)
        self._refresh()

    def _save(self) -> None:
        c, canvas = self._c, self._w.canvas
        if c.result is None or c.info is None:
            return
        frame, scene = c.result.frame, canvas.scene  # before the dialog: the picture may go on
        options = None if canvas.bare else canvas.options
        folder = Path(self._w.settings.folder("export"))
        stem = Path(c.info.name).stem or "picture"
        chosen = self.ask_path(self._w, str(folder / f"{stem}_{frame.index:06d}.png"))
        if not chosen:
            return
        path = with_ending(chosen)
        self._w.settings.set_folder("export", str(path.parent))
        try:
            save_still(path, frame, scene, options, canvas.font())
        except (FormatError, OSError) as error:
            c.failed.emit(str(error), "")
        else:
            c.noticed.emit(self.tr("Saved: {0}").format(path))

    def _copy(self) -> None:
        canvas, result = self._w.canvas, self._c.result
        if result is not None:
            options = None if canvas.bare else canvas.options
            image = still_image(result.frame, canvas.scene, options, canvas.font())
            QGuiApplication.clipboard().setImage(image)
            self._c.noticed.emit(self.tr("The picture is on the clipboard"))

    def _copy_track(self) -> None:
        """Copy the selected target's rows (all targets' without one), from the in to the out point."""
        c = self._c
        stop = None if c.in_out.last is None else c.in_out.last + 1
        only = None if c.selected is None else (c.selected,)
        text, rows = csv_text(c.log.frames(c.in_out.first or 0, stop, fill=False), only)
        if not rows:
            c.noticed.emit(self.tr("There is nothing to copy: track something first"))
            return
        QGuiApplication.clipboard().setText(text)
        c.noticed.emit(self.tr("Copied {0} rows of the track").format(rows))

    def _refresh(self) -> None:
        actions = self._w.actions_
        for id in ("save_still", "copy_still"):
            actions[id].setEnabled(self._c.result is not None)
        actions["copy_track"].setEnabled(bool(self._c.tracks.targets))
