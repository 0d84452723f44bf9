"""The in and out points: the part of the video that is meant, where only a part is."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class InOut(QObject):
    """First and last frame of the part, both inclusive, None where it is open; ``changed`` follows every change."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.first: int | None = None
        self.last: int | None = None

    @property
    def is_set(self) -> bool:
        """Whether there is an in or an out point."""
        return self.first is not None or self.last is not None

    def set_first(self, frame: int) -> None:
        """Begin the part here; an out point that lies before goes."""
        self.set(frame, None if self.last is not None and self.last < frame else self.last)

    def set_last(self, frame: int) -> None:
        """End the part here; an in point that lies behind goes."""
        self.set(None if self.first is not None and self.first > frame else self.first, frame)

    def clear(self) -> None:
        """Mean all of the video."""
        self.set(None, None)

    def set(self, first: int | None, last: int | None) -> None:
        """Set both; None leaves that side open."""
        if (first, last) != (self.first, self.last):
            self.first, self.last = first, last
            self.changed.emit()

    def holds(self, frame: int) -> bool:
        """Whether the frame is in the part."""
        return (self.first is None or self.first <= frame) and (self.last is None or frame <= self.last)
