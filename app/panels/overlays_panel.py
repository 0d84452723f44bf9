"""The side panel's overlay switches, with the heatmap's opacity and what the lines mean."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QWidget

from app.actions import OVERLAYS, Actions
from app.panels.card import Card
from app.panels.legends import CandidateLegend, HeatLegend
from app.panels.toggle_row import ToggleRow
from app.theme import ThemeManager
from engine.style import HEAT_MAPS

_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End)


class OverlaysPanel(Card):
    """One switch a layer; ``opacity_changed`` carries 0..1, ``colormap_changed`` a name of ``HEAT_MAPS``."""

    opacity_changed = Signal(float)
    colormap_changed = Signal(str)

    def __init__(
        self, actions: Actions, theme: ThemeManager, opacity: float, colormap: str, parent: QWidget | None = None
    ) -> None:
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
        heat, candidates = HeatLegend(theme, colormap), CandidateLegend(theme)
        self.colormaps = _Choice()
        self.colormaps.setProperty("compact", True)
        self.colormaps.addItems([name.capitalize() for name in HEAT_MAPS])
        self.colormaps.setCurrentIndex(HEAT_MAPS.index(colormap) if colormap in HEAT_MAPS else 0)
        self.colormaps.setAccessibleName(self.tr("Heatmap colours"))
        self.colormaps.setToolTip(self.tr("Colours of the heatmap; in each, lighter is more attention"))
        self.colormaps.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.colormaps.currentIndexChanged.connect(lambda at: self.colormap_changed.emit(HEAT_MAPS[at]))
        self.colormap_changed.connect(heat.set_colormap)
        colors = QWidget()
        row = QHBoxLayout(colors)
        row.setContentsMargins(32, 0, 8, 2)
        row.setSpacing(10)
        label = QLabel(self.tr("Colours"))
        label.setObjectName("Muted")
        row.addWidget(label)
        row.addWidget(self.colormaps, 1)
        for id in OVERLAYS:
            self.body.addWidget(self._rows[id])
            if id == "heatmap":
                self.body.addWidget(opacity_row)
                self.body.addWidget(colors)
                self.body.addWidget(heat)
            if id == "proposals":
                self.body.addWidget(candidates)
        for id, below in (("heatmap", (opacity_row, colors, heat)), ("proposals", (candidates,))):
            for widget in below:
                widget.setVisible(actions[id].isChecked())
                actions[id].toggled.connect(widget.setVisible)


class _Slider(QSlider):
    """A slider that keeps its keys although the window uses the arrows for frames."""

    def event(self, event: QEvent) -> bool:
        return _kept(event) or super().event(event)


class _Choice(QComboBox):
    """A choice that keeps its keys likewise."""

    def event(self, event: QEvent) -> bool:
        return _kept(event) or super().event(event)


def _kept(event: QEvent) -> bool:
    """Whether the key is the widget's own and no shortcut of the window."""
    if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _ARROWS:
        event.accept()
        return True
    return False
