"""Draws a frame's result on a copy of its picture: for videos, thumbnails and anything without a window."""

from __future__ import annotations

import itertools
import math
import unicodedata
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import cv2
import numpy as np

from engine.errors import FormatError
from engine.style import (
    HEAT_MAPS,
    INK,
    PLATE,
    PLATE_ALPHA,
    PROPOSAL_COLORS,
    REGION_COLOR,
    SEARCH_COLOR,
    SEARCH_DASH,
    STATE_COLORS,
    STATE_DASHES,
    STATE_WORDS,
    Rgb,
    heat_table,
    target_color,
)
from engine.target_info import TargetInfo
from engine.types import PROPOSAL_KINDS, AttentionMap, Box, FrameResult, Proposals, Target, UInt8Array

TRAIL_FRAMES = 90
"""Past frames whose positions make a target's trail."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """What is drawn."""

    box: bool = True
    attention: bool = False
    proposals: bool = False
    regions: bool = False
    search: bool = False
    trail: bool = False
    opacity: float = 0.7
    colormap: str = HEAT_MAPS[0]


OVERLAY_NAMES = tuple(field.name for field in fields(Overlay) if field.name not in ("opacity", "colormap"))


def parse_overlay(names: str) -> Overlay:
    """The overlay of a list such as ``box,attention,trail``. Raises FormatError for an unknown name."""
    chosen = {name.strip() for name in names.split(",") if name.strip()}
    unknown = sorted(chosen - set(OVERLAY_NAMES))
    if unknown:
        raise FormatError(f"There is no overlay {unknown[0]!r}: choose from {', '.join(OVERLAY_NAMES)}.")
    on: dict[str, Any] = {name: name in chosen for name in OVERLAY_NAMES}
    return Overlay(**on)


class Renderer:
    """Draws results that come one after the other; it remembers what it needs for the trails."""

    def __init__(self, overlay: Overlay | None = None, targets: Iterable[TargetInfo] = ()) -> None:
        self.overlay = overlay or Overlay()
        self._infos = {info.id: info for info in targets}
        self._trails: dict[int, deque[tuple[float, float] | None]] = {}
        self._last_index: int | None = None

    def render(self, result: FrameResult) -> UInt8Array:
        """A new ``(H, W, 3) uint8`` BGR picture with the overlay drawn on it."""
        index = result.frame.index
        if self._last_index is not None and index <= self._last_index:
            self._trails.clear()
        self._last_index = index
        image = result.frame.image.copy()
        pen = max(1, round(min(image.shape[:2]) / 300))
        overlay = self.overlay
        if overlay.attention and result.attention is not None:
            draw_attention(image, result.attention, overlay.opacity, overlay.colormap)
        if overlay.proposals and result.proposals is not None:
            draw_proposals(image, result.proposals)
        if overlay.regions:
            for region in result.regions:
                _rectangle(image, Box.from_array(region), REGION_COLOR, pen, None)
        for target in result.targets:
            self._remember(target)
            info = self._infos.get(target.id, TargetInfo(target.id))
            if info.hidden:
                continue
            if overlay.trail:
                _polyline(image, self._trails[target.id], target_color(info.color_number), pen)
            if overlay.search and target.search is not None:
                _rectangle(image, target.search, SEARCH_COLOR, 1, SEARCH_DASH)
            if overlay.box:
                draw_target(image, target, pen, info.name)
        return image

    def _remember(self, target: Target) -> None:
        trail = self._trails.setdefault(target.id, deque(maxlen=TRAIL_FRAMES))
        trail.append(None if target.box is None else target.box.center)


def draw_attention(
    image: UInt8Array, attention: AttentionMap, opacity: float = 0.7, colormap: str = HEAT_MAPS[0]
) -> None:
    """Lay the heatmap over ``image`` ``(H, W, 3) uint8`` BGR in place."""
    rows, columns = attention.values.shape
    table = heat_table(opacity, colormap)[np.clip(attention.values * 255.0, 0, 255).astype(np.uint8)]
    seen_y, seen_x = np.nonzero(table[..., 3])
    if len(seen_y) == 0:
        return
    height, width = image.shape[:2]
    region, sx, sy = attention.region, attention.region.w / columns, attention.region.h / rows
    # only the part of the picture under cells that are drawn, with one cell around it to fade out
    x0 = max(math.floor(region.x + (int(seen_x.min()) - 1) * sx), 0)
    x1 = min(math.ceil(region.x + (int(seen_x.max()) + 2) * sx), width)
    y0 = max(math.floor(region.y + (int(seen_y.min()) - 1) * sy), 0)
    y1 = min(math.ceil(region.y + (int(seen_y.max()) + 2) * sy), height)
    if x1 <= x0 or y1 <= y0:
        return
    matrix = np.array(  # map cell i is centred on region.x + (i + 0.5) * sx
        [
            [1 / sx, 0.0, (x0 + 0.5 - region.x) / sx - 0.5],
            [0.0, 1 / sy, (y0 + 0.5 - region.y) / sy - 0.5],
        ]
    )
    small = np.ascontiguousarray(np.dstack([table[..., 2::-1], 255 - table[..., 3:]]))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    heat = cv2.warpAffine(small, matrix, (x1 - x0, y1 - y0), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    part = image[y0:y1, x0:x1]
    through = cv2.cvtColor(heat[..., 3], cv2.COLOR_GRAY2BGR)
    cv2.multiply(part, through, dst=part, scale=1 / 255)
    cv2.add(part, heat[..., :3], dst=part)


def draw_proposals(image: UInt8Array, proposals: Proposals) -> None:
    """Draw the candidate boxes in place, coloured by kind, the better the brighter and the later."""
    order = np.argsort(proposals.scores, kind="stable")
    corners = np.round(np.c_[proposals.boxes[:, :2], proposals.boxes[:, :2] + proposals.boxes[:, 2:]]).astype(int)
    colors = np.array([PROPOSAL_COLORS[kind][::-1] for kind in PROPOSAL_KINDS], dtype=np.float64)
    shades = colors[proposals.kind] * (0.35 + 0.65 * np.clip(proposals.scores, 0, 1))[:, None]
    for (x0, y0, x1, y1), shade in zip(corners[order].tolist(), shades[order].tolist(), strict=True):
        cv2.rectangle(image, (x0, y0), (x1, y1), shade, 1)


def draw_target(image: UInt8Array, target: Target, pen: int = 2, name: str = "") -> None:
    """Draw one target in place: its box by state, and a label with number, name, state and confidence.

    Without a box its label stands where it is being searched, or in the corner.
    """
    color = STATE_COLORS[target.state]
    where = target.box or target.search
    if target.box is not None:
        _rectangle(image, target.box, color, pen + 1, STATE_DASHES[target.state])
    elif target.search is not None:
        _rectangle(image, target.search, color, pen + 1, STATE_DASHES[target.state])
    who = f"{target.id} {_plain(name)}".strip()
    text = f"{who} {STATE_WORDS[target.state]} {100 * target.confidence:.0f}%"
    x, y = (where.x, where.y) if where is not None else (0.0, 28.0 * target.id)
    _label(image, text, x, y, color)


def _plain(name: str) -> str:
    """The name in the letters that the drawing library has: without accents, and without other alphabets."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip()


