"""The side panel's overlay switches, with the heatmap's opacity and what the lines mean."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

from app.actions import OVERLAYS, Actions
from app.palette import candidate_color, kind_line, kind_word
from app.panels.card import Card
from app.panels.toggle_row import ToggleRow
from app.theme import ThemeManager
from engine.style import heat_table
from engine.types import PROPOSAL_KINDS, ProposalKind

_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End)


class OverlaysPanel(Card):
    """One switch a layer; ``opacity_changed`` carries 0..1."""

    opacity_changed = Signal(float)

    def __init__(self, actions: Actions, theme: ThemeManager, opacity: float, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Overlays"), parent)
        self._rows = {id: ToggleRow(actions[id], theme) for id in OVERLAYS}
        self.slider = _Slider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setValue(round(opacity * 100))
        self.slider.setAccessibleName(self.tr("Heatmap opacity"))
        self.slider.setToolTip(self.tr("How strongly the heatmap covers the picture"))
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.slider.valueChanged.connect(lambda value: self.opacity_changed.emit(value / 100))
        label = QLabel(self.tr("Opacity"))
        label.setObjectName("Muted")
        opacity_row = QWidget()
        row = QHBoxLayout(opacity_row)
        row.setContentsMargins(32, 0, 8, 4)
        row.setSpacing(10)
        row.addWidget(label)
        row.addWidget(self.slider, 1)
        heat, candidates = HeatLegend(theme), CandidateLegend(theme)
        for id in OVERLAYS:
            self.body.addWidget(self._rows[id])
            if id == "heatmap":
                self.body.addWidget(opacity_row)
                self.body.addWidget(heat)
            if id == "proposals":
                self.body.addWidget(candidates)
        for id, below in (("heatmap", (opacity_row, heat)), ("proposals", (candidates,))):
            for widget in below:
                widget.setVisible(actions[id].isChecked())
                actions[id].toggled.connect(widget.setVisible)


class _Slider(QSlider):
    """A slider that keeps its keys although the window uses the arrows for frames."""

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _ARROWS:
            event.accept()
            return True
        return super().event(event)


class _Legend(QWidget):
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


class HeatLegend(_Legend):
    """What the heatmap's colours mean."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__(theme, 1)
        self.setAccessibleName(self.tr("Heatmap: dark is low attention, yellow is high"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the colour bar."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        table = heat_table(1.0)
        gradient = QLinearGradient()
        for step in range(11):
            red, green, blue, alpha = (int(v) for v in table[round(25.5 * step)])
            gain = 255.0 / max(alpha, 1)
            gradient.setColorAt(
                step / 10,
                QColor(min(round(red * gain), 255), min(round(green * gain), 255), min(round(blue * gain), 255), alpha),
            )
        self.bar(painter, 0, gradient, self.tr("low"), self.tr("high"))


class CandidateLegend(_Legend):
    """What the lines and colours of the candidates mean."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__(theme, len(PROPOSAL_KINDS) + 1)
        self.setAccessibleName(self.tr("Candidates: local thin, located thick, global dashed; yellow is a high score"))

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
