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
    """Watches the keys of one window; leaves them alone where the user types or has moved onto a button.

    It watches what has the keys, and not the whole program: Python would be asked about every event of every widget,
    and the window would wait for the tracker's Python each time.

    Args:
        window: Whose keys.
        picture: Watched whether it has the keys or not.
        keys: What is done.
        clock: Seconds.
    """

    def __init__(
        self,
        window: QWidget,
        picture: QWidget,
        keys: dict[Qt.Key, HeldKey],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(window)
        self._window, self._keys, self._clock = window, keys, clock
        self._since: dict[Qt.Key, float] = {}
        self._always = (window, picture)
        for widget in self._always:
            widget.installEventFilter(self)
        app = QApplication.instance()
        assert isinstance(app, QApplication), "keys need a program"
        app.focusChanged.connect(self._follow)
        app.applicationStateChanged.connect(self._let_go)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys before shortcuts and widgets see them."""
        kind = event.type()
        if kind == QEvent.Type.WindowDeactivate:
            self._let_go()
        if kind not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            return False
        if not isinstance(event, QKeyEvent) or not isinstance(watched, QWidget):
            return False
        key = Qt.Key(event.key())
        held = self._keys.get(key)
        if held is None or watched.window() is not self._window:
            return False
        if not self._wanted(key, event):
            if kind == QEvent.Type.ShortcutOverride and self._presses(key):
                event.accept()  # or the menu's action would take it from the button
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

    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        if before is not None and before not in self._always:
            before.removeEventFilter(self)
        if now is not None and now.window() is self._window:
            now.installEventFilter(self)

    def _wanted(self, key: Qt.Key, event: QKeyEvent) -> bool:
        if key in self._since and event.type() == QEvent.Type.KeyRelease:
            return True
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier or QApplication.activePopupWidget() is not None:
            return False
        focus = self._window.focusWidget()
        if isinstance(focus, QLineEdit | QAbstractSpinBox | QTextEdit | QPlainTextEdit | QComboBox):
            return False
        return not self._presses(key)

    def _presses(self, key: Qt.Key) -> bool:
        """Whether the key presses a button that was reached by Tab."""
        return key == Qt.Key.Key_Space and isinstance(self._window.focusWidget(), QAbstractButton)

    def _let_go(self) -> None:
        for key in tuple(self._since):
            del self._since[key]
            self._keys[key].up(False)
