"""What the timeline is made of: bands of states and confidence, keyframes, events, in and out points, playhead."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

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


def paint_band(painter: QPainter, band: QRectF, view: TimeView, tracks: Tracks, target: int, theme: Theme) -> None:
    """Paint a target's states as a ground, and its confidence as a curve filled in the colour of the state.

    A lost target fills the band; an absent one is hatched, so that neither needs colour vision.
    """
    columns = max(1, min(int(band.width()), view.shown))
    where, confidence, state = tracks.columns(target, view.start, view.end, columns)
    pitch = band.width() / columns
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    for code in set(state.tolist()):
        kind = STATES[code]
        color = state_color_on(theme, kind)
        mine = state == code
        ground = QColor(color)
        ground.setAlpha(150 if kind in _FULL else 60)
        fill = QBrush(ground, Qt.BrushStyle.BDiagPattern if kind is TrackState.ABSENT else Qt.BrushStyle.SolidPattern)
        for brush, heights in ((fill, None), (QBrush(color), confidence[mine])):
            rects = []
            for i, column in enumerate(where[mine].tolist()):
                height = band.height() if heights is None else max(float(heights[i]) * band.height(), 2.0)
                left, right = round(column * pitch), round((column + 1) * pitch)
                rects.append(QRectF(band.left() + left, band.bottom() - height, right - left, height))
            painter.setBrush(brush)
            painter.drawRects(rects)


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
