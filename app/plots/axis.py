"""A time axis whose values are frames."""

from __future__ import annotations

import pyqtgraph as pg

from app.tracks import clock


class FrameAxis(pg.AxisItem):
    """Ticks at frames, written as times."""

    fps = 30.0

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """The times of the ticks."""
        return [clock(v / self.fps, tenths=spacing / self.fps < 1.0) for v in values]

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        """Round times with room for their text."""
        seconds = max((maxVal - minVal) / self.fps, 1e-6)
        wanted = seconds / max(size / 90.0, 1.0)
        steps = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)
        step = next((s for s in steps if s >= wanted), steps[-1])
        return [(step * self.fps, 0.0)]


def style_axis(axis: pg.AxisItem, border: str, text: str, ticks: int) -> None:
    """Give an axis the colours of the look."""
    axis.setPen(pg.mkPen(border))
    axis.setTextPen(pg.mkPen(text))
    axis.setStyle(tickLength=ticks, tickTextOffset=5)
