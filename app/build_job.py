"""Compiling plans in a process of its own: tracking goes on, it may be cancelled, and a crash in it costs nothing."""

from __future__ import annotations

import os
import signal
import sys

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

_PROGRAM = "import sys; from app.cli import main; sys.exit(main(sys.argv[1:]))"
_MERCY_MS = 5000


class BuildJob(QObject):
    """Runs ``attntrack build``.

    ``progress`` carries the share that is done, 0..1, and what is being done; ``line`` each result as it comes;
    ``done`` an error message, empty for success and where it was cancelled.
    """

    progress = Signal(float, str)
    line = Signal(str)
    done = Signal(str)

    def __init__(self, precision: str, target: str = "", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cancelled = False
        self._said: list[str] = []
        self._process = QProcess(self)
        self._process.setProgram(sys.executable)
        wanted = ["--target", target] if target else []
        self._process.setArguments(["-c", _PROGRAM, "build", "--precision", precision, "--progress", "lines", *wanted])
        self._process.readyReadStandardOutput.connect(self._read_lines)
        self._process.readyReadStandardError.connect(self._read_progress)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._failed)
        self._mercy = QTimer(self)
        self._mercy.setSingleShot(True)
        self._mercy.setInterval(_MERCY_MS)
        self._mercy.timeout.connect(self._process.kill)

    @property
    def running(self) -> bool:
        """Whether it has begun and not ended."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    def start(self) -> None:
        """Begin."""
        self._process.start()

    def cancel(self) -> None:
        """Stop soon; plans that are complete stay, nothing half is left."""
        if not self.running:
            return
        self.cancelled = True
        if sys.platform == "win32":
            self._process.kill()
        else:
            os.kill(self._process.processId(), signal.SIGINT)
            self._mercy.start()

    def end(self) -> None:
        """Stop now and wait for it, for closing the program."""
        self.cancelled = True
        self._process.kill()
        self._process.waitForFinished(_MERCY_MS)

    def _read_lines(self) -> None:
        while self._process.canReadLine():
            text = bytes(self._process.readLine().data()).decode("utf-8", "replace").rstrip()
            if text:
                self.line.emit(text)

    def _read_progress(self) -> None:
        self._process.setReadChannel(QProcess.ProcessChannel.StandardError)
        while self._process.canReadLine():
            text = bytes(self._process.readLine().data()).decode("utf-8", "replace").rstrip()
            share, _, what = text.partition(" ")
            try:
                self.progress.emit(min(max(float(share), 0.0), 1.0), what)
            except ValueError:
                self._said.append(text)
        self._process.setReadChannel(QProcess.ProcessChannel.StandardOutput)

    def _finished(self, status: int, how: QProcess.ExitStatus) -> None:
        self._mercy.stop()
        self._read_lines()
        self._read_progress()
        good = how is QProcess.ExitStatus.NormalExit and status == 0
        why = "" if good or self.cancelled else self._reason()
        self.done.emit(why)

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self.done.emit(self.tr("Compiling could not be started: run attntrack build in a terminal."))

    def _reason(self) -> str:
        """The last sentence that it said."""
        said = next((text for text in reversed(self._said) if text), "")
        text = said.removeprefix("attntrack: ") or self.tr("Compiling ended for an unknown reason")
        return text[:1].upper() + text[1:]
