"""What every page of the plots has in common."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.plots.series import Series
from app.theme import DARK, Theme
from app.tracks import Tracks
from engine.calibration import PIXELS, Calibration
from engine.types import Frame


@dataclass(frozen=True, slots=True)
class Source:
    """What the pages know of the source: frames a second, the picture's size, whether one can go to a frame."""

    fps: float = 30.0
    size: tuple[int, int] = (1, 1)
    seekable: bool = False


class Page(QWidget):
    """One page; ``sought`` carries the frame that a click points at. Only the page that is seen is refreshed."""

    sought = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme: Theme = DARK
        self.tracks: Tracks | None = None
        self.series: Series | None = None
        self.source = Source()
        self.calibration: Calibration = PIXELS
        self.first, self.last = 0, 0
        self.frame: Frame | None = None

    @property
    def wanted_height(self) -> int:
        """The height with which it can be read well."""
        return 0

    @property
    def caption(self) -> str:
        """What is drawn and in which units, in a few words."""
        return ""

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of the look."""
        self.theme = theme

    def set_tracks(self, tracks: Tracks, series: Series) -> None:
        """Whose values are shown."""
        self.tracks, self.series = tracks, series

    def set_source(self, source: Source) -> None:
        """Where they come from."""
        self.source = source

    def set_calibration(self, calibration: Calibration) -> None:
        """In which units they are shown."""
        self.calibration = calibration

    def set_view(self, first: int, last: int) -> None:
        """Which frames are shown."""
        self.first, self.last = first, last

    def set_frame(self, index: int, frame: Frame | None) -> None:
        """The frame that is shown now, with its picture."""
        self.frame = frame

    def color_number(self, target: int) -> int:
        """The number of a target's colour."""
        return target if self.tracks is None else self.tracks.color_number(target)

    def refresh(self) -> None:
        """Draw what is new in the tracks."""
