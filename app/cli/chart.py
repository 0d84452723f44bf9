"""Line charts as SVG, for the figures of the documentation: nothing to install, sharp at every size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

PANEL_W, PANEL_H = 420, 300
LEFT, RIGHT, TOP, BOTTOM = 58, 18, 46, 52
INK, FAINT, COLOURS = "#333333", "#dddddd", ("#1b6ca8", "#d1495b")
FONT = 'font-family="system-ui, sans-serif" font-size="12"'


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart: points on ``ticks`` evenly along x, a line a series."""

    title: str
    x_label: str
    y_label: str
    ticks: Sequence[str]
    series: dict[str, Sequence[float]]
    places: Sequence[float] | None = None
    """Where the points lie along x; None: evenly."""


def svg(panels: Sequence[Panel], note: str) -> str:
    """The charts side by side with a line of small print below them."""
    width, height = PANEL_W * len(panels), PANEL_H + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for index, panel in enumerate(panels):
        parts.append(f'<g transform="translate({index * PANEL_W},0)">')
        parts += _panel(panel)
        parts.append("</g>")
    parts.append(_text(width / 2, height - 10, note, "middle", size=10.5))
    parts.append("</svg>\n")
    return "\n".join(parts)


def nice_step(highest: float, steps: int = 5) -> float:
    """A round distance (1, 2 or 5 times a power of ten) of at most ``steps`` lines up to ``highest``."""
    rough = max(highest, 1e-9) / steps
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)


def _panel(panel: Panel) -> list[str]:
    values = [value for line in panel.series.values() for value in line]
    step = nice_step(max(values))
    highest = step * math.ceil(max(values) / step)
    inner_w, inner_h = PANEL_W - LEFT - RIGHT, PANEL_H - TOP - BOTTOM
    places = list(panel.places) if panel.places is not None else [float(i) for i in range(len(panel.ticks))]
    low, high = min(places), max(places)
    margin = 0.06 * inner_w

    def x(place: float) -> float:
        return LEFT + margin + (place - low) / ((high - low) or 1.0) * (inner_w - 2 * margin)

    def y(value: float) -> float:
        return TOP + inner_h * (1 - value / highest)

    parts = [_text(LEFT, 20, panel.title, "start", bold=True)]
    for i in range(round(highest / step) + 1):
        value = i * step
        parts.append(
            f'<line x1="{LEFT}" x2="{PANEL_W - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="{FAINT}"/>'
        )
        parts.append(_text(LEFT - 8, y(value) + 4, f"{value:g}", "end"))
    for place, tick in zip(places, panel.ticks, strict=True):
        parts.append(_text(x(place), TOP + inner_h + 18, tick, "middle"))
    parts.append(_text(LEFT + inner_w / 2, PANEL_H - 10, panel.x_label, "middle"))
    parts.append(_text(LEFT, TOP - 8, panel.y_label, "start", size=11))
    for index, (name, line) in enumerate(panel.series.items()):
        colour = COLOURS[index % len(COLOURS)]
        points = [(x(place), y(value)) for place, value in zip(places, line, strict=True)]
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" fill="{colour}"/>' for px, py in points]
        legend_x = PANEL_W - RIGHT - 70 * (len(panel.series) - index)
        parts.append(f'<rect x="{legend_x}" y="{TOP - 18}" width="10" height="10" fill="{colour}"/>')
        parts.append(_text(legend_x + 14, TOP - 9, name, "start", size=11))
    return parts


def _text(x: float, y: float, text: str, anchor: str, bold: bool = False, size: float = 12) -> str:
    weight = ' font-weight="600"' if bold else ""
    font = FONT.replace('"12"', f'"{size:g}"')
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}" {font}{weight}>{escape(text)}</text>'
