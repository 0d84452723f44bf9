"""A question that takes long to answer is asked on a thread of its own, and answered in the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal


class _Answer:
    """What the thread holds: plain values and no Qt object, so that none is ever collected in its thread."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self.value: Any = None
        self.tell: Callable[[], None] | None = tell


class Aside(QObject):
    """Runs a function beside the window; ``answered`` carries what it returned."""

    answered = Signal(object)
    _over = Signal()

    def __init__(self, ask: Callable[[], Any], name: str, parent: QObject) -> None:
        super().__init__(parent)
        self._over.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._answer = answer = _Answer(self._over.emit)

        def work() -> None:
            answer.value = ask()
            tell = answer.tell
            if tell is not None:
                with suppress(RuntimeError):  # whoever asked was deleted in this very moment
                    tell()

        threading.Thread(target=work, name=name, daemon=True).start()

    def forget(self) -> None:
        """Answer nobody any more."""
        self._answer.tell = None

    def _tell(self) -> None:
        if self._answer.tell is not None:
            self._answer.tell = None
            self.answered.emit(self._answer.value)
