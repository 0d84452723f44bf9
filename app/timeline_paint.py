"""What the timeline is made of: bands of states and confidence, keyframes, events, in and out points, playhead."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from app.in_out import InOut
from app.palette import state_color_on, target_color_on
from app.theme import Theme
from app.time_view import TimeView
from app.tracks import Tracks
from engine.track_log import STATES
from engine.types import TrackState

_EVENTS = {
    "lost": (TrackState.LOST, ((-4, -3), (4, -3), (0, 3.5))),
    "reacquired": (TrackState.TRACKED, ((-4, 3), (4, 3), (0, -3.5))),
}
_FULL = (TrackState.LOST, TrackState.ABSENT)
_ABSENT = STATES.index(TrackState.ABSENT)
_HATCH = 6  # pixels between the lines over an absent target


def paint_band(painter: QPainter, band: QRectF, view: TimeView, tracks: Tracks, target: int, theme: Theme) -> None:
    """Paint a target's states as a ground, and its confidence as a curve filled in the colour of the state.

    A lost target fills the band; an absent one is hatched, so that neither needs colour vision.
    """
    columns = max(1, min(int(band.width()), view.shown))
    where, confidence, state = tracks.columns(target, view.start, view.end, columns)
    if not len(where):
        return
    ratio = painter.device().devicePixelRatioF()
    width, height = max(round(band.width() * ratio), 1), max(round(band.height() * ratio), 1)
    entry = np.full(columns, -1)
    entry[where] = np.arange(len(where))
    at = entry[np.arange(width) * columns // width]  # what each column of pixels shows, -1 where nothing is known
    code = state[at]
    high = np.maximum(np.round(confidence * height), round(2 * ratio))[at]
    up = np.arange(height)[::-1, None]  # of each row of pixels, from the bottom
    pixels = np.where(up < high, _colors(theme, solid=True)[code], _colors(theme, solid=False)[code])
    hatched = (code == _ABSENT) & (up >= high) & ((up - np.arange(width)) % round(_HATCH * ratio) >= ratio)
    pixels[hatched | (at < 0)] = 0
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32)
    painter.drawImage(band, image)


@lru_cache(maxsize=8)
def _colors(theme: Theme, solid: bool) -> NDArray[np.uint32]:
    """The colour of each state, or the paler one of its ground, as ARGB."""
    colors = []
    for state in STATES:
        color = QColor(state_color_on(theme, state))
        if not solid:
            color.setAlpha(150 if state in _FULL else 60)
        colors.append(color.rgba())
    return np.array(colors, dtype=np.uint32)


def paint_keyframes(painter: QPainter, band: QRectF, view: TimeView, tracks: Tracks, target: int, theme: Theme) -> None:
    """Paint a diamond in the band for each box that the user drew."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(QColor(theme.window), 1.2))
    painter.setBrush(state_color_on(theme, TrackState.MANUAL))
    reach = min(band.height() / 2, 5.5)
    for frame in tracks.keyframes(target):
        if view.shows(frame):
            _polygon(painter, view.x_of(frame), band.center().y(), ((0, -reach), (reach, 0), (0, reach), (-reach, 0)))


def paint_events(painter: QPainter, y: float, view: TimeView, tracks: Tracks, theme: Theme) -> None:
    """Paint a mark above the bands where a target was lost (down) and found again (up)."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    for event in tracks.events():
        if event.kind in _EVENTS and view.shows(event.frame):
            state, corners = _EVENTS[event.kind]
            painter.setBrush(state_color_on(theme, state))
            _polygon(painter, view.x_of(event.frame), y, corners)


def paint_number(painter: QPainter, band: QRectF, room: float, number: int, text: str, theme: Theme) -> None:
    """Write a text left of a band, in the colour of a number."""
    painter.setPen(target_color_on(theme, number))
    where = QRectF(0, band.top() - 2, room, band.height() + 4)
    painter.drawText(where, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)


def paint_in_out(painter: QPainter, strip: QRectF, view: TimeView, in_out: InOut, theme: Theme) -> None:
    """Veil what lies outside the in and out points, and paint a bracket with a flag at each."""
    veil = QColor(theme.window)
    veil.setAlpha(170)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for frame, outwards in ((in_out.first, -1), (in_out.last, 1)):
        if frame is None:
            continue
        x = edge_of(view, frame, outwards)
        clipped = min(max(x, strip.left()), strip.right())
        if outwards < 0:
            painter.fillRect(QRectF(strip.left(), strip.top(), clipped - strip.left(), strip.height()), veil)
        else:
            painter.fillRect(QRectF(clipped, strip.top(), strip.right() - clipped, strip.height()), veil)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    for frame, outwards in ((in_out.first, -1), (in_out.last, 1)):
        if frame is None or not view.shows(frame):
            continue
        x = edge_of(view, frame, outwards)
        painter.setPen(QPen(QColor(theme.accent), 2.0))
        painter.drawLine(QPointF(x, strip.top() - 11), QPointF(x, strip.bottom() + 3))
        painter.drawLine(QPointF(x, strip.bottom() + 3), QPointF(x - 5 * outwards, strip.bottom() + 3))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.accent))
        _polygon(painter, x, strip.top() - 11, ((0, 0), (-9 * outwards, 0), (-9 * outwards, 4), (0, 9)))


def edge_of(view: TimeView, frame: int, outwards: int) -> float:
    """The pixel of a frame's outer edge, on the left for -1 and on the right for 1."""
    return view.x_of(frame + 0.5 * outwards)


def paint_overview(painter: QPainter, strip: QRectF, view: TimeView, theme: Theme) -> None:
    """Paint which part of all frames is shown, where that is not all of them."""
    if not view.zoomed_in:
        return
    total = view.last - view.first + 1
    y = strip.bottom() + 5
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.border))
    painter.drawRoundedRect(QRectF(strip.left(), y, strip.width(), 3), 1.5, 1.5)
    left = (view.start - view.first) / total * strip.width()
    width = max(view.shown / total * strip.width(), 6.0)
    painter.setBrush(QColor(theme.muted))
    painter.drawRoundedRect(QRectF(strip.left() + min(left, strip.width() - width), y, width, 3), 1.5, 1.5)


def paint_playhead(painter: QPainter, strip: QRectF, x: float, theme: Theme) -> None:
    """Paint the frame that is shown."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(QColor(theme.text), 1.6))
    painter.drawLine(QPointF(x, strip.top() - 2), QPointF(x, strip.bottom() + 3))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.text))
    painter.drawEllipse(QPointF(x, strip.top() - 5), 4.6, 4.6)


def _polygon(painter: QPainter, x: float, y: float, corners: tuple[tuple[float, float], ...]) -> None:
    painter.drawPolygon(QPolygonF([QPointF(x + dx, y + dy) for dx, dy in corners]))
