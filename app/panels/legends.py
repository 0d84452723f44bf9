"""Painted explanations of the overlays: what the heatmap's colours and the candidates' lines mean."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.color_bar import heat_gradient
from app.palette import candidate_color, kind_line, kind_word
from app.theme import ThemeManager
from engine.style import HEAT_MAPS
from engine.types import PROPOSAL_KINDS, ProposalKind


class Legend(QWidget):
    """A painted explanation, indented as the names of the switches."""

    def __init__(self, theme: ThemeManager, lines: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._lines = lines
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def line_height(self) -> float:
        """Height of one line of the explanation in pixels."""
        return QFontMetricsF(self.font()).height() + 4

    def sizeHint(self) -> QSize:
        """Room for the lines."""
        return QSize(200, round(self._lines * self.line_height() + 6))

    def bar(self, painter: QPainter, y: float, gradient: QLinearGradient, low: str, high: str) -> None:
        """Paint a colour bar with a word at each end."""
        metrics = QFontMetricsF(self.font())
        height = self.line_height()
        left = 32 + metrics.horizontalAdvance(low) + 8
        right = self.width() - 8 - metrics.horizontalAdvance(high) - 8
        painter.setPen(QColor(self.theme.theme.muted))
        painter.drawText(QPointF(32, y + metrics.ascent() + 2), low)
        painter.drawText(QPointF(right + 8, y + metrics.ascent() + 2), high)
        gradient.setStart(left, 0)
        gradient.setFinalStop(right, 0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(QRectF(left, y + height / 2 - 4, max(right - left, 4), 8), 3, 3)


class HeatLegend(Legend):
    """What the heatmap's colours mean."""

    def __init__(self, theme: ThemeManager, colormap: str = HEAT_MAPS[0]) -> None:
        super().__init__(theme, 1)
        self._colormap = colormap
        self.setAccessibleName(self.tr("Heatmap: dark is low attention, light is high"))

    def set_colormap(self, colormap: str) -> None:
        """Explain this colour map."""
        self._colormap = colormap
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the colour bar."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.bar(painter, 0, heat_gradient(self._colormap), self.tr("attention 0"), "1")


class CandidateLegend(Legend):
    """What the lines and colours of the candidates mean."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__(theme, len(PROPOSAL_KINDS) + 1)
        self.setAccessibleName(
            self.tr(
                "Candidates: local thin, located thick, global dashed; the stronger the colour, the higher the score"
            )
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a line for each kind and the colour bar of the scores."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = self.line_height()
        ascent = QFontMetricsF(self.font()).ascent()
        for row, kind in enumerate(PROPOSAL_KINDS):
            width, dash = kind_line(kind)
            pen = QPen(self._color(candidate_color(kind, 1.0)), 2 * width)
            if dash:
                pen.setDashPattern(list(dash))
            painter.setPen(pen)
            y = row * height + height / 2
            painter.drawLine(QPointF(33, y), QPointF(57, y))
            painter.setPen(QColor(self.theme.theme.muted))
            painter.drawText(QPointF(68, row * height + ascent + 2), kind_word(kind))
        gradient = QLinearGradient()
        for step in range(9):
            gradient.setColorAt(step / 8, self._color(candidate_color(ProposalKind.LOCAL, step / 8), step / 8))
        self.bar(painter, len(PROPOSAL_KINDS) * height, gradient, self.tr("score 0"), "1")

    def _color(self, color: QColor, alpha: float = 1.0) -> QColor:
        """The colour of the picture's lines, darker on a light ground."""
        shade = QColor(color.rgb())
        if self.theme.theme.name == "light":
            shade = shade.darker(160)
        shade.setAlphaF(0.2 + 0.8 * alpha)
        return shade
