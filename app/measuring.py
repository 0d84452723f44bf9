"""Measuring by the picture: the ruler, the origin and the axes, and who has to know of them."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject

from app.controller import Controller
from app.dialogs.scale import ScaleDialog
from app.main_window import MainWindow
from app.ruler import Measuring as Mode
from app.ruler import Point
from app.wiring import Wiring
from engine.calibration import PIXELS, Calibration
from engine.errors import FormatError


class Measuring(QObject):
    """Connects the actions of measuring with the ruler, the scale, the picture and the plots."""

    def __init__(self, window: MainWindow, controller: Controller, wiring: Wiring) -> None:
        super().__init__(window)
        self._w, self._c = window, controller
        actions, ruler = window.actions_, window.ruler
        actions["set_scale"].triggered.connect(lambda: self._take(Mode.LENGTH))
        actions["set_origin"].triggered.connect(lambda: self._take(Mode.ORIGIN))
        actions["y_up"].triggered.connect(self._turn)
        actions["clear_scale"].triggered.connect(self._forget)
        ruler.measured.connect(self._ask)
        ruler.pointed.connect(self._move_origin)
        ruler.changed.connect(wiring.message)
        controller.scale.changed.connect(self._changed)
        controller.source_changed.connect(self._refresh)
        self._refresh()

    def _take(self, mode: Mode) -> None:
        if self._c.result is not None:
            self._c.pause()
            self._w.canvas.cancel()
            self._w.ruler.take(mode)

    def _ask(self, start: Point, end: Point) -> None:
        settings = self._w.settings
        last, unit = settings.text("scale_length", "10"), settings.text("scale_unit", "mm")
        dialog = ScaleDialog(self._w, math.dist(start, end), last, unit)
        dialog.chosen.connect(partial(self._set_scale, dialog, start, end))
        dialog.open()

    def _set_scale(self, dialog: ScaleDialog, start: Point, end: Point, length: float, unit: str) -> None:
        try:
            calibration = self._c.scale.calibration.with_length(start, end, length, unit)
        except FormatError as error:
            dialog.say(str(error))
            return
        self._w.settings.set_text("scale_length", f"{length:g}")
        self._w.settings.set_text("scale_unit", unit)
        self._w.actions_["axes"].setChecked(True)
        self._put(self.tr("set the scale"), calibration)
        self._c.noticed.emit(self.tr("1 pixel is {0:.4g} {1}").format(calibration.units_per_px, unit))
        dialog.accept()

    def _move_origin(self, point: Point) -> None:
        self._w.actions_["axes"].setChecked(True)
        self._put(self.tr("set the origin"), replace(self._c.scale.calibration, origin=point))

    def _turn(self, upwards: bool) -> None:
        self._put(self.tr("turn y"), replace(self._c.scale.calibration, y_up=upwards))

    def _forget(self) -> None:
        self._put(self.tr("measure in pixels"), PIXELS)

    def _put(self, text: str, calibration: Calibration) -> None:
        scale = self._c.scale
        self._c.edits.history.put(text, scale.set, scale.calibration, calibration)

    def _changed(self) -> None:
        self._refresh()
        self._w.canvas.set_scene(self._c.scene())

    def _refresh(self) -> None:
        there, scale = self._c.info is not None, self._c.scale
        for id in ("set_scale", "set_origin", "y_up"):
            self._w.actions_[id].setEnabled(there)
        self._w.actions_["clear_scale"].setEnabled(scale.is_set)
        self._w.actions_["y_up"].setChecked(scale.calibration.y_up)
        if self._w.plot is not None:
            self._w.plot.set_calibration(scale.calibration)