def _label(image: UInt8Array, text: str, x: float, y: float, color: Rgb) -> None:
    height, width = image.shape[:2]
    scale = max(0.4, min(height, width) / 1000)
    (text_w, text_h), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    pad = 3
    w, h = text_w + 2 * pad + 5, text_h + below + 2 * pad
    left = int(np.clip(x, 0, max(width - w, 0)))
    top = int(np.clip(y - h - 2, 0, max(height - h, 0)))
    plate = image[top : top + h, left : left + w]
    plate[:] = cv2.addWeighted(plate, 1 - PLATE_ALPHA, np.full_like(plate, PLATE[::-1]), PLATE_ALPHA, 0)
    plate[:, :4] = color[::-1]
    at = (left + pad + 5, top + pad + text_h)
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, INK[::-1], 1, cv2.LINE_AA)


def _rectangle(image: UInt8Array, box: Box, color: Rgb, pen: int, dash: tuple[float, float] | None) -> None:
    x0, y0 = round(box.x), round(box.y)
    x1, y1 = round(box.x + box.w), round(box.y + box.h)
    if dash is None:
        cv2.rectangle(image, (x0, y0), (x1, y1), color[::-1], pen)
        return
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
    for start, end in itertools.pairwise(corners):
        _dashed(image, start, end, color, pen, dash)


def _dashed(
    image: UInt8Array, start: tuple[int, int], end: tuple[int, int], color: Rgb, pen: int, dash: tuple[float, float]
) -> None:
    (ax, ay), (bx, by) = start, end
    length = math.hypot(bx - ax, by - ay)
    line, gap = dash[0] * pen, max(dash[1] * pen, dash[1] + 1)
    at = 0.0
    while at < length:
        p, q = at / length, min(at + line, length) / length
        first = (round(ax + (bx - ax) * p), round(ay + (by - ay) * p))
        cv2.line(image, first, (round(ax + (bx - ax) * q), round(ay + (by - ay) * q)), color[::-1], pen)
        at += line + gap


def _polyline(image: UInt8Array, trail: deque[tuple[float, float] | None], color: Rgb, pen: int) -> None:
    points = list(trail)
    for age, (start, end) in enumerate(itertools.pairwise(points), start=TRAIL_FRAMES - len(points)):
        if start is None or end is None:
            continue  # lost in between: no line across the gap
        fade = 0.3 + 0.7 * age / TRAIL_FRAMES
        shade = [fade * channel for channel in color[::-1]]
        first, last = (round(start[0]), round(start[1])), (round(end[0]), round(end[1]))
        cv2.line(image, first, last, shade, pen, cv2.LINE_AA)
