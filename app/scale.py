"""The scale of the open source: what a pixel is worth, where the origin lies, which way y points."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.calibration import PIXELS, Calibration


class Scale(QObject):
    """Holds the calibration; ``changed`` follows every change."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.calibration = PIXELS

    @property
    def is_set(self) -> bool:
        """Whether anything but plain pixels was asked for."""
        return self.calibration != PIXELS

    def set(self, calibration: Calibration) -> None:
        """Measure by this from now on."""
        if calibration != self.calibration:
            self.calibration = calibration
            self.changed.emit()

    def clear(self) -> None:
        """Measure in pixels from the top-left corner."""
        self.set(PIXELS)
