"""Bringing tracks of files into the open source: read aside, added as targets, taken back like any other change."""

from __future__ import annotations

import threading
import traceback
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from app.controller import Controller
from app.dialogs.import_track import ImportDialog
from app.main_window import MainWindow
from engine.errors import AttnTrackError
from engine.formats.incoming import Incoming, read_for
from engine.sources.base import SourceInfo


class Importing(QObject):
    """Owns the dialog and the thread that reads."""

    _ended = Signal()

    def __init__(self, window: MainWindow, controller: Controller) -> None:
        super().__init__(window)
        self._w, self._c = window, controller
        self._dialog: ImportDialog | None = None
        self._thread: threading.Thread | None = None
        self._found: Incoming | None = None
        self._problem = ("", "")
        window.actions_["import_track"].triggered.connect(lambda: self.ask())
        window.track_dropped.connect(self._dropped)
        window.closing.connect(self._join)
        controller.source_changed.connect(self._refresh)
        self._ended.connect(self._read, Qt.ConnectionType.QueuedConnection)
        self._refresh()

    def ask(self, path: str = "") -> ImportDialog | None:
        """Ask for a track file, or what to do with this one."""
        c = self._c
        if c.info is None or self._thread is not None:
            return None
        c.pause()
        last = (c.info.frame_count or 1) - 1
        dialog = ImportDialog(self._w, self._w.settings.folder("export"), c.in_out.first or 0, last)
        dialog.chosen.connect(self._start)
        dialog.finished.connect(self._forget)
        dialog.path.setText(path)
        self._dialog = dialog
        dialog.open()
        return dialog

    def _dropped(self, path: str) -> None:
        if self._c.info is None:
            self._c.failed.emit(self.tr("Open the video first, then drop the track on it."), "")
        elif self._dialog is None:
            self.ask(path)

    def _start(self, path: str, format: str, first: int) -> None:
        info = self._c.info
        if info is None or self._thread is not None or self._dialog is None:
            return
        self._dialog.set_busy(True)
        self._found, self._problem = None, ("", "")
        ended = self._ended.emit
        work = (Path(path), format, info, first, ended)
        self._thread = threading.Thread(target=self._run, args=work, name="attntrack-import", daemon=True)
        self._thread.start()

    def _run(self, path: Path, format: str, info: SourceInfo, first: int, ended: object) -> None:
        try:
            self._found = read_for(path, format, info, first)
        except AttnTrackError as error:
            self._problem = (str(error), "")
        except Exception as error:
            self._problem = (self.tr("The file cannot be read ({0}).").format(error), traceback.format_exc())
        assert callable(ended)
        ended()

    def _read(self) -> None:
        self._join()
        found, dialog = self._found, self._dialog
        if dialog is None:
            return  # cancelled meanwhile
        dialog.set_busy(False)
        if found is None:
            dialog.say(self._problem[0])
            return
        ids = self._c.edits.bring_in(found.tracks)
        self._c.select(ids[0])
        text = self.tr("Imported {0} targets") if len(ids) != 1 else self.tr("Imported {0} target")
        if found.left_out:
            text += "  ·  " + self.tr("{1} rows are of frames that the video has not")
        self._c.noticed.emit(text.format(len(ids), found.left_out))
        dialog.accept()

    def _forget(self) -> None:
        self._dialog = None

    def _join(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def _refresh(self) -> None:
        self._w.actions_["import_track"].setEnabled(self._c.info is not None)
