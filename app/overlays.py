"""The layers drawn over the picture: heatmap, candidates, search window, regions, trail, boxes and labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QCoreApplication, QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from app.canvas_view import View
from app.overlay_measure import paint_measure
from app.palette import (
    REGION,
    SEARCH,
    candidate_color,
    claim_word,
    kind_line,
    state_color,
    state_dash,
    target_color,
)
from app.plates import paint_plate, plate_at, plate_text
from engine.calibration import PIXELS, Calibration
from engine.style import HEAT_MAPS, SEARCH_DASH, heat_table
from engine.types import (
    PROPOSAL_KINDS,
    AttentionMap,
    Box,
    Candidate,
    Float64Array,
    Origin,
    ProposalKind,
    Proposals,
    Target,
    TrackState,
)

_SCORE_BINS = 8
_DOT_PX = 3
_TRAIL_STEPS = 9  # shades from the past to now
_OUTLINED = 8  # candidates of a kind overlap: the best are outlined, the rest are dots at their centres


@dataclass(frozen=True, slots=True)
class OverlayOptions:
    """Which layers are drawn, and how strongly the heatmap covers the picture (0..1)."""

    heatmap: bool = True
    regions: bool = False
    proposals: bool = False
    search: bool = False
    trail: bool = True
    boxes: bool = True
    labels: bool = True
    axes: bool = True
    opacity: float = 0.45
    colormap: str = HEAT_MAPS[0]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What there is to draw on one frame.

    ``trails`` holds ``(N, 2)`` centres a target, NaN where it was not seen; ``colors`` the number of its colour, where
    that is not its id.
    """

    targets: tuple[Target, ...] = ()
    attention: AttentionMap | None = None
    regions: Float64Array = field(default_factory=lambda: np.zeros((0, 4)))
    proposals: Proposals | None = None
    trails: Mapping[int, Float64Array] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    colors: Mapping[int, int] = field(default_factory=dict)
    selected: int | None = None
    far: Candidate | None = None
    calibration: Calibration = PIXELS


