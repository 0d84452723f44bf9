"""Keys that mean one thing when tapped and another when held: Space plays or pans, backslash hides or peeks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

TAP_S = 0.25
"""A key that was held longer was not tapped."""


@dataclass(frozen=True, slots=True)
class HeldKey:
    """What a key does: ``down`` when it goes down, ``up`` when it comes up, with whether it was a mere tap."""

    down: Callable[[], None]
    up: Callable[[bool], None]


class HeldKeys(QObject):
    """Watches the keys of one window; leaves them alone where the user types or has moved onto a button."""

    def __init__(
        self, window: QWidget, keys: dict[Qt.Key, HeldKey], clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(window)
        self._window, self._keys, self._clock = window, keys, clock
        self._since: dict[Qt.Key, float] = {}
        app = QApplication.instance()
        assert app is not None, "keys need a program"
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys before shortcuts and widgets see them."""
        kind = event.type()
        if kind in (QEvent.Type.WindowDeactivate, QEvent.Type.ApplicationDeactivate) and self._since:
            self._let_go()
        if kind not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            return False
        if not isinstance(event, QKeyEvent) or not isinstance(watched, QWidget):
            return False
        key = Qt.Key(event.key())
        held = self._keys.get(key)
        if held is None or watched.window() is not self._window or not self._wanted(key, event):
            return False
        if kind == QEvent.Type.ShortcutOverride:
            event.accept()  # the menu shows the key, but it is handled here
        elif not event.isAutoRepeat():
            if kind == QEvent.Type.KeyPress and key not in self._since:
                self._since[key] = self._clock()
                held.down()
            elif kind == QEvent.Type.KeyRelease and key in self._since:
                held.up(self._clock() - self._since.pop(key) < TAP_S)
        return True

    def _wanted(self, key: Qt.Key, event: QKeyEvent) -> bool:
        if key in self._since and event.type() == QEvent.Type.KeyRelease:
            return True
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier or QApplication.activePopupWidget() is not None:
            return False
        focus = self._window.focusWidget()
        if isinstance(focus, QLineEdit | QAbstractSpinBox | QTextEdit | QPlainTextEdit | QComboBox):
            return False
        # a button that was reached by Tab is pressed with Space
        return not (key == Qt.Key.Key_Space and isinstance(focus, QAbstractButton))

    def _let_go(self) -> None:
        for key in tuple(self._since):
            del self._since[key]
            self._keys[key].up(False)
