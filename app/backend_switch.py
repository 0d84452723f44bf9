"""Switching what runs the networks while the program runs, and compiling plans beside it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from app.backend_probe import Probe, probe
from app.backends import BackendChoice, remember
from app.build_job import BuildJob
from app.controller import Controller
from app.dialogs.backend import BackendDialog
from app.main_window import MainWindow
from engine.worker import MakeTracker


class BackendSwitch(QObject):
    """Owns the dialog and the compilation; says what happened to the targets.

    Args:
        window: Whose action opens the dialog.
        controller: Loads the networks.
        choice: What is being loaded already.
        make: How the networks of a choice are loaded.
        ask: What can be used on this computer.
    """

    def __init__(
        self,
        window: MainWindow,
        controller: Controller,
        choice: BackendChoice,
        make: Callable[[BackendChoice], MakeTracker],
        ask: Callable[[], Probe] = probe,
    ) -> None:
        super().__init__(window)
        self._w, self._c, self._make, self._ask = window, controller, make, ask
        self.choice = choice  # in use, or on its way
        self._before: BackendChoice | None = None  # in use while another is on its way
        self._dialog: BackendDialog | None = None
        self._job: BuildJob | None = None
        window.actions_["backend"].triggered.connect(self.open)
        window.closing.connect(self._close)
        controller.backend_changed.connect(self._changed)

    def open(self) -> None:
        """Show the dialog."""
        dialog = BackendDialog(self._w, self.choice, self._in_use(), self._c.backend_notes, self._ask)
        dialog.chosen.connect(self.switch)
        dialog.compile_wanted.connect(self._compile)
        dialog.finished.connect(self._forget_dialog)
        if self._job is not None:
            dialog.follow(self._job)
        self._dialog = dialog
        dialog.open()

    def switch(self, choice: BackendChoice) -> None:
        """Load other networks; those in use track on until they are there."""
        self._before, self.choice = self.choice, choice
        self._c.set_backend(self._make(choice))

    def _changed(self) -> None:
        before, self._before = self._before, None
        if self._c.backend_error:
            self._failed(before)
        elif before is not None:
            remember(self._w.settings, self.choice)
            if self._c.active:
                self._c.noticed.emit(self.tr("{0}: each target goes on from its last box").format(self._in_use()))
        if self._dialog is not None:
            self._dialog.show_in_use(self._in_use(), self._c.backend_notes)
            self._dialog.switched(self.choice)

    def _failed(self, before: BackendChoice | None) -> None:
        """The reason is told by whoever shows errors; here is what follows from it."""
        if before is not None:
            self.choice = before  # it is still in use
        elif self.choice.name != "auto":
            self.choice = BackendChoice()
            self._c.noticed.emit(self.tr("Tracking runs on the fastest that is ready instead"))
            self._c.set_backend(self._make(self.choice))

    def _compile(self, precision: str, target: str) -> None:
        if self._job is not None:
            return
        self._job = BuildJob(precision, target, self)
        self._job.done.connect(self._compiled)
        if self._dialog is not None:
            self._dialog.follow(self._job)
        self._job.start()

    def _compiled(self, error: str) -> None:
        job, self._job = self._job, None
        if job is None:
            return
        job.deleteLater()
        if self._dialog is None and not job.cancelled:  # nobody looks: say it
            self._c.noticed.emit(error or self.tr("The plans are compiled: choose TensorRT to use them"))

    def _in_use(self) -> str:
        b = self._c.backend
        return f"{b.name} · {b.device} · {b.precision}" if b is not None else ""

    def _forget_dialog(self) -> None:
        self._dialog = None

    def _close(self) -> None:
        if self._job is not None:
            self._job.end()
