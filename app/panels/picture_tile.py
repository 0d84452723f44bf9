"""A small picture with words below it, a bar where there is a score, and a border for the one that counts."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.theme import ThemeManager
from engine.types import UInt8Array


class PictureTile(QAbstractButton):
    """Shows a square BGR picture, or a dash where there is none."""

    def __init__(self, theme: ThemeManager, largest: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._largest = theme, largest
        self._image: UInt8Array | None = None
        self._title, self._value = "", ""
        self._share: float | None = None
        self._chosen = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme.changed.connect(self.update)

    def show_picture(
        self, image: UInt8Array | None, title: str, value: str = "", share: float | None = None, chosen: bool = False
    ) -> None:
        """Show a picture with a title and a value; ``share`` 0..1 is drawn as a bar."""
        self._image, self._title, self._value, self._share, self._chosen = image, title, value, share, chosen
        name = f"{title} {value}".strip() or self.tr("empty")
        if self.accessibleName() != name:
            self.setAccessibleName(name)
        self.update()

    @property
    def image(self) -> UInt8Array | None:
        """What is shown."""
        return self._image

    def sizeHint(self) -> QSize:
        """A square, and a line below it."""
        return QSize(self._largest, self._side() + self._below())

    def minimumSizeHint(self) -> QSize:
        """It may be squeezed."""
        return QSize(36, self._side() + self._below())

    def resizeEvent(self, event: object) -> None:
        """The height follows the width."""
        self.updateGeometry()

    def _side(self) -> int:
        return min(self._largest, max(self.width(), 36))

    def _below(self) -> int:
        return self.fontMetrics().height() + (14 if self._share is not None or self._largest > 80 else 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the tile."""
        t, side = self._theme.theme, self._side()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        frame = QRectF((self.width() - side) / 2 + 1, 1, side - 2, side - 2)
        path = QPainterPath()
        path.addRoundedRect(frame, 6, 6)
        painter.fillPath(path, QColor(t.raised))
        if self._image is None:
            painter.setPen(QColor(t.disabled))
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, "–")
        else:
            height, width = self._image.shape[:2]
            painter.setClipPath(path)
            painter.drawImage(frame, QImage(self._image.data, width, height, 3 * width, QImage.Format.Format_BGR888))
            painter.setClipping(False)
        painter.setPen(QColor(t.accent if self._chosen else t.border))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for inset in (0.0, 1.0) if self._chosen else (0.0,):
            painter.drawRoundedRect(frame.adjusted(inset, inset, -inset, -inset), 6, 6)
        # from below: tiles side by side may differ by a pixel, their words must not
        self._paint_words(painter, QRectF(frame.left(), self.height() - self._below() + 2, frame.width(), 200))

    def _paint_words(self, painter: QPainter, room: QRectF) -> None:
        t, metrics = self._theme.theme, self.fontMetrics()
        line = QRectF(room.left(), room.top(), room.width(), metrics.height())
        painter.setPen(QColor(t.text if self._chosen else t.muted))
        side = Qt.AlignmentFlag.AlignLeft if self._value else Qt.AlignmentFlag.AlignHCenter
        title = metrics.elidedText(self._title, Qt.TextElideMode.ElideRight, round(room.width()))
        painter.drawText(line, side | Qt.AlignmentFlag.AlignVCenter, title)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._value)
        if self._share is not None:
            bar = QRectF(room.left(), line.bottom() + 4, room.width(), 4)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(t.hover))
            painter.drawRoundedRect(bar, 2, 2)
            if not self._share:
                return
            painter.setBrush(QColor(t.accent if self._chosen else t.muted))
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(bar.width() * self._share, 4), 4), 2, 2)
