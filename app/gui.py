"""The window's entry point: `attntrack-gui [SOURCE | PROJECT] [--box X,Y,W,H] [--demo] [--backend NAME]`."""

from __future__ import annotations

import argparse
import gc
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import engine
from app.cli.arguments import box
from engine.backends.select import BACKEND_NAMES

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from app.backend_switch import BackendSwitch
    from app.controller import Controller
    from app.crash import CrashGuard
    from app.intents import Intents
    from app.main_window import MainWindow
    from app.restoring import Restoring
    from app.resuming import Resuming
    from app.saving import Saving
    from app.wiring import Wiring
    from engine.worker import MakeTracker


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line's values; wrong usage exits with status 2."""
    parser = argparse.ArgumentParser(
        prog="attntrack-gui",
        description="Follow anything through a video or a live camera, and see why.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "source",
        nargs="?",
        help="a video, a folder of images, a camera number, a stream's address, or a project (NAME.attntrack)",
    )
    parser.add_argument(
        "--box", type=box, action="append", default=[], metavar="X,Y,W,H", help="start a target on the first frame"
    )
    parser.add_argument("--demo", action="store_true", help="play the demo clip that comes with the program")
    parser.add_argument("--backend", choices=BACKEND_NAMES, help="what runs the networks (default: as the last time)")
    parser.add_argument("--version", action="version", version=f"attntrack {engine.__version__}")
    values = parser.parse_args(argv)
    if values.demo and values.source:
        parser.error("give a source or --demo, not both")
    if values.box and not values.source:
        parser.error("--box needs a source to draw it on")
    if values.box and values.source.lower().endswith(".attntrack"):
        parser.error("--box is for a video: a project has its targets")
    return values


@dataclass(slots=True)
class Program:
    """The parts of a running program, kept alive together."""

    app: QApplication
    window: MainWindow
    controller: Controller
    wiring: Wiring
    intents: Intents
    backends: BackendSwitch
    saving: Saving
    resuming: Resuming
    restoring: Restoring
    guard: CrashGuard

    def close(self) -> None:
        """Close the window without a question: what was not saved is let go."""
        self.saving.leave()


def tracker_maker(backend: str, precision: str = "fp16") -> MakeTracker:
    """What loads the networks, beside the window; nothing is compiled on the way, which would take minutes."""

    def make() -> TrackerLike:
        from engine.backends.select import open_backend
        from engine.tracking.multi import MultiTracker

        return MultiTracker(open_backend(backend, precision=precision, may_build=False))

    if TYPE_CHECKING:
        from engine.followers import TrackerLike
    return make


def build(make_tracker: MakeTracker | None = None, backend: str | None = None) -> Program:
    """The program with its window, not yet shown. There must be a QApplication.

    Args:
        make_tracker: Loads the first networks (None: those of ``backend``).
        backend: What runs the networks (None: what was chosen the last time).
    """
    from PySide6.QtWidgets import QApplication

    from app.backend_switch import BackendSwitch
    from app.backends import BackendChoice, remembered
    from app.controller import Controller
    from app.crash import CrashGuard
    from app.editing import Editing
    from app.importing import Importing
    from app.insight import Insight
    from app.intents import Intents
    from app.journals import Journals, autosave_folder
    from app.main_window import MainWindow
    from app.measuring import Measuring
    from app.openers import Openers
    from app.panel_stills import PanelStills
    from app.project import Project
    from app.restoring import Restoring
    from app.resuming import Resuming
    from app.review import Review
    from app.saving import Saving
    from app.settings import Settings
    from app.still_actions import StillActions
    from app.theme import ThemeManager
    from app.wiring import Wiring
    from engine.sources import open_source

    app = QApplication.instance()
    assert isinstance(app, QApplication), "make the QApplication first"
    settings = Settings()
    theme = ThemeManager(app, settings.theme)
    window = MainWindow(theme, settings)
    # here somebody is there to give a lost signal up
    choice = BackendChoice(backend) if backend else remembered(settings)

    def make(choice: BackendChoice) -> MakeTracker:
        return tracker_maker(choice.name, choice.precision)

    controller = Controller(make_tracker or make(choice), partial(open_source, reconnect=math.inf), parent=window)
    wiring = Wiring(window, controller)
    journals = Journals(autosave_folder())
    project = Project(controller, journals)
    saving = Saving(window, controller, project)
    resuming = Resuming(window, controller, project)
    openers = Openers(window, controller, project, saving.before, resuming.open)
    # connected after the project, which closes with the tracks still there
    intents = Intents(window, controller, wiring, openers, lambda: saving.leave(keep=True))
    restoring = Restoring(window, controller, project, journals, resuming, saving.before)
    Review(window, controller)
    Editing(window, controller)
    backends = BackendSwitch(window, controller, choice, make)
    PanelStills(window, controller, Insight(window, controller).show)
    StillActions(window, controller)
    Measuring(window, controller, wiring)
    Importing(window, controller)
    guard = CrashGuard(window)
    guard.crashed.connect(lambda message, details: intents.error(message, details, unexpected=True))
    return Program(app, window, controller, wiring, intents, backends, saving, resuming, restoring, guard)


