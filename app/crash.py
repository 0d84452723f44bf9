"""Unexpected errors of any thread, and Qt's own warnings: logged, and shown once in the window."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QMessageLogContext, QObject, QStandardPaths, Qt, QtMsgType, Signal, qInstallMessageHandler

logger = logging.getLogger("attntrack")
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class CrashGuard(QObject):
    """Takes over the error hooks; ``crashed`` carries message and details, in the GUI thread."""

    crashed = Signal(str, str)
    _noted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._waiting: list[tuple[str, str]] = []
        self._seen: set[str] = set()
        self._noted.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._before = sys.excepthook, threading.excepthook, sys.unraisablehook
        self._fault_file: IO[str] | None = None

    def install(self, log_file: Path | None) -> None:
        """Take over the hooks and write the log to this file, where it can be written."""
        handler: logging.Handler = logging.StreamHandler(sys.stderr)
        if log_file is not None:
            try:
                log_file.parent.mkdir(parents=True, exist_ok=True)
                handler = logging.FileHandler(log_file, mode="w", encoding="utf-8", delay=True)
                self._fault_file = log_file.with_suffix(".fault").open("w", encoding="utf-8")
                faulthandler.enable(self._fault_file)
            except OSError:
                self._fault_file = None  # no place for a log: errors go to the terminal
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(message)s"))
        logger.addHandler(handler)
        logging.getLogger("engine").addHandler(handler)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread
        sys.unraisablehook = self._on_unraisable
        qInstallMessageHandler(_on_qt_message)

    def uninstall(self) -> None:
        """Give the hooks back."""
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._before
        qInstallMessageHandler(None)
        if self._fault_file is not None:
            faulthandler.disable()
            self._fault_file.close()
            self._fault_file = None

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self._note(error, trace)

    def _on_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._note(args.exc_value, args.exc_traceback)

    def _on_unraisable(self, args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            logger.error("unraisable in %r", args.object, exc_info=args.exc_value)

    def _note(self, error: BaseException, trace: TracebackType | None) -> None:
        """May run in any thread: no widget is made here. The same trace is told once."""
        details = "".join(traceback.format_exception(type(error), error, trace))
        logger.error("unexpected error\n%s", details)
        with self._lock:
            if details in self._seen:
                return
            self._seen.add(details)
            self._waiting.append((f"{type(error).__name__}: {error}", details))
        self._noted.emit()

    def _tell(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for what, details in waiting:
            message = self.tr(
                "The program met an error it did not expect ({0}). You can go on; if it comes again, save your "
                "track and start the program anew."
            )
            self.crashed.emit(message.format(what), details)


def log_path() -> Path:
    """Where the log of this run is written."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)
    return Path(folder) / "attntrack.log"


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    logger.log(_LEVELS.get(kind, logging.WARNING), "Qt: %s", message)
