"""Where the time of a frame goes: a bar for each stage of tracking."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.panels.card import Card
from app.theme import ThemeManager


class TimingsPanel(Card):
    """Medians over the last frames that were tracked."""

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Time of a frame"), parent)
        self._stages = StageBars(theme)
        self.body.addWidget(self._stages)

    def show_stages(self, stages: Mapping[str, float]) -> None:
        """Show the milliseconds spent by stage."""
        self._stages.show_stages(stages)


class StageBars(QWidget):
    """Milliseconds by stage as bars, with their sum."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._stages: dict[str, float] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(self.tr("Where the time of a frame goes: medians over the last frames"))
        self.setAccessibleName(self.tr("Timings"))
        theme.changed.connect(self.update)

    def show_stages(self, stages: Mapping[str, float]) -> None:
        """Show these milliseconds."""
        grown = len(stages) != len(self._stages)
        self._stages = dict(stages)
        self.setAccessibleDescription(", ".join(f"{name} {ms:.1f} ms" for name, ms in stages.items()))
        if grown:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """A line a stage and one for the sum."""
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
        total = sum(self._stages.values())
        most = max(*self._stages.values(), 1e-6)
        name_width = max(self.fontMetrics().horizontalAdvance(name) for name in self._stages) + 12
        value_width = self.fontMetrics().horizontalAdvance("000.0 ms")
        for row, (name, ms) in enumerate([*self._stages.items(), (self.tr("total"), total)]):
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