def paint(painter: QPainter, view: View, scene: Scene, options: OverlayOptions, font: QFont) -> None:
    """Draw the wanted layers, the ones that matter most on top."""
    if options.heatmap and scene.attention is not None:
        paint_heatmap(painter, view, scene.attention, options.opacity, options.colormap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setClipRect(_rect(view.picture))
    if options.search:
        for target in scene.targets:
            paint_search(painter, view, target)
    if options.proposals and scene.proposals is not None:
        paint_proposals(painter, view, scene.proposals)
    if options.proposals and scene.far is not None:
        paint_far(painter, view, scene.far, font)
    if options.regions:
        paint_regions(painter, view, scene.regions, font)
    painter.setClipping(False)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    if options.trail:
        for number, points in scene.trails.items():
            paint_trail(painter, view, points, scene.colors.get(number, number))
    labels: list[QRectF] = []
    for target in scene.targets:
        color = box_color(target, scene.colors.get(target.id, target.id))
        if options.boxes:
            paint_box(painter, view, target, color, chosen=target.id == scene.selected and len(scene.targets) > 1)
        if options.labels:
            name = scene.names.get(target.id, str(target.id))
            paint_label(painter, view, target, name, color, font, labels)
    if options.axes:
        paint_measure(painter, view, scene.calibration, font)


def paint_heatmap(
    painter: QPainter, view: View, attention: AttentionMap, opacity: float, colormap: str = HEAT_MAPS[0]
) -> None:
    """Draw the attention map over its region, cut to the picture; the blending is left to the painter."""
    index = np.clip(attention.values * 255.0, 0.0, 255.0).astype(np.uint8)
    pixels = heat_table(opacity, colormap)[index]
    height, width = index.shape
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888_Premultiplied)
    painter.save()
    painter.setClipRect(_rect(view.picture), Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
    painter.drawImage(_rect(view.box_to_canvas(attention.region)), image)
    painter.restore()


def paint_search(painter: QPainter, view: View, target: Target) -> None:
    """Draw the part of the picture that was searched closely, as corner marks and a faint outline."""
    if target.search is None:
        return
    rect = _rect(view.box_to_canvas(target.search))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    faint = QColor(SEARCH)
    faint.setAlpha(110)
    painter.setPen(_pen(faint, 1.0, SEARCH_DASH))
    painter.drawRect(rect)
    painter.setPen(_pen(SEARCH, 2.0))
    arm = min(14.0, rect.width() / 4)
    lines = []
    for x, sx in ((rect.left(), 1), (rect.right(), -1)):
        for y, sy in ((rect.top(), 1), (rect.bottom(), -1)):
            lines += [QLineF(x, y, x + sx * arm, y), QLineF(x, y, x, y + sy * arm)]
    painter.drawLines(lines)


def paint_proposals(painter: QPainter, view: View, proposals: Proposals) -> None:
    """Draw the candidates: the kind by line and hue, the score by brightness, the best on top."""
    rects = proposals.boxes * view.scale + np.array([view.x, view.y, 0.0, 0.0])
    corners = rects.astype(int).tolist()
    centers = ((rects[:, :2] + rects[:, 2:] / 2).astype(int) - _DOT_PX // 2).tolist()
    levels = np.clip((proposals.scores * _SCORE_BINS).astype(int), 0, _SCORE_BINS - 1).tolist()
    falling, kinds = np.argsort(-proposals.scores, kind="stable").tolist(), proposals.kind.tolist()
    for code, kind in enumerate(PROPOSAL_KINDS):
        mine = [at for at in falling if kinds[at] == code]
        dots: dict[int, list[QRect]] = {}
        outlines: dict[int, list[QRect]] = {}
        for at in reversed(mine[:_OUTLINED]):
            outlines.setdefault(levels[at], []).append(QRect(*corners[at]))
        for at in reversed(mine[_OUTLINED:]):
            dots.setdefault(levels[at], []).append(QRect(*centers[at], _DOT_PX, _DOT_PX))
        painter.setPen(Qt.PenStyle.NoPen)
        for level, squares in dots.items():
            painter.setBrush(_candidate_pen(kind, level).color())
            painter.drawRects(squares)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for level, boxes in outlines.items():
            painter.setPen(_candidate_pen(kind, level))
            painter.drawRects(boxes)


def paint_far(painter: QPainter, view: View, far: Candidate, font: QFont) -> None:
    """Draw the far place that was looked at, with its confidence."""
    rect = _rect(view.box_to_canvas(far.box))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width, dash in ((QColor(0, 0, 0, 130), 4.0, ()), (REGION, 2.0, kind_line(ProposalKind.GLOBAL)[1])):
        painter.setPen(_pen(color, width, dash))
        painter.drawRect(rect)
    text = QCoreApplication.translate("why", "far {0:.0%}").format(far.confidence)
    plate_text(painter, QPointF(rect.left(), rect.bottom() + 3), text, REGION, font, _rect(view.picture))


def paint_regions(painter: QPainter, view: View, regions: Float64Array, font: QFont) -> None:
    """Draw the regions of high attention with their rank."""
    for rank, region in enumerate(regions, start=1):
        rect = _rect(view.box_to_canvas(Box.from_array(region)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_pen(QColor(0, 0, 0, 130), 3.5))
        painter.drawRect(rect)
        painter.setPen(_pen(REGION, 1.5))
        painter.drawRect(rect)
        plate_text(painter, QPointF(rect.left(), rect.bottom() + 3), f"A{rank}", REGION, font)


def paint_trail(painter: QPainter, view: View, points: Float64Array, number: int) -> None:
    """Draw the way of the box's centre, fading towards the past, with gaps where the target was not seen."""
    if len(points) < 2:
        return
    xy = points * view.scale + np.array([view.x, view.y])
    seen = (~np.isnan(xy).any(axis=1)).tolist()
    way = [QPointF(x, y) for x, y in xy.tolist()]
    color = target_color(number)
    edges = np.unique(np.linspace(0, len(way) - 1, _TRAIL_STEPS + 1).astype(int)).tolist()
    for first, last in pairwise(edges):
        age = last / (len(way) - 1)
        color.setAlphaF(0.15 + 0.75 * age)
        painter.setPen(_pen(color, 1.5 + 1.2 * age))
        run: list[QPointF] = []
        for at in range(first, last + 1):
            if seen[at]:
                run.append(way[at])
            if len(run) > 1 and (not seen[at] or at == last):
                painter.drawPolyline(run)
            if not seen[at]:
                run = []


def paint_box(painter: QPainter, view: View, target: Target, color: QColor, chosen: bool = False) -> None:
    """Draw the target's box, its state in colour and dashes; a lost target shows where it is searched."""
    box, dash = target.box, state_dash(target.state)
    if box is None:
        if target.state is not TrackState.LOST or target.search is None:
            return
        box = target.search
    rect = _rect(view.box_to_canvas(box))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_pen(QColor(0, 0, 0, 120), 4.5 if chosen else 4.0))
    painter.drawRoundedRect(rect, 2.0, 2.0)
    painter.setPen(_pen(color, 2.6 if chosen else 2.0, dash))
    painter.drawRoundedRect(rect, 2.0, 2.0)


def paint_label(
    painter: QPainter, view: View, target: Target, name: str, color: QColor, font: QFont, others: list[QRectF]
) -> None:
    """Write name, state and confidence on a plate above the box, or inside where there is no room.

    Where it would cover one of the ``others``, which it joins, it stands above that.
    """
    box = target.box if target.box is not None else target.search
    if box is None or target.state is TrackState.ABSENT:
        return
    rect, picture = _rect(view.box_to_canvas(box)), _rect(view.picture)
    text = f"{name}  {claim_word(target)}"
    if target.state in (TrackState.TRACKED, TrackState.UNCERTAIN) and target.origin is not Origin.INTERPOLATED:
        text += f"  {target.confidence:.0%}"
    height = QFontMetricsF(font).height() + 6
    top = rect.top() - height - 4
    if top < max(picture.top(), 0.0):
        top = max(picture.top(), 0.0) + 4 if rect.bottom() + height + 4 > picture.bottom() else rect.bottom() + 4
    plate = plate_at(QPointF(max(rect.left() - 1, picture.left() + 2), top), text, font, picture)
    for _ in others:
        covered = next((other for other in others if other.intersects(plate)), None)
        if covered is None or covered.top() - height - 1 < max(picture.top(), 0.0):
            break
        plate.moveTop(covered.top() - height - 1)
    others.append(plate)
    paint_plate(painter, plate, text, color, font)


def box_color(target: Target, number: int) -> QColor:
    """The colour a target is drawn in: its own while all is well, its state's where the user should look."""
    if target.state in (TrackState.UNCERTAIN, TrackState.LOST, TrackState.ABSENT):
        return state_color(target.state)
    return target_color(number)


@lru_cache(maxsize=128)
def _candidate_pen(kind: ProposalKind, level: int) -> QPen:
    return _pen(candidate_color(kind, (level + 0.5) / _SCORE_BINS), *kind_line(kind))


def _pen(color: QColor, width: float, dash: tuple[float, ...] = ()) -> QPen:
    return _kept_pen(color.rgba(), width, dash)


@lru_cache(maxsize=256)
def _kept_pen(rgba: int, width: float, dash: tuple[float, ...]) -> QPen:
    pen = QPen(QColor.fromRgba(rgba), width)
    if dash:
        pen.setDashPattern(list(dash))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def _rect(box: Box) -> QRectF:
    return QRectF(box.x, box.y, box.w, box.h)
