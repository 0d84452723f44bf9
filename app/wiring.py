"""Keeps the widgets in step with the controller's state."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QObject, QTimer

from app.actions import OVERLAYS
from app.banner import Choice
from app.canvas_tools import MIN_SIDE_PX, Intent, Refusal
from app.controller import Controller
from app.main_window import MainWindow
from app.overlays import OverlayOptions
from app.plots.page import Source
from app.ruler import Measuring
from app.settings import FIRST_RUN
from engine.types import Box

_READOUT_MS = 250
_PLACE_MS = 100


class Wiring(QObject):
    """Everything that goes from the controller to the window."""

    def __init__(self, window: MainWindow, controller: Controller) -> None:
        super().__init__(window)
        self._w, self._c = window, controller
        self._pointer: tuple[float, float] | None = None
        self._readout = QTimer(self)  # figures that change with every frame are read four times a second
        self._readout.setSingleShot(True)
        self._readout.setInterval(_READOUT_MS)
        self._readout.timeout.connect(self._show_figures)
        self._place = QTimer(self)  # all that says where one is costs more to paint than the picture
        self._place.setSingleShot(True)
        self._place.setInterval(_PLACE_MS)
        self._place.timeout.connect(self._show_place)
        c, w = controller, window
        self._signal_choices = (
            Choice(self.tr("Retry now"), self.tr("Try to reconnect without waiting"), lambda: c.reconnect(True)),
            Choice(
                self.tr("Give up"), self.tr("Reconnect no more; picture and track stay"), lambda: c.reconnect(False)
            ),
        )
        c.source_changed.connect(self._source)
        c.begun.connect(self._turn_plot)
        c.shown.connect(self._shown)
        c.playing_changed.connect(self._playing)
        c.targets_changed.connect(self._targets)
        c.tracks_changed.connect(self._tracks)
        c.backend_changed.connect(self._backend)
        c.noticed.connect(w.banner.notice)
        c.recording_changed.connect(self._show_figures)
        w.canvas.view_changed.connect(self._zoom)
        w.canvas.hovered.connect(self._hover)
        w.canvas.refused.connect(self._refused)
        w.theme.changed.connect(self._theme)
        w.timeline.set_tracks(c.tracks)
        QTimer.singleShot(30, self, self._add_plot)
        for refresh in (self._source, self._backend, self._playing, self._targets, self._zoom, self.overlays):
            refresh()

    def overlays(self) -> None:
        """Show the layers that are switched on."""
        a = self._w.actions_
        on = {id: a[id].isChecked() for id in OVERLAYS}
        settings = self._w.settings
        self._w.canvas.set_options(OverlayOptions(**on, opacity=settings.opacity, colormap=settings.colormap))
        self._w.canvas.set_bare(a["hide_overlays"].isChecked())

    def message(self) -> None:
        """Show what the user should know or do now."""
        c, w = self._c, self._w
        text, tone = "", "info"
        choices: tuple[Choice, ...] = ()
        intent = w.canvas.intent
        if c.info is None:
            text = self.tr("Opening {0} …").format(c.opening.spec) if c.opening else ""
        elif not c.pictures:
            text = self.tr("The pictures are not there: this is the track alone")
        elif c.signal_lost:
            text, tone, choices = self._signal_lost(), "warn", self._signal_choices
        elif w.ruler.mode is Measuring.LENGTH:
            text = self.tr("Drag along something whose length you know  ·  Esc to cancel")
        elif w.ruler.mode is Measuring.ORIGIN:
            text = self.tr("Click where the origin shall be  ·  Esc to cancel")
        elif intent is Intent.ADD:
            text = self.tr("Drag a box around one more thing  ·  Esc to cancel")
        elif intent is Intent.DRAW:
            text = self.tr("Drag the new box  ·  Esc to cancel")
        elif w.canvas.adjust.active:
            text = self.tr("Arrows move  ·  Alt+arrows resize  ·  Shift: ×10  ·  Enter takes it  ·  Esc does not")
        elif c.lost:
            who = self.tr("LOST.") if len(c.active) < 2 else self.tr("{0} LOST.").format(c.book.name(c.lost[0]))
            text, tone = who + " " + self.tr("Press R and draw the box again, or wait: still searching"), "bad"
        elif not c.tracks.targets and not c.active and not w.canvas.tool.active:
            text = self.tr("Drag a box around what you want to follow")
        elif w.settings.toggle(FIRST_RUN, True) and c.seekable and c.active and not c.playing and not c.tracked_further:
            text = self.tr("Space plays and tracks  ·  drag again to correct the box")
        w.banner.stand(text, tone, choices)

    def _signal_lost(self) -> str:
        tries = self._c.reconnects
        if not tries:
            return self.tr("Signal lost: trying to reconnect …")
        return self.tr("Signal lost: trying to reconnect (attempt {0}) …").format(tries)

    def _add_plot(self) -> None:
        plot = self._w.add_plot()
        plot.set_tracks(self._c.tracks)
        plot.sought.connect(self._c.seek)
        plot.noticed.connect(self._c.noticed)
        plot.failed.connect(self._c.failed)
        plot.page_changed.connect(lambda name: setattr(self._c, "plot", name))
        self._c.plot = plot.page.objectName()
        self._tracks()
        self._show_place()

    def _turn_plot(self) -> None:
        """To the page that the work was left on."""
        if self._w.plot is not None and self._c.plot in self._w.plot.pages:
            self._w.plot.show_page(self._c.plot)

    def _show_place(self) -> None:
        """Which frame is shown, wherever it is said."""
        self._place.stop()
        self._position()
        if self._w.plot is not None:
            result = self._c.result
            self._w.plot.set_frame(self._c.frame, result.frame if result else None)

    # what changed
    def _source(self) -> None:
        c, w = self._c, self._w
        there = c.info is not None
        w.show_picture(there or c.opening is not None)
        if c.result is None:
            w.canvas.clear()
        w.details.show_source(c.info)
        w.transport.set_enabled(there)
        for id in ("play", "close_source", "slower", "faster", "zoom_in", "zoom_out", "fit", "actual_size"):
            w.actions_[id].setEnabled(there)
        for id in ("record", "draw", "add_target"):
            w.actions_[id].setEnabled(c.pictures)
        for id in ("step_forward", "step_back", "jump_forward", "jump_back", "to_start", "to_end", "go_to"):
            w.actions_[id].setEnabled(c.seekable)
        if not c.live:
            w.badge.hide()
        w.welcome.set_recent(w.settings.recent)
        w.welcome.set_first_run(w.settings.toggle(FIRST_RUN, True))
        self._show_place()
        self._tracks()
        self._targets()
        self._show_figures()

    def _shown(self) -> None:
        c, w = self._c, self._w
        if c.result is None:
            return
        w.canvas.show_frame(c.result.frame, c.scene())
        w.canvas.set_editable(self._editable())
        going = c.playing or c.live
        if not going:
            self._position()  # at once where the user moves, ten times a second where it goes on by itself
        if not self._place.isActive() and not (going and c.rows_due):  # with the rows, or else soon
            self._place.start()
        self.message()
        if not self._readout.isActive():
            self._readout.start()

    def _playing(self) -> None:
        c, w = self._c, self._w
        w.actions_.set_playing(c.playing)
        w.transport.set_playing(c.playing)
        w.transport.set_speed(c.speed)
        w.canvas.set_editable(self._editable())
        self._show_place()
        self._show_figures()

    def _targets(self) -> None:
        c, w = self._c, self._w
        on_frame = {t.id: t for t in c.result.targets} if c.result else {}
        ids = sorted({*c.active, *on_frame, *c.tracks.targets})
        w.targets.show_targets(ids, on_frame, c.book, c.selected)
        w.details.show_target(c.target)
        tracked = bool(c.tracks.targets)
        for id in ("export_track", "next_event", "previous_event"):
            w.actions_[id].setEnabled(tracked)
        for id in ("export_video", "export_crop"):
            w.actions_[id].setEnabled(tracked and c.seekable and c.pictures)
        w.canvas.set_editable(self._editable())
        self.message()

    def _tracks(self) -> None:
        """New rows: at most ten times a second."""
        c, w = self._c, self._w
        first, last = c.frame_range
        fps = c.info.fps if c.info and c.info.fps > 0 else 30.0
        w.timeline.set_range(first, last, fps, c.seekable)
        w.timeline.refresh()
        if w.plot is not None:
            size = (c.info.width, c.info.height) if c.info else (1, 1)
            w.plot.set_source(Source(fps, size, c.seekable))
            w.plot.set_view(w.timeline.view.start, w.timeline.view.end)
            w.plot.refresh()
        if c.playing or c.live:
            self._show_place()
        self._targets()

    def _backend(self) -> None:
        c, w = self._c, self._w
        if c.backend is not None:
            b = c.backend
            w.status.show_backend(f"{b.name} · {b.device} · {b.precision}", "good")
        elif c.backend_error:
            w.status.show_backend(self.tr("tracking is not ready"), "bad")
        else:
            w.status.show_backend(self.tr("loading the networks …"), "warn")

    def _position(self) -> None:
        c, w = self._c, self._w
        frame = c.frame
        w.timeline.set_frame(frame)
        info = c.info
        fps = info.fps if info and info.fps > 0 else 30.0
        time_s = c.result.frame.time_s if c.result else 0.0
        frames = info.frame_count if info else 0
        w.transport.show_position(frame, time_s, frames, (frames or 0) / fps, info.count_exact if info else True)
        w.status.position.setText(self.tr("frame {0}  ·  {1:.3f} s").format(frame, time_s) if c.result else "")

    def _show_figures(self) -> None:
        c, w = self._c, self._w
        stages = c.meters.stages
        moving = c.playing or c.live
        w.status.show_rates(
            c.meters.frames_per_s if moving else None, c.meters.frame_ms, c.meters.speed if moving else None
        )
        w.status.show_latency(c.meters.latency_ms if c.live and not c.signal_lost else None)
        w.status.show_drops(c.result.dropped if c.result else 0)
        w.status.show_recording(c.recording)
        w.timings.show_stages(stages, c.meters.frame_ms)
        if c.live and c.result is not None:
            w.badge.show_live(c.meters.latency_ms, c.result.dropped, not c.signal_lost)
        self._show_pointer()
        self._targets()

    def _zoom(self) -> None:
        view = self._w.canvas.view
        percent = view.scale * self._w.canvas.devicePixelRatioF()
        self._w.status.zoom.setText(f"{percent:.0%}" if self._c.info else "")

    def _theme(self) -> None:
        self._backend()
        self._playing()

    # the pointer
    def _hover(self, x: float, y: float) -> None:
        self._pointer = None if math.isnan(x) else (x, y)
        self._show_pointer()

    def _show_pointer(self) -> None:
        """Which pixel is under the pointer, and how much attention it gets."""
        text, result = "", self._c.result
        if self._pointer is not None and result is not None:
            x, y = self._pointer
            width, height = result.frame.size
            if 0 <= x < width and 0 <= y < height:
                text = f"{x:.0f}, {y:.0f}"
                if self._c.scale.is_set:
                    c = self._c.scale.calibration
                    u, v = c.points(np.array([x, y])).tolist()
                    text += f"  ·  {u:.4g}, {v:.4g} {c.unit}"
                a = result.attention
                if a is not None:
                    rows, columns = a.values.shape
                    i = int((y - a.region.y) / a.region.h * rows)
                    j = int((x - a.region.x) / a.region.w * columns)
                    if 0 <= i < rows and 0 <= j < columns:
                        text += self.tr("  ·  attention {0:.2f}").format(float(a.values[i, j]))
        self._w.status.pointer.setText(text)

    def _refused(self, why: Refusal) -> None:
        if why is Refusal.TOO_SMALL:
            self._w.banner.notice(
                self.tr("That box is too small: draw at least {0:.0f} × {0:.0f} pixels").format(MIN_SIDE_PX)
            )
        else:
            self._w.banner.notice(self.tr("Draw the box on the picture"))

    def _editable(self) -> Box | None:
        """The selected box while it may be taken by its grips: paused, on a source that can be rewound."""
        c = self._c
        if c.playing or not c.seekable or c.target is None:
            return None
        return c.target.box
