"""Each track in figures: a table that can be copied and saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.palette import target_color_on
from app.plots.page import Page
from engine.errors import FormatError
from engine.formats.summary import summary_cells, summary_text, write_summary
from engine.motion import Summary, summary

AskPath = Callable[[QWidget, str], str]


def ask_summary_path(parent: QWidget, suggested: str) -> str:
    """The CSV the user wants to save, or an empty text."""
    title = QCoreApplication.translate("SummaryPage", "Save summary")
    return QFileDialog.getSaveFileName(parent, title, suggested, "CSV (*.csv)")[0]


class SummaryPage(Page):
    """One row a target, of the frames that the timeline shows; ``noticed`` says what was done, ``failed`` what not."""

    noticed = Signal(str)
    failed = Signal(str)

    def __init__(self, folder: Callable[[], str], parent: QWidget | None = None) -> None:
        """``folder`` says where the table is offered to be saved."""
        super().__init__(parent)
        self.ask_path: AskPath = ask_summary_path
        self._folder = folder
        self.table = QTableWidget()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap))
        header.setMinimumHeight(2 * header.fontMetrics().height() + 8)
        self.table.verticalHeader().setDefaultSectionSize(self.table.fontMetrics().height() + 8)
        self.table.setAccessibleName(self.tr("Summary of each track"))
        copy, save = QPushButton(self.tr("Copy")), QPushButton(self.tr("Save as CSV…"))
        copy.setToolTip(self.tr("Copy the table, to be pasted into a spreadsheet"))
        save.setToolTip(self.tr("Write the table to a file"))
        copy.clicked.connect(self._copy)
        save.clicked.connect(self._save)
        self.copy_button, self.save_button = copy, save
        buttons = QVBoxLayout()
        for button in (copy, save):
            buttons.addWidget(button)
        buttons.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 4, 14, 8)
        row.setSpacing(14)
        row.addWidget(self.table, 1)
        row.addLayout(buttons)
        self.setAccessibleName(self.tr("Summary"))

    @property
    def caption(self) -> str:
        """Of which frames."""
        return self.tr("frames {0} to {1}").format(self.first, self.last)

    def summaries(self) -> list[Summary]:
        """The figures of every target that has rows on the frames shown."""
        found = []
        for target in self.tracks.targets if self.tracks else ():
            assert self.tracks is not None
            rows = self.tracks.rows(target)
            low, high = np.searchsorted(rows["frame"], (self.first, self.last + 1))
            if high > low:
                found.append(summary(target, rows[low:high], self.calibration))
        return found

    def refresh(self) -> None:
        """Compute the figures anew."""
        titles = self._titles()
        found = self.summaries()
        self.table.setColumnCount(len(titles))
        self.table.setHorizontalHeaderLabels(titles)
        self.table.setRowCount(len(found))
        for row, figures in enumerate(found):
            for column, text in enumerate(summary_cells(figures, digits=4)):
                item = QTableWidgetItem(text or "–")
                item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                if column == 0:
                    item.setForeground(target_color_on(self.theme, self.color_number(figures.target)))
                self.table.setItem(row, column, item)
        for button in (self.copy_button, self.save_button):
            button.setEnabled(bool(found))

    def _titles(self) -> list[str]:
        unit = self.calibration.unit
        return [
            self.tr("target"),
            self.tr("rows"),
            self.tr("first frame"),
            self.tr("last frame"),
            self.tr("visible (s)"),
            self.tr("lost (%)"),
            self.tr("path ({0})").format(unit),
            self.tr("net way ({0})").format(unit),
            self.tr("mean speed {0}/s").format(unit),
            self.tr("top speed {0}/s").format(unit),
            self.tr("confidence"),
        ]

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(summary_text(self.summaries(), self.calibration))
        self.noticed.emit(self.tr("The summary is on the clipboard"))

    def _save(self) -> None:
        path = self.ask_path(self, str(Path(self._folder()) / "summary.csv"))
        if not path:
            return
        try:
            write_summary(Path(path), self.summaries(), self.calibration)
        except FormatError as error:
            self.failed.emit(str(error))
        else:
            self.noticed.emit(self.tr("Saved: {0}").format(path))
