"""What each action, drag and drop does: everything that goes from the window to the controller."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from app.actions import OVERLAYS, SPEEDS
from app.canvas_tools import Intent
from app.canvas_view import WHEEL_STEP
from app.controller import Controller
from app.dialogs.about import AboutDialog
from app.dialogs.base import Dialog
from app.dialogs.error import ErrorDialog
from app.dialogs.export import Kind
from app.dialogs.go_to import GoToDialog
from app.dialogs.shortcuts import ShortcutsDialog
from app.keys import HeldKey, HeldKeys
from app.main_window import MainWindow
from app.openers import Openers
from app.wiring import Wiring
from app.writers import Writers

_TOGGLES = (*OVERLAYS, "plot", "side_panel")
_JUMP = 10


class Intents(QObject):
    """Connects actions and gestures with the controller; owns the dialogs.

    ``give_up`` ends the program after an error, and keeps what was not saved.
    """

    def __init__(
        self,
        window: MainWindow,
        controller: Controller,
        wiring: Wiring,
        openers: Openers,
        give_up: Callable[[], None],
    ) -> None:
        super().__init__(window)
        self._w, self._c, self._wiring = window, controller, wiring
        self.openers, self._give_up = openers, give_up
        self.writers = Writers(window, controller)
        self._asked: set[str] = set()
        self._connect_actions()
        self._connect_widgets()
        self._restore_toggles()
        self._fill_select_menu()
        self._keys = HeldKeys(
            window,
            window.canvas,
            {
                Qt.Key.Key_Space: HeldKey(lambda: window.canvas.set_pan_held(True), self._space_up),
                Qt.Key.Key_Backslash: HeldKey(lambda: window.canvas.set_bare(True), self._peek_over),
            },
        )

    # errors
    def error(self, message: str, details: str = "", unexpected: bool = False) -> None:
        """Say what went wrong; the same thing is not said twice at a time."""
        if message in self._asked:
            return
        self._asked.add(message)
        dialog = ErrorDialog(self._w, self._w.theme.theme, message, details, unexpected=unexpected)
        dialog.finished.connect(lambda: self._asked.discard(message))
        dialog.quit_wanted.connect(self._give_up)
        dialog.open()

    # actions
    def _connect_actions(self) -> None:
        c, w = self._c, self._w
        does: dict[str, Callable[[], object]] = {
            "open": self.openers.ask_file,
            "open_project": self.openers.ask_project,
            "open_camera": self.openers.ask_camera,
            "open_stream": self.openers.ask_stream,
            "open_demo": self.openers.open_demo,
            "close_source": self.openers.close,
            "export_track": lambda: self.writers.export(Kind.TRACK),
            "export_video": lambda: self.writers.export(Kind.VIDEO),
            "export_crop": lambda: self.writers.export(Kind.CROP),
            "quit": w.close,
            "play": c.toggle_play,
            "step_forward": lambda: c.step(1),
            "step_back": lambda: c.step(-1),
            "jump_forward": lambda: c.step(_JUMP),
            "jump_back": lambda: c.step(-_JUMP),
            "to_start": lambda: c.seek(0),
            "to_end": lambda: c.seek(1 << 30),
            "go_to": self._go_to,
            "next_event": lambda: c.seek_event(True),
            "previous_event": lambda: c.seek_event(False),
            "slower": lambda: self._change_speed(-1),
            "faster": lambda: self._change_speed(1),
            "draw": lambda: self._arm(Intent.DRAW),
            "add_target": lambda: self._arm(Intent.ADD),
            "cancel": self._cancel,
            "zoom_in": lambda: w.canvas.zoom(WHEEL_STEP),
            "zoom_out": lambda: w.canvas.zoom(1 / WHEEL_STEP),
            "fit": w.canvas.fit,
            "actual_size": w.canvas.actual_size,
            "shortcuts": lambda: ShortcutsDialog(w).open(),
            "about": lambda: AboutDialog(w, c.backend).open(),
        }
        for id, do in does.items():
            w.actions_[id].triggered.connect(lambda _=False, do=do: do())
        for id in OVERLAYS:
            w.actions_[id].toggled.connect(self._wiring.overlays)
        w.actions_["hide_overlays"].toggled.connect(self._wiring.overlays)
        w.actions_["plot"].toggled.connect(lambda on: w.plot.setVisible(on) if w.plot else None)
        w.actions_["side_panel"].toggled.connect(lambda on: w.side.setVisible(on and c.info is not None))
        w.actions_["full_screen"].toggled.connect(self._full_screen)
        for id in _TOGGLES:
            w.actions_[id].toggled.connect(lambda on, id=id: w.settings.set_toggle(id, on))

    def _connect_widgets(self) -> None:
        c, w = self._c, self._w
        canvas = w.canvas
        canvas.drag_started.connect(c.hold)
        canvas.drag_started.connect(self._wiring.message)
        canvas.drag_ended.connect(c.let_go)
        canvas.drawn.connect(c.draw)
        canvas.clicked.connect(self._clicked)
        canvas.armed.connect(self._wiring.message)
        w.timeline.sought.connect(c.seek)
        w.transport.speed_chosen.connect(c.set_speed)
        w.targets.chosen.connect(c.select)
        w.overlays.opacity_changed.connect(self._opacity)
        w.overlays.colormap_changed.connect(self._colormap)
        w.closing.connect(self._close)
        c.failed.connect(self.error)
        for action in w.theme_menu.actions():
            action.triggered.connect(lambda _=False, action=action: self._choose_theme(action.data()))

    def _restore_toggles(self) -> None:
        for id in _TOGGLES:
            action = self._w.actions_[id]
            action.setChecked(self._w.settings.toggle(id, action.isChecked()))

    def _fill_select_menu(self) -> None:
        for number in range(1, 10):
            action = QAction(self.tr("Target {0}").format(number), self._w.select_menu)
            action.setShortcut(QKeySequence(str(number)))
            action.triggered.connect(lambda _=False, n=number: self._select(n))
            self._w.select_menu.addAction(action)

    # what they do
    def _arm(self, intent: Intent) -> None:
        if self._c.info is None:
            return
        if intent is Intent.DRAW and self._c.selected is None and self._c.active:
            self._c.select(self._c.active[0])
        self._w.canvas.set_intent(intent)
        self._w.canvas.setFocus()

    def _full_screen(self, on: bool) -> None:
        """Without it the window is as it was before: maximised, or not."""
        whole = Qt.WindowState.WindowFullScreen
        state = self._w.windowState()
        self._w.setWindowState(state | whole if on else state & ~whole)

    def _cancel(self) -> None:
        if not self._w.ruler.cancel() and not self._w.canvas.cancel() and self._w.isFullScreen():
            self._w.actions_["full_screen"].setChecked(False)

    def _select(self, number: int) -> None:
        if number in self._c.tracks.targets or number in self._c.active:
            self._c.select(number)

    def _clicked(self, x: float, y: float) -> None:
        """A click selects the smallest box under it."""
        targets = self._c.result.targets if self._c.result else ()
        under = [
            t
            for t in targets
            if t.box is not None and t.box.x <= x <= t.box.x + t.box.w and t.box.y <= y <= t.box.y + t.box.h
        ]
        if under:
            self._c.select(min(under, key=lambda t: t.box.area if t.box else 0.0).id)

    def _change_speed(self, by: int) -> None:
        order = [s for s in SPEEDS if s] + [0.0]
        at = order.index(self._c.speed) if self._c.speed in order else order.index(1.0)
        self._c.set_speed(order[min(max(at + by, 0), len(order) - 1)])

    def _go_to(self) -> None:
        info = self._c.info
        if info is not None and info.frame_count:
            dialog = GoToDialog(self._w, self._c.frame, info.frame_count - 1)
            dialog.chosen.connect(self._c.seek)
            dialog.open()

    def _opacity(self, value: float) -> None:
        self._w.settings.opacity = value
        self._wiring.overlays()

    def _colormap(self, name: str) -> None:
        self._w.settings.colormap = name
        self._wiring.overlays()

    def _choose_theme(self, choice: str) -> None:
        self._w.settings.theme = choice
        self._w.theme.choose(choice)

    def _space_up(self, tapped: bool) -> None:
        panned = self._w.canvas.panned_while_held
        self._w.canvas.set_pan_held(False)
        if tapped or not panned:
            self._w.actions_["play"].trigger()

    def _peek_over(self, tapped: bool) -> None:
        if tapped:
            self._w.actions_["hide_overlays"].toggle()
        self._wiring.overlays()

    def _close(self) -> None:
        for dialog in self._w.findChildren(Dialog):
            dialog.close()
        self._c.stop()