SETTLED_MS = 3000
"""When all is made that the window needs: networks, plots."""
SWITCH_S = 0.001
"""How long the tracker's Python may hold the interpreter while the window waits for it; Python's own default is 5 ms,
and painting asks for the interpreter dozens of times a frame."""


def make_application() -> QApplication:
    """The QApplication with the program's names and icon."""
    from PySide6.QtCore import QTranslator
    from PySide6.QtWidgets import QApplication

    from app.icons import app_icon
    from app.settings import APPLICATION, ORGANISATION
    from app.translation import install_translations

    sys.setswitchinterval(SWITCH_S)
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(["attntrack"])
    app.setOrganizationName(ORGANISATION)
    app.setApplicationName(APPLICATION)
    app.setApplicationDisplayName("")
    app.setApplicationVersion(engine.__version__)
    app.setDesktopFileName("attntrack")
    app.setWindowIcon(app_icon())
    if not app.findChildren(QTranslator):
        install_translations(app)
    return app


def main(argv: Sequence[str] | None = None) -> int:
    """Run the window until it is closed; the exit status."""
    values = parse(argv)
    if not has_display():
        sys.stderr.write(
            "attntrack-gui: there is no display for the window (DISPLAY and WAYLAND_DISPLAY are not set): "
            "run it in a desktop session, or use `attntrack track` on the command line\n"
        )
        return 1
    app = make_application()
    from PySide6.QtCore import QTimer

    from app.crash import log_path

    program = build(backend=values.backend)
    program.guard.install(log_path())
    with closed_by_interrupt(program.window, lambda: program.saving.leave(keep=True)):
        program.window.show()
        QTimer.singleShot(SETTLED_MS, app, settle)
        if values.demo:
            program.intents.openers.open_demo()
        elif values.box:
            program.controller.open(values.source, tuple(values.box), play=True)
        elif values.source:
            program.intents.openers.open(values.source)
        status = app.exec()
    program.guard.uninstall()
    return int(status)


def settle() -> None:
    """Take what was made at the start out of Python's search for garbage.

    There are hundreds of thousands of such objects, and looking through all of them holds every thread up for 60 ms.
    """
    gc.collect()
    gc.freeze()


def has_display() -> bool:
    """Whether a window can be shown. Without a display Qt would end the process, and say so in many lines."""
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform != "linux" or any(os.environ.get(name) for name in named)


@contextmanager
def closed_by_interrupt(window: MainWindow, close: Callable[[], None]) -> Iterator[None]:
    """Within, Ctrl-C in the terminal closes the window; nobody is asked, since nobody may be there.

    A socket wakes the event loop, so that Python sees the signal; both of its ends must live as long as the notifier.
    """
    import signal
    import socket

    from PySide6.QtCore import QSocketNotifier

    here, there = socket.socketpair()
    with here, there:
        for end in (here, there):
            end.setblocking(False)
        notifier = QSocketNotifier(here.fileno(), QSocketNotifier.Type.Read, window)
        notifier.activated.connect(lambda: here.recv(64))
        before_fd = signal.set_wakeup_fd(there.fileno())
        before = signal.signal(signal.SIGINT, lambda *_: close())
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
            signal.set_wakeup_fd(before_fd)
            notifier.setEnabled(False)


if __name__ == "__main__":
    sys.exit(main())
