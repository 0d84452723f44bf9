"""Where the time of a frame goes: a bar for each stage of tracking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.panels.card import Card
from app.theme import ThemeManager

_T = cast("Callable[[str, str], str]", QT_TRANSLATE_NOOP)  # the stubs say object

_STAGES = {
    "decode": _T("stages", "decoding"),
    "features": _T("stages", "features"),
    "score": _T("stages", "scores"),
    "locate": _T("stages", "locating"),
    "encode": _T("stages", "whole picture"),
    "attend": _T("stages", "attention"),
    "learn": _T("stages", "learning"),
}


def stage_word(stage: str) -> str:
    """A stage of tracking as the user reads it."""
    return QCoreApplication.translate("stages", _STAGES.get(stage, stage))


class TimingsPanel(Card):
    """Medians over the last frames that were tracked."""

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Time of a frame"), parent)
        self._stages = StageBars(theme)
        self.body.addWidget(self._stages)

    def show_stages(self, stages: Mapping[str, float], total_ms: float) -> None:
        """Show the milliseconds spent by stage, and those that went by in all."""
        self._stages.show_stages(stages, total_ms)


class StageBars(QWidget):
    """Milliseconds by stage as bars, with those of the frame; stages may overlap."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._stages: dict[str, float] = {}
        self._total_ms = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            self.tr("Where the time of a frame goes: medians over the last frames. Stages may run side by side")
        )
        self.setAccessibleName(self.tr("Timings"))
        theme.changed.connect(self.update)

    def show_stages(self, stages: Mapping[str, float], total_ms: float) -> None:
        """Show these milliseconds."""
        grown = len(stages) != len(self._stages)
        self._stages = {stage_word(name): ms for name, ms in stages.items()}
        self._total_ms = total_ms
        self.setAccessibleDescription(", ".join(f"{name} {ms:.1f} ms" for name, ms in self._stages.items()))
        if grown:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """A line a stage and one for the total."""
        lines = len(self._stages) + 1 if self._stages else 0
        return QSize(200, lines * self._line())

    def _line(self) -> int:
        return self.fontMetrics().height() + 6

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bars."""
        if not self._stages:
            return
        t = self._theme.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self._line()
        most = max(*self._stages.values(), 1e-6)
        name_width = max(self.fontMetrics().horizontalAdvance(name) for name in self._stages) + 12
        value_width = self.fontMetrics().horizontalAdvance("000.0 ms")
        for row, (name, ms) in enumerate([*self._stages.items(), (self.tr("total"), self._total_ms)]):
            y = row * line
            last = row == len(self._stages)
            painter.setPen(QColor(t.text if last else t.muted))
            left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y, name_width, line), left, name)
            painter.drawText(QRectF(0, y, self.width(), line), right, self.tr("{0:.1f} ms").format(ms))
            if not last:
                room = self.width() - name_width - value_width - 10
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(t.hover))
                painter.drawRoundedRect(QRectF(name_width, y + line / 2 - 2.5, room, 5), 2.5, 2.5)
                painter.setBrush(QColor(t.accent))
                painter.drawRoundedRect(QRectF(name_width, y + line / 2 - 2.5, max(room * ms / most, 3), 5), 2.5, 2.5)
