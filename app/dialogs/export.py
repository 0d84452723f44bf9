"""Export a track, an annotated video or a target cut out: what, where to, progress, and the same as a command."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QCheckBox, QFileDialog, QGridLayout, QLineEdit, QProgressBar, QPushButton, QWidget

from app.dialogs.base import Dialog
from app.dialogs.export_options import CropOptions, Options, TrackOptions, VideoOptions, muted
from app.dialogs.untracked_note import UntrackedNote
from app.export_job import ENDINGS, ExportJob, ExportPlan, command_line
from app.in_out import InOut
from app.settings import Settings
from app.state import SessionState
from app.theme import Theme
from engine.errors import FormatError
from engine.formats.base import check_target

AskPath = Callable[[QWidget, str, str], str]


class Kind(Enum):
    """What is exported."""

    TRACK = "track"
    VIDEO = "video"
    CROP = "crop"


class ExportDialog(Dialog):
    """``written`` carries the path, ``failed`` message and details; ``tracking_wanted``: of what would be missing."""

    tracking_wanted = Signal()
    written = Signal(str)
    failed = Signal(str, str)

    def __init__(
        self,
        parent: QWidget,
        settings: Settings,
        state: SessionState,
        kind: Kind,
        theme: Theme,
        ask_path: AskPath | None = None,
    ) -> None:
        log = state.log
        frames = log.span[1] - log.span[0] + 1 if log.span else 0
        lead = (
            QCoreApplication.translate("ExportDialog", "{0} targets on {1} frames.")
            if len(log.targets) != 1
            else QCoreApplication.translate("ExportDialog", "{0} target on {1} frames.")
        )
        super().__init__(_title(kind), lead.format(len(log.targets), frames), parent)
        self._settings, self._state, self._log, self._meta = settings, state, log, state.meta()
        self._in_out: InOut = state.in_out
        self._ask_path = ask_path or _ask_path
        self._job: ExportJob | None = None
        self.options = self._made_options(kind, state)
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(10)
        for label, widget in self.options.rows:
            self._add_row(grid, label, widget)
        self.only_part = QCheckBox(self._part_text())
        self.only_part.setChecked(self._in_out.is_set)
        self.only_part.setVisible(self._in_out.is_set)
        self.only_part.toggled.connect(self._refresh)
        if self._in_out.is_set:
            self._add_row(grid, self.tr("Frames"), self.only_part)
        self.path = QLineEdit(str(self._suggested()))
        self.path.setAccessibleName(self.tr("File"))
        self.path.setMinimumWidth(380)
        self.path.textChanged.connect(self._refresh)
        browse = QPushButton(self.tr("Browse…"))
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        self._add_row(grid, self.tr("File"), self.path, browse)
        self._command = QLineEdit()
        self._command.setReadOnly(True)
        self._command.setAccessibleName(self.tr("The same on the command line"))
        self._command.setToolTip(self.tr("Tracks the same again from the first boxes and writes the same file"))
        copy = QPushButton(self.tr("Copy"))
        copy.setAutoDefault(False)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._command.text()))
        self._command_row = self._add_row(grid, self.tr("Command"), self._command, copy)
        self.body.addLayout(grid)
        self.untracked = UntrackedNote(theme)
        self.untracked.wanted.connect(self.reject)
        self.untracked.wanted.connect(self.tracking_wanted)
        self.body.addWidget(self.untracked)
        self.note = muted("")
        self.note.setWordWrap(True)
        self.body.addWidget(self.note)
        self._progress = QProgressBar()
        self._progress.setAccessibleName(self.tr("Progress"))
        self._progress.setTextVisible(False)
        self._progress.hide()
        self.body.addWidget(self._progress)
        self.body.addStretch(1)
        self.buttons.addStretch(1)
        self.button(self.tr("Cancel")).clicked.connect(self.reject)
        self._write = self.button(self.tr("Export"), primary=True)
        self._write.clicked.connect(self._start)
        self.options.changed.connect(self._changed)
        self._refresh()

    @property
    def format(self) -> str:
        """The format that is picked."""
        return self.options.format

    def choose_format(self, format: str) -> None:
        """Pick a format of the track by its name."""
        assert isinstance(self.options, TrackOptions), "only tracks have a choice of formats"
        self.options.formats.setCurrentIndex(self.options.formats.findData(format))

    def reject(self) -> None:
        """Cancel what is being written, or close."""
        if self._job is not None:
            self._job.cancel()
        else:
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Wait for the thread: no half file is left."""
        if self._job is not None:
            self._job.wait()
        super().closeEvent(event)

    def _made_options(self, kind: Kind, state: SessionState) -> Options:
        if kind is Kind.TRACK:
            return TrackOptions(self, self._settings, self._meta.calibration.unit)
        if kind is Kind.VIDEO:
            return VideoOptions(self)
        return CropOptions(self, self._settings, self._log.targets, state.book.name, state.selected)

    @staticmethod
    def _add_row(grid: QGridLayout, label: str, widget: QWidget, button: QWidget | None = None) -> list[QWidget]:
        row, name = grid.rowCount(), muted(label)
        grid.addWidget(name, row, 0)
        grid.addWidget(widget, row, 1, 1, 2 if button is None else 1)
        if button is None:
            return [name, widget]
        grid.addWidget(button, row, 2)
        return [name, widget, button]

    def _plan(self) -> ExportPlan:
        part = self._in_out if self.only_part.isChecked() else None
        first, last = (part.first, part.last) if part else (None, None)
        path = Path(self.path.text().strip())
        return self.options.apply(ExportPlan(path, self.format, self._meta, first=first, last=last))

    def _refresh(self) -> None:
        plan = self._plan()
        command = command_line(plan, self._log)
        self._command.setText(command)
        self._command.setCursorPosition(0)
        for widget in self._command_row:
            widget.setVisible(bool(command))
        self.untracked.show_count(self._state.untracked(plan.first, plan.last) if self._job is None else 0)
        problem = self._problem(plan.path)
        replaced = self.tr("A file of this name is there; it will be replaced.")
        self.note.setText(problem or (replaced if plan.path.exists() and self._job is None else ""))
        self.note.setVisible(bool(self.note.text()))
        self._write.setEnabled(bool(self.path.text().strip()) and not problem and self._job is None)

    def _problem(self, path: Path) -> str:
        """Why no file can be written there, empty if it can."""
        try:
            check_target(path)
        except FormatError as error:
            return str(error)
        if path.exists() and Path(self._meta.source).exists() and path.samefile(self._meta.source):
            return self.tr("This is the video itself: give another name.")
        return ""

    def _part_text(self) -> str:
        first, last = self._in_out.first, self._in_out.last
        ends = self._log.span or (0, 0)
        return self.tr("Only from the in to the out point ({0} to {1})").format(
            ends[0] if first is None else first, ends[1] if last is None else last
        )

    def _suggested(self) -> Path:
        stem = (Path(self._meta.info.name).stem or "track") + self.options.suffix
        return Path(self._settings.folder("export")) / (stem + ENDINGS[self.format])

    def _changed(self) -> None:
        path = Path(self.path.text().strip() or self._suggested())
        if path.suffix in ENDINGS.values() or not path.suffix:
            self.path.setText(str(path.with_suffix(ENDINGS[self.format])))
        self._refresh()

    def _browse(self) -> None:
        path = self._ask_path(self, self.path.text(), f"*{ENDINGS[self.format]}")
        if path:
            self.path.setText(path)

    def _start(self) -> None:
        plan = self._plan()
        self._settings.set_folder("export", str(plan.path.parent))
        self.options.remember()
        self._job = ExportJob(plan, self._log, self)
        self._job.progress.connect(self._show_progress)
        self._job.done.connect(self._done)
        self._progress.setRange(0, 0)
        self._progress.show()
        self._set_enabled(False)
        self._job.start()

    def _set_enabled(self, enabled: bool) -> None:
        self.path.setEnabled(enabled)
        self.only_part.setEnabled(enabled)
        self.options.set_enabled(enabled)
        self._refresh()

    def _show_progress(self, done: int, total: int) -> None:
        self._progress.setRange(0, max(total, 1))
        self._progress.setValue(done)

    def _done(self, message: str, details: str) -> None:
        job, self._job = self._job, None
        self._progress.hide()
        self._set_enabled(True)
        if message:
            self.failed.emit(message, details)
        elif job is not None and not job.cancelled:
            self.written.emit(str(job.plan.path))
            self.accept()


def _title(kind: Kind) -> str:
    if kind is Kind.TRACK:
        return QCoreApplication.translate("ExportDialog", "Export track")
    if kind is Kind.VIDEO:
        return QCoreApplication.translate("ExportDialog", "Export video")
    return QCoreApplication.translate("ExportDialog", "Export target cut out")


def _ask_path(parent: QWidget, path: str, pattern: str) -> str:
    title = QCoreApplication.translate("ExportDialog", "Export to")
    everything = QCoreApplication.translate("ExportDialog", "All files")
    return QFileDialog.getSaveFileName(parent, title, path, f"{pattern};;{everything} (*)")[0]
