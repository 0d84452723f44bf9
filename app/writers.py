"""Ways to write something: the track, an annotated video afterwards, or a recording while it is tracked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from app.controller import Controller
from app.dialogs.export import ExportDialog, Kind
from app.main_window import MainWindow
from app.settings import FIRST_RUN
from engine.errors import FormatError
from engine.render import Overlay

AskPath = Callable[[QWidget, str], str]


def ask_record_path(parent: QWidget, suggested: str) -> str:
    """The MP4 the user wants to record to, or an empty text."""
    return QFileDialog.getSaveFileName(parent, QCoreApplication.translate("Writers", "Record to"), suggested, "*.mp4")[
        0
    ]


class Writers(QObject):
    """Owns the export dialogs and the recording."""

    def __init__(self, window: MainWindow, controller: Controller, ask_path: AskPath = ask_record_path) -> None:
        super().__init__(window)
        self._w, self._c, self._ask_path = window, controller, ask_path
        window.actions_["record"].triggered.connect(self._record)
        controller.recording_changed.connect(self._recording)
        controller.playing_changed.connect(self._tracked)
        self._waiting: Kind | None = None  # what is exported once the track is whole

    def export(self, kind: Kind) -> None:
        """Ask where and how to write the track, the video with the overlays, or a target cut out of it."""
        if not self._c.tracks.targets or self._c.info is None:
            self._w.banner.notice(self.tr("There is no track yet: drag a box and play first"))
            return
        self._c.pause()
        dialog = ExportDialog(self._w, self._w.settings, self._c, kind, self._w.theme.theme)
        dialog.tracking_wanted.connect(lambda: self._track_first(kind))
        dialog.written.connect(self._written)
        dialog.failed.connect(self._c.failed)
        dialog.open()

    def _track_first(self, kind: Kind) -> None:
        self._waiting = kind
        self._c.catch_up()

    def _tracked(self) -> None:
        """Come back to the dialog, unless the user paused on the way."""
        if self._waiting is not None and not self._c.playing:
            kind, self._waiting = self._waiting, None
            self._c.tracks.refresh()
            if not self._c.untracked():
                self.export(kind)

    def _record(self, on: bool) -> None:
        if on:
            self._start_recording()
        else:
            self._c.stop_recording()
        self._recording()

    def _start_recording(self) -> None:
        if self._c.info is None:
            return
        stem = Path(self._c.info.name).stem or "recording"
        path = self._ask_path(self._w, str(Path(self._w.settings.folder("export")) / f"{stem}_recorded.mp4"))
        if not path:
            return
        self._w.settings.set_folder("export", str(Path(path).parent))
        a = self._w.actions_
        overlay = Overlay(
            box=a["boxes"].isChecked(),
            attention=a["heatmap"].isChecked(),
            proposals=a["proposals"].isChecked(),
            regions=a["regions"].isChecked(),
            search=a["search"].isChecked(),
            trail=a["trail"].isChecked(),
            opacity=self._w.settings.opacity,
            colormap=self._w.settings.colormap,
        )
        try:
            self._c.record(Path(path).with_suffix(".mp4"), overlay)
        except FormatError as error:
            self._c.failed.emit(str(error), "")

    def _written(self, path: str) -> None:
        self._w.settings.set_toggle(FIRST_RUN, False)  # whoever got this far needs no first steps
        self._w.banner.notice(self.tr("Written: {0}").format(path))

    def _recording(self) -> None:
        self._w.actions_["record"].setChecked(bool(self._c.recording))
