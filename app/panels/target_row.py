"""One target in the side panel: its colour, name, state and confidence, and a switch that hides it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QSizePolicy, QToolButton, QWidget

from app.palette import claim_word, state_color_on, target_color_on
from app.theme import ThemeManager
from engine.target_info import LONGEST_NAME
from engine.types import Target, TrackState

_CHIP = QRectF(10, 0, 26, 26)
_LEFT = 48
_EYE = 28


class TargetRow(QAbstractButton):
    """A click selects (``clicked``), one on the colour asks for another (``color_wanted``), a double click renames."""

    renamed = Signal(str)
    shown = Signal(bool)
    color_wanted = Signal(QPoint)
    menu_wanted = Signal(QPoint)

    def __init__(self, id: int, theme: ThemeManager) -> None:
        super().__init__()
        self.id = id
        self._theme = theme
        self._target: Target | None = None
        self._name, self._number = "", id
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._eye = QToolButton(self)
        self._eye.setObjectName("Eye")
        self._eye.setCheckable(True)
        self._eye.setIconSize(QSize(16, 16))
        self._eye.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._eye.clicked.connect(self.shown)
        self._edit: NameEdit | None = None
        theme.changed.connect(self._refresh_theme)
        self._refresh_theme()

    def show_target(self, target: Target | None, name: str, number: int, hidden: bool, selected: bool) -> None:
        """Show what is known of the target on this frame (None: nothing), and its name and colour's number."""
        before = self._look()
        self._target, self._name, self._number = target, name, number
        self.setChecked(selected)
        words = self.words()
        if self.accessibleName() != words:
            self.setAccessibleName(words)
            self.setToolTip(self.tr("Select {0}  ({1})").format(name, self.id))
        text = self.tr("Show {0}").format(name) if hidden else self.tr("Hide {0}").format(name)
        if self._eye.toolTip() != text:
            self._eye.setToolTip(text)
            self._eye.setAccessibleName(text)
            self._eye.setChecked(not hidden)
            self._refresh_theme()
        if self._look() != before:  # most often nothing that is seen changes from frame to frame
            self.update()

    def _look(self) -> tuple[str, TrackState | None, int]:
        return self.words(), self._target.state if self._target is not None else None, self._number

    def words(self) -> str:
        """The row as a sentence."""
        if self._target is None:
            return self.tr("{0}: not on this frame").format(self._name)
        return self.tr("{0}: {1}, confidence {2:.0%}").format(
            self._name, claim_word(self._target), self._target.confidence
        )

    def rename(self) -> None:
        """Let the name be typed, in place."""
        if self._edit is None:
            self._edit = NameEdit(self._name, self)
            self._edit.done.connect(self._renamed)
            self._edit.setAccessibleName(self.tr("Name"))
            self._edit.setToolTip(self.tr("Enter takes the name, Esc does not"))
            self._edit.setGeometry(_LEFT - 6, 3, self.width() - _LEFT - _EYE, self.fontMetrics().height() + 8)
            self._edit.show()
            self._edit.setFocus()
            self._edit.selectAll()

    def sizeHint(self) -> QSize:
        """Two lines and some air."""
        return QSize(200, 2 * self.fontMetrics().height() + 18)

    def nextCheckState(self) -> None:
        """A click selects; the panel says what is checked."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """On the colour: ask for another."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self._chip().contains(event.position()):
            self.color_wanted.emit(self.mapToGlobal(self._chip().bottomLeft().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename."""
        if event.button() == Qt.MouseButton.LeftButton and event.position().x() > _LEFT:
            self.rename()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu, at the pointer or below the row."""
        mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        self.menu_wanted.emit(event.globalPos() if mouse else self.mapToGlobal(QPoint(_LEFT, self.height())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the switch at the right."""
        self._eye.setGeometry(self.width() - _EYE - 4, (self.height() - _EYE) // 2, _EYE, _EYE)

    def _chip(self) -> QRectF:
        return _CHIP.translated(0, self.height() / 2 - 13)

    def _renamed(self, name: str | None) -> None:
        edit, self._edit = self._edit, None
        if edit is not None:
            edit.deleteLater()
            self.setFocus()
            if name is not None:
                self.renamed.emit(name)

    def _refresh_theme(self) -> None:
        self._eye.setIcon(self._theme.icon("eye" if self._eye.isChecked() else "eye-off"))
        self.update()

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
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(target_color_on(t, self._number))
        painter.drawRoundedRect(self._chip(), 7, 7)
        bold = QFont(self.font())
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(QColor(t.on_state))
        painter.drawText(self._chip(), Qt.AlignmentFlag.AlignCenter, str(self.id))
        self._paint_words(painter, QRectF(_LEFT, 7, self.width() - _LEFT - _EYE - 10, self.height() - 14))

    def _paint_words(self, painter: QPainter, room: QRectF) -> None:
        t, target, metrics = self._theme.theme, self._target, self.fontMetrics()
        painter.setFont(self.font())
        top = Qt.AlignmentFlag.AlignTop
        word = self.tr("not on this frame") if target is None else claim_word(target)
        painter.setPen(QColor(t.muted) if target is None else state_color_on(t, target.state))
        left = room.width() - metrics.horizontalAdvance(word) - 10
        painter.drawText(room, top | Qt.AlignmentFlag.AlignRight, word)
        painter.setPen(QColor(t.text))
        name = metrics.elidedText(self._name, Qt.TextElideMode.ElideRight, int(left))
        painter.drawText(room, top | Qt.AlignmentFlag.AlignLeft, name)
        if target is None:
            return
        low = QRectF(room.left(), room.bottom() - metrics.height(), room.width(), metrics.height())
        painter.setPen(QColor(t.muted))
        painter.drawText(low, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{target.confidence:.0%}")
        bar = QRectF(low.left(), low.center().y() - 2.5, low.width() - 48, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(t.hover))
        painter.drawRoundedRect(bar, 2.5, 2.5)
        painter.setBrush(state_color_on(t, target.state))
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(bar.width() * target.confidence, 5), 5), 2.5, 2.5)


class NameEdit(QLineEdit):
    """A line for a name; ``done`` carries it, or None where it was given up."""

    done = Signal(object)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(name, parent)
        self.setObjectName("Name")
        self.setMaxLength(LONGEST_NAME)

    def event(self, event: QEvent) -> bool:
        """Enter and Esc are meant for the name, not for the window's actions."""
        if isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self._end(None if event.key() == Qt.Key.Key_Escape else self.text())
                return True
        if event.type() == QEvent.Type.FocusOut:
            self._end(self.text())
        return super().event(event)

    def _end(self, name: str | None) -> None:
        if self.isEnabled():
            self.setEnabled(False)  # losing the focus on the way ends it no second time
            self.done.emit(name)
