"""The side panel's list of targets: number, state and confidence of each, and what can be done with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QLabel, QSizePolicy, QToolButton, QWidget

from app.actions import Actions
from app.palette import state_color_on, state_word, target_color_on
from app.panels.card import Card
from app.theme import ThemeManager
from engine.types import Target


class TargetsPanel(Card):
    """One row a target; ``chosen`` carries the target's number."""

    chosen = Signal(int)

    def __init__(self, actions: Actions, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Targets"), parent)
        self._theme = theme
        self._rows: dict[int, TargetRow] = {}
        self._empty = QLabel(self.tr("Nothing is followed yet. Drag a box on the picture."))
        self._empty.setObjectName("Muted")
        self._empty.setWordWrap(True)
        self.body.addWidget(self._empty)
        for id in ("draw", "add_target", "remove_target"):
            button = QToolButton()
            button.setDefaultAction(actions[id])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setIconSize(QSize(18, 18))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(actions[id].text().replace("&", ""))
            self.header.addWidget(button)

    def show_targets(self, ids: Sequence[int], on_frame: Mapping[int, Target], selected: int | None) -> None:
        """Show these targets with what is known of them on the frame shown."""
        for gone in set(self._rows) - set(ids):
            row = self._rows.pop(gone)
            self.body.removeWidget(row)
            row.deleteLater()
        for at, id in enumerate(ids):
            if id not in self._rows:
                self._rows[id] = TargetRow(id, self._theme)
                self._rows[id].clicked.connect(lambda _=False, t=id: self.chosen.emit(t))
                self.body.insertWidget(at, self._rows[id])
            self._rows[id].show_target(on_frame.get(id), id == selected)
        self._empty.setVisible(not ids)


class TargetRow(QAbstractButton):
    """A target's number in its colour, its state in words, and a bar of its confidence."""

    def __init__(self, id: int, theme: ThemeManager) -> None:
        super().__init__()
        self.id = id
        self._theme = theme
        self._target: Target | None = None
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setToolTip(self.tr("Select target {0}  ({0})").format(id))
        theme.changed.connect(self.update)

    def show_target(self, target: Target | None, selected: bool) -> None:
        """Show what is known of the target on this frame, None for nothing."""
        self._target = target
        self.setChecked(selected)
        words = self.words()
        if self.accessibleName() != words:
            self.setAccessibleName(words)
        self.update()

    def words(self) -> str:
        """The row as a sentence."""
        if self._target is None:
            return self.tr("Target {0}: not on this frame").format(self.id)
        return self.tr("Target {0}: {1}, confidence {2:.0%}").format(
            self.id, state_word(self._target.state), self._target.confidence
        )

    def sizeHint(self) -> QSize:
        """Two lines and some air."""
        return QSize(200, 2 * self.fontMetrics().height() + 18)

    def nextCheckState(self) -> None:
        """A click selects; the panel says what is checked."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the row."""
        t = self._theme.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.isChecked() or self.underMouse() or self.hasFocus():
            painter.setPen(QColor(t.accent) if self.hasFocus() else QColor(t.border))
            painter.setBrush(QColor(t.raised))
            painter.drawRoundedRect(rect, 8, 8)
        color = target_color_on(t, self.id)
        chip = QRectF(10, self.height() / 2 - 13, 26, 26)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(chip, 7, 7)
        bold = QFont(self.font())
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(QColor(t.on_state))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, str(self.id))
        self._paint_words(painter, QRectF(48, 7, self.width() - 60, self.height() - 14))

    def _paint_words(self, painter: QPainter, room: QRectF) -> None:
        t = self._theme.theme
        painter.setFont(self.font())
        painter.setPen(QColor(t.text))
        top = Qt.AlignmentFlag.AlignTop
        painter.drawText(room, top | Qt.AlignmentFlag.AlignLeft, self.tr("Target {0}").format(self.id))
        target = self._target
        if target is None:
            painter.setPen(QColor(t.muted))
            painter.drawText(room, top | Qt.AlignmentFlag.AlignRight, self.tr("not on this frame"))
            return
        state = state_color_on(t, target.state)
        painter.setPen(state)
        painter.drawText(room, top | Qt.AlignmentFlag.AlignRight, state_word(target.state))
        low = QRectF(
            room.left(), room.bottom() - self.fontMetrics().height(), room.width(), self.fontMetrics().height()
        )
        painter.setPen(QColor(t.muted))
        painter.drawText(low, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{target.confidence:.0%}")
        bar = QRectF(low.left(), low.center().y() - 2.5, low.width() - 48, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(t.hover))
        painter.drawRoundedRect(bar, 2.5, 2.5)
        painter.setBrush(state)
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(bar.width() * target.confidence, 5), 5), 2.5, 2.5)
