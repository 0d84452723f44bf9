"""A row of the side panel that switches an action on and off: icon, name, key and a switch."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QFontMetrics, QIcon, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.theme import ThemeManager


class ToggleRow(QAbstractButton):
    """Shows a checkable action and triggers it; both always agree."""

    def __init__(self, action: QAction, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._action, self._theme = action, theme
        name = action.text().replace("&", "")
        self.setCheckable(True)
        self.setChecked(action.isChecked())
        self.setText(name)
        self.setAccessibleName(name)
        self.setToolTip(action.toolTip())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.clicked.connect(action.trigger)
        action.toggled.connect(self.setChecked)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Room for icon, name, key and switch."""
        metrics = QFontMetrics(self.font())
        return QSize(26 + metrics.horizontalAdvance(self.text()) + 90, max(metrics.height() + 11, 26))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the row."""
        t = self._theme.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QColor(t.accent) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(t.raised))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        middle = self.height() / 2
        self._action.icon().paint(
            painter, QRect(4, int(middle - 9), 18, 18), Qt.AlignmentFlag.AlignCenter, mode=self._mode()
        )
        painter.setPen(QColor(t.text if self.isEnabled() else t.disabled))
        room = QRect(32, 0, self.width() - 32 - 44, self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        key = self._action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        painter.setPen(QColor(t.disabled if not self.isEnabled() else t.muted))
        painter.drawText(room.adjusted(0, 0, -10, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, key)
        self._paint_switch(painter, QRectF(self.width() - 38, middle - 9, 32, 18))

    def _mode(self) -> QIcon.Mode:
        return QIcon.Mode.Normal if self.isEnabled() else QIcon.Mode.Disabled

    def _paint_switch(self, painter: QPainter, rect: QRectF) -> None:
        t = self._theme.theme
        on = self.isChecked()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(t.accent if on else t.hover))
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        painter.setBrush(QColor(t.on_accent if on else t.muted))
        side = rect.height() - 6
        x = rect.right() - side - 3 if on else rect.left() + 3
        painter.drawEllipse(QRectF(x, rect.top() + 3, side, side))
