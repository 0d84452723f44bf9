"""The status bar: what runs the networks, how fast, how much was dropped, and where one is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from app.steady_label import SteadyLabel
from app.theme import DARK, Theme


class StatusBar(QStatusBar):
    """Fields that keep their place; each has a tooltip that says what it means."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self.setSizeGripEnabled(False)
        self.setContentsMargins(8, 0, 8, 0)
        self.backend = self._field(self.tr("Backend"), self.tr("What runs the networks"))
        self.rate = self._field(self.tr("Tracking rate"), self.tr("Frames tracked a second, and the time one takes"))
        self.speed = self._field(self.tr("Real speed"), self.tr("Real playback speed against the video's own clock"))
        self.latency = self._field(self.tr("Latency"), self.tr("From a live frame's arrival to its box on the screen"))
        self.drops = self._field(self.tr("Dropped frames"), self.tr("Live frames that came while the tracker was busy"))
        self.recording = self._field(self.tr("Recording"), self.tr("A video is being recorded"))
        self.pointer = self._field(self.tr("Pointer"), self.tr("Picture pixel under the pointer, and its attention"))
        self.position = self._field(self.tr("Frame and time"), self.tr("Frame shown and its time"))
        self.zoom = self._field(self.tr("Zoom"), self.tr("Size of the picture on the screen"))
        for label in (self.backend, self.rate, self.speed, self.latency, self.drops, self.recording):
            self.addWidget(label)
        for label in (self.pointer, self.position, self.zoom):
            self.addPermanentWidget(label)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of the look."""
        self._theme = theme

    def show_backend(self, text: str, tone: str) -> None:
        """Name the backend; ``tone`` is good, warn or bad."""
        color = {"good": self._theme.good, "warn": self._theme.warn, "bad": self._theme.bad}[tone]
        self.backend.setText(f"<span style='color:{color}'>●</span>&nbsp; {text}")

    def show_rates(self, frames_per_s: float | None, frame_ms: float, speed: float | None) -> None:
        """Show how fast it goes; None where there is nothing to say."""
        rate = "" if frames_per_s is None else self.tr("{0:.0f} fps").format(frames_per_s)
        if rate and frame_ms:
            rate += self.tr("  ·  {0:.0f} ms").format(frame_ms)
        self._set(self.rate, rate)
        self._set(self.speed, "" if speed is None else self.tr("{0:.2f}× real time").format(speed))

    def show_latency(self, latency_ms: float | None) -> None:
        """Show how old a live picture is; None where there is nothing to say."""
        self._set(self.latency, "" if latency_ms is None else self.tr("{0:.0f} ms latency").format(latency_ms))

    def show_drops(self, dropped: int) -> None:
        """Show how many live frames were dropped, nothing for none."""
        self._set(self.drops, self.tr("{0} dropped").format(dropped) if dropped else "")

    def show_recording(self, path: str) -> None:
        """Show that a video is being recorded, and where to."""
        self._set(self.recording, f"<span style='color:{self._theme.bad}'>●</span>&nbsp; REC" if path else "")
        if self.recording.toolTip() != path:
            self.recording.setToolTip(path)

    @staticmethod
    def _set(label: QLabel, text: str) -> None:
        label.setText(text)
        if label.isHidden() == bool(text):
            label.setVisible(bool(text))

    def _field(self, name: str, tip: str) -> QLabel:
        label = SteadyLabel()
        label.setObjectName("Muted")
        label.setTextFormat(Qt.TextFormat.AutoText)
        label.setAccessibleName(name)
        label.setToolTip(tip)
        label.setContentsMargins(8, 3, 8, 3)
        return label
