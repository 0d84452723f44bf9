"""The row of playback controls: start, step, play, end, events, the readout and the speed."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from app.actions import SPEEDS, Actions
from app.steady_label import SteadyLabel
from app.theme import ThemeManager
from app.tool_button import tool_button
from app.tracks import clock


class Transport(QWidget):
    """Buttons of the playback actions; ``speed_chosen`` carries a factor, 0 for as fast as possible."""

    speed_chosen = Signal(float)

    def __init__(self, actions: Actions, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._readout = SteadyLabel()
        self._readout.setAccessibleName(self.tr("Time and frame"))
        self._readout.setTextFormat(Qt.TextFormat.RichText)
        self._play = QToolButton()
        self._play.setProperty("round", True)
        self._play.setFixedSize(38, 38)
        self._play.setIconSize(QSize(20, 20))
        self._play.clicked.connect(actions["play"].trigger)
        self._play.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.speed_menu = QMenu(self.tr("&Speed"), self)
        self._speeds = self._speed_actions()
        self._speed = QToolButton()
        self._speed.setMenu(self.speed_menu)
        self._speed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._speed.setToolTip(self.tr("Playback speed  ([ slower, ] faster)"))
        self._speed.setAccessibleName(self.tr("Playback speed"))
        self._speed.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._speed.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self._speed.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._speed.setIconSize(QSize(14, 14))
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 14, 2)
        row.setSpacing(4)
        left = QWidget()
        start = QHBoxLayout(left)
        start.setContentsMargins(0, 0, 0, 0)
        start.addWidget(self._readout)
        start.addStretch(1)
        row.addWidget(left, 1)
        for id in ("previous_event", "to_start", "step_back"):
            row.addWidget(tool_button(actions[id]))
        row.addSpacing(4)
        row.addWidget(self._play)
        row.addSpacing(4)
        for id in ("step_forward", "to_end", "next_event"):
            row.addWidget(tool_button(actions[id]))
        right = QWidget()
        end = QHBoxLayout(right)
        end.setContentsMargins(0, 0, 0, 0)
        end.addStretch(1)
        end.addWidget(self._speed)
        row.addWidget(right, 1)
        theme.changed.connect(self._refresh_icons)
        self.set_playing(False)
        self.set_speed(1.0)
        self._refresh_icons()
        self.show_position(0, 0.0, None, 0.0, True)

    def set_playing(self, playing: bool) -> None:
        """Show what the play button would do."""
        self._playing = playing
        self._play.setIcon(self._theme.icon("pause" if playing else "play", on_accent=True))
        text = self.tr("Pause") if playing else self.tr("Play and track")
        self._play.setToolTip(f"{text}  (Space)")
        self._play.setAccessibleName(text)

    def set_enabled(self, enabled: bool) -> None:
        """Whether something is open."""
        self._play.setEnabled(enabled)
        self._speed.setEnabled(enabled)

    def set_speed(self, speed: float) -> None:
        """Show the chosen speed."""
        self._speed.setText(self.tr("Max") if speed == 0 else f"{speed:g}×")
        for action in self._speeds:
            action.setChecked(action.data() == speed)

    def show_position(self, frame: int, time_s: float, frames: int | None, duration_s: float, exact: bool) -> None:
        """Show time and frame; ``frames`` is None for live sources, an estimate is marked."""
        muted = self._theme.theme.muted
        where = f"<b>{clock(time_s)}</b>"
        if frames is not None:
            about = "" if exact else "~"
            where += f"<span style='color:{muted}'> / {about}{clock(duration_s)}</span>"
            last = f" / {about}{max(frames - 1, 0)}"
        else:
            last = ""
        count = self.tr("frame {0}").format(f"{frame}{last}")
        self._readout.setText(f"{where}<span style='color:{muted}'>&nbsp;&nbsp;&nbsp;{count}</span>")

    def _speed_actions(self) -> list[QAction]:
        group = QActionGroup(self)
        made = []
        for speed in SPEEDS:
            action = QAction(Actions.speed_text(speed), group)
            action.setCheckable(True)
            action.setData(speed)
            action.triggered.connect(lambda _=False, s=speed: self.speed_chosen.emit(s))
            self.speed_menu.addAction(action)
            made.append(action)
        return made

    def _refresh_icons(self) -> None:
        self._speed.setIcon(self._theme.icon("chevron-down"))
        self.set_playing(self._playing)
