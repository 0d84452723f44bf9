"""The small picture that floats above the timeline: the frame under the pointer, with boxes and words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.overlays import box_color
from app.theme import DARK, Theme
from engine.types import Target, UInt8Array

_PAD = 6
_LINE = 2


class ThumbnailPopup(QWidget):
    """A child of the window that lies above everything and takes no mouse events."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme = DARK
        self._image: UInt8Array | None = None
        self._lines: list[str] = []
        self.color_number: Callable[[int], int] = int
        self._targets: Sequence[Target] = ()
        self._source = (1, 1)
        self.hide()

    @property
    def lines(self) -> list[str]:
        """The words that are shown."""
        return self._lines

    @property
    def image(self) -> UInt8Array | None:
        """The picture that is shown."""
        return self._image

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of the look."""
        self._theme = theme

    def show_frame(
        self, image: UInt8Array | None, lines: list[str], targets: Sequence[Target], source: tuple[int, int], at: QPoint
    ) -> None:
        """Show a picture (or none) of a frame of ``source`` size with its targets, centred above a point."""
        self._image, self._lines, self._targets, self._source = image, lines, targets, source
        parent = self.parentWidget()
        size = self.sizeHint()
        self.resize(size)
        if parent is not None:
            x = min(max(at.x() - size.width() // 2, 4), parent.width() - size.width() - 4)
            self.move(x, max(at.y() - size.height() - 4, 4))
        self.show()
        self.raise_()
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the picture and the lines."""
        metrics = QFontMetricsF(self.font())
        picture = self._picture_size()
        width = max([picture.width(), *(metrics.horizontalAdvance(line) for line in self._lines)])
        height = picture.height() + len(self._lines) * (metrics.height() + _LINE) + (4 if picture.height() else 0)
        return QSize(round(width) + 2 * _PAD, round(height) + 2 * _PAD)

    def _picture_size(self) -> QSize:
        return QSize(0, 0) if self._image is None else QSize(self._image.shape[1], self._image.shape[0])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint plate, picture, boxes and words."""
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(theme.border))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        top = float(_PAD)
        if self._image is not None:
            height, width = self._image.shape[:2]
            picture = QRectF((self.width() - width) / 2, top, width, height)
            image = QImage(self._image.data, width, height, 3 * width, QImage.Format.Format_BGR888)
            painter.drawImage(picture, image)
            self._paint_boxes(painter, picture)
            top += height + 4
        metrics = QFontMetricsF(self.font())
        for row, line in enumerate(self._lines):
            painter.setPen(QColor(theme.text if row == 0 else theme.muted))
            painter.drawText(QRectF(0, top, self.width(), metrics.height()), Qt.AlignmentFlag.AlignHCenter, line)
            top += metrics.height() + _LINE

    def _paint_boxes(self, painter: QPainter, picture: QRectF) -> None:
        scale = picture.width() / max(self._source[0], 1)
        painter.setClipRect(picture)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for target in self._targets:
            if target.box is not None:
                box = target.box
                rect = QRectF(picture.x() + box.x * scale, picture.y() + box.y * scale, box.w * scale, box.h * scale)
                for color, width in (
                    (QColor(0, 0, 0, 140), 3.0),
                    (box_color(target, self.color_number(target.id)), 1.5),
                ):
                    painter.setPen(QPen(color, width))
                    painter.drawRect(rect)
        painter.setClipping(False)
