"""Export a track or an annotated video: format, file, progress, and the command line that does the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QWidget,
)

from app.dialogs.base import Dialog
from app.export_job import ENDINGS, ExportJob, ExportPlan, command_line
from app.settings import Settings
from engine.formats import FORMATS, TrackMeta
from engine.render import Overlay
from engine.track_log import TrackLog

_OVERLAYS = ("box", "trail", "search")  # what the log remembers of every frame


class ExportDialog(Dialog):
    """``written`` carries the path, ``failed`` message and details."""

    written = Signal(str)
    failed = Signal(str, str)

    def __init__(
        self,
        parent: QWidget,
        settings: Settings,
        log: TrackLog,
        meta: TrackMeta,
        *,
        video: bool,
        ask_path: Callable[[QWidget, str, str], str] | None = None,
    ) -> None:
        title = (
            QCoreApplication.translate("ExportDialog", "Export video")
            if video
            else QCoreApplication.translate("ExportDialog", "Export track")
        )
        frames = log.span[1] - log.span[0] + 1 if log.span else 0
        lead = (
            QCoreApplication.translate("ExportDialog", "{0} targets on {1} frames.")
            if len(log.targets) != 1
            else QCoreApplication.translate("ExportDialog", "{0} target on {1} frames.")
        )
        super().__init__(title, lead.format(len(log.targets), frames), parent)
        self._settings, self._log, self._meta, self._video = settings, log, meta, video
        self._ask_path = ask_path or _ask_path
        self._job: ExportJob | None = None
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(10)
        self._format = QComboBox()
        self._format.setAccessibleName(self.tr("Format"))
        self._layers = {name: QCheckBox(text) for name, text in self._layer_names().items()}
        if video:
            row = QHBoxLayout()
            row.setSpacing(18)
            for name, box in self._layers.items():
                box.setChecked(name in ("box", "trail"))
                box.toggled.connect(self._refresh)
                row.addWidget(box)
            row.addStretch(1)
            grid.addWidget(_label(self.tr("Draw")), 0, 0)
            grid.addLayout(row, 0, 1, 1, 2)
        else:
            for name in FORMATS:
                self._format.addItem(self._format_names()[name], name)
            self._format.setCurrentIndex(max(self._format.findData(settings.text("export_format", "csv")), 0))
            self._format.currentIndexChanged.connect(self._format_changed)
            grid.addWidget(_label(self.tr("Format")), 0, 0)
            grid.addWidget(self._format, 0, 1, 1, 2)
        self.path = QLineEdit(str(self._suggested()))
        self.path.setAccessibleName(self.tr("File"))
        self.path.setMinimumWidth(380)
        self.path.textChanged.connect(self._refresh)
        browse = QPushButton(self.tr("Browse…"))
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        grid.addWidget(_label(self.tr("File")), 1, 0)
        grid.addWidget(self.path, 1, 1)
        grid.addWidget(browse, 1, 2)
        self._command = QLineEdit()
        self._command.setReadOnly(True)
        self._command.setAccessibleName(self.tr("The same on the command line"))
        self._command.setToolTip(self.tr("Tracks the same again from the first boxes and writes the same file"))
        copy = QPushButton(self.tr("Copy"))
        copy.setAutoDefault(False)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._command.text()))
        grid.addWidget(_label(self.tr("Command")), 2, 0)
        grid.addWidget(self._command, 2, 1)
        grid.addWidget(copy, 2, 2)
        self.body.addLayout(grid)
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
        self._refresh()

    @property
    def format(self) -> str:
        """The format that is picked."""
        return "video" if self._video else str(self._format.currentData())

    def choose_format(self, format: str) -> None:
        """Pick a format by its name."""
        self._format.setCurrentIndex(self._format.findData(format))

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

    def _plan(self) -> ExportPlan:
        on = {name: box.isChecked() for name, box in self._layers.items()}
        return ExportPlan(Path(self.path.text().strip()), self.format, self._meta, replace(Overlay(), **on))

    def _refresh(self) -> None:
        self._command.setText(command_line(self._plan(), self._log))
        self._command.setCursorPosition(0)
        self._write.setEnabled(bool(self.path.text().strip()) and self._job is None)

    def _suggested(self) -> Path:
        stem = Path(self._meta.info.name).stem or "track"
        if self._video:
            stem += "_tracked"
        return Path(self._settings.folder("export")) / (stem + ENDINGS[self.format])

    def _format_changed(self) -> None:
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
        if not self._video:
            self._settings.set_text("export_format", plan.format)
        self._job = ExportJob(plan, self._log, self)
        self._job.progress.connect(self._show_progress)
        self._job.done.connect(self._done)
        self._progress.setRange(0, 0)
        self._progress.show()
        for widget in (self.path, self._format, *self._layers.values()):
            widget.setEnabled(False)
        self._refresh()
        self._job.start()

    def _show_progress(self, done: int, total: int) -> None:
        self._progress.setRange(0, max(total, 1))
        self._progress.setValue(done)

    def _done(self, message: str, details: str) -> None:
        job, self._job = self._job, None
        self._progress.hide()
        for widget in (self.path, self._format, *self._layers.values()):
            widget.setEnabled(True)
        self._refresh()
        if message:
            self.failed.emit(message, details)
        elif job is not None and not job.cancelled:
            self.written.emit(str(job.plan.path))
            self.accept()

    def _layer_names(self) -> dict[str, str]:
        texts = (self.tr("Boxes and labels"), self.tr("Trail"), self.tr("Search window"))
        return dict(zip(_OVERLAYS, texts, strict=True))

    def _format_names(self) -> dict[str, str]:
        return {
            "csv": self.tr("CSV – a row for every frame and target, with states"),
            "mot": self.tr("MOT challenge text"),
            "otb": self.tr("OTB text – one box a line"),
            "vot": self.tr("VOT text – regions and confidences"),
            "json": self.tr("COCO JSON"),
        }


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("Muted")
    return label


def _ask_path(parent: QWidget, path: str, pattern: str) -> str:
    title = QCoreApplication.translate("ExportDialog", "Export to")
    all_files = QCoreApplication.translate("ExportDialog", "All files")
    return QFileDialog.getSaveFileName(parent, title, path, f"{pattern};;{all_files} (*)")[0]
