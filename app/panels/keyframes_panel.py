"""The side panel's list of keyframes of the selected target: jump to one, or take it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QLabel, QListWidget, QListWidgetItem, QWidget

from app.actions import Actions
from app.panels.card import Card
from app.tool_button import tool_button
from app.tracks import clock
from engine.keyframes import BACK, DRAWN, GONE, START, Keyframe

_T = cast("Callable[[str, str], str]", QT_TRANSLATE_NOOP)  # the stubs say object
_WORDS = {
    START: ("●", _T("keyframes", "Started")),
    DRAWN: ("◆", _T("keyframes", "Drawn")),
    GONE: ("○", _T("keyframes", "Not visible")),
    BACK: ("◇", _T("keyframes", "Visible again")),
}
_SHOWN = 5
_FRAME = Qt.ItemDataRole.UserRole


class KeyframesPanel(Card):
    """``chosen`` carries the frame to go to, ``deleted`` the frame whose keyframe is to be taken back."""

    chosen = Signal(int)
    deleted = Signal(int)

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("KeyframesPanel", "Keyframes"), parent)
        self._marks: Sequence[Keyframe] = ()
        self.list = _List()
        self.list.setAccessibleName(self.tr("Keyframes of the selected target"))
        self.list.setToolTip(self.tr("Click goes there, Del takes it back"))
        self.list.itemClicked.connect(self._go)
        self.list.itemActivated.connect(self._go)
        self.list.delete_wanted.connect(self._delete)
        self._none = QLabel(self.tr("None yet. Every box you draw becomes one."))
        self._none.setObjectName("Muted")
        self._none.setWordWrap(True)
        self.body.addWidget(self._none)
        self.body.addWidget(self.list)
        for id in ("previous_keyframe", "next_keyframe", "delete_keyframe"):
            self.header.addWidget(tool_button(actions[id]))
        self._deletable = False

    def show_marks(self, marks: Sequence[Keyframe], frame: int, fps: float, deletable: bool) -> None:
        """Show these keyframes; the one on ``frame`` is marked."""
        self._deletable = deletable
        if marks != self._marks:
            self._marks = list(marks)
            self.list.clear()
            for mark in marks:
                sign, word = _WORDS[mark.kind]
                text = f"{sign}  {QCoreApplication.translate('keyframes', word)}"
                item = QListWidgetItem(
                    self.tr("{0}  ·  frame {1}  ·  {2}").format(text, mark.frame, clock(mark.time_s))
                )
                item.setData(_FRAME, mark.frame)
                self.list.addItem(item)
            height = max(self.list.sizeHintForRow(0), 1) * min(max(len(marks), 1), _SHOWN) + 4
            self.list.setFixedHeight(height)
            self.list.setVisible(bool(marks))
            self._none.setVisible(not marks)
        at = next((row for row, mark in enumerate(marks) if mark.frame == frame), -1)
        if at != self.list.currentRow():
            self.list.setCurrentRow(at)

    def _go(self, item: QListWidgetItem) -> None:
        self.chosen.emit(int(item.data(_FRAME)))

    def _delete(self) -> None:
        item = self.list.currentItem()
        if item is not None and self._deletable:
            self.deleted.emit(int(item.data(_FRAME)))


class _List(QListWidget):
    """Del is meant for the keyframe, not for the target."""

    delete_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def event(self, event: QEvent) -> bool:
        """Take Del before the window does."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Delete:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.delete_wanted.emit()
                return True
        return super().event(event)
