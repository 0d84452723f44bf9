"""The program's icons: line drawings in assets/icons, tinted by the theme and sharp at any screen scale."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_SIZES = (16, 18, 36, 60)  # menus, buttons, and both on screens of twice the density


def svg(name: str, color: str) -> bytes:
    """The SVG text of an icon with its strokes in ``color`` (#rrggbb)."""
    return _source(name).replace("currentColor", color).encode()


def pixmap(name: str, color: str, size: int, device_pixel_ratio: float = 1.0) -> QPixmap:
    """An icon drawn at ``size`` logical pixels for a screen scale."""
    picture = _drawn(QSvgRenderer(QByteArray(svg(name, color))), round(size * device_pixel_ratio))
    picture.setDevicePixelRatio(device_pixel_ratio)
    return picture


def icon(name: str, color: str, disabled: str, checked: str | None = None) -> QIcon:
    """An icon in the colours of the theme for its normal, disabled and (if given) checked looks."""
    looks = [(color, QIcon.Mode.Normal, QIcon.State.Off), (disabled, QIcon.Mode.Disabled, QIcon.State.Off)]
    if checked:
        looks.append((checked, QIcon.Mode.Normal, QIcon.State.On))
    result = QIcon()
    for tint, mode, state in looks:
        drawing = QSvgRenderer(QByteArray(svg(name, tint)))
        for size in _SIZES:
            result.addPixmap(_drawn(drawing, size), mode, state)
    return result


def app_icon() -> QIcon:
    """The program's own icon, in colour."""
    drawing = QSvgRenderer(QByteArray(svg("attntrack", "#ffffff")))
    result = QIcon()
    for size in (16, 32, 64, 128, 256):
        result.addPixmap(_drawn(drawing, size))
    return result


@cache
def _source(name: str) -> str:
    return (Path(str(files("assets"))) / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def _drawn(drawing: QSvgRenderer, side: int) -> QPixmap:
    picture = QPixmap(side, side)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    drawing.render(painter, QRectF(0, 0, side, side))
    painter.end()
    return picture
