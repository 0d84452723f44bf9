"""Writing what is drawn to a picture file: PNG or SVG, by the name's ending."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QRect, QSize
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.errors import FormatError
from engine.formats.base import check_target

ENDINGS = (".png", ".svg")
AskPath = Callable[[QWidget, str], str]


def ask_picture_path(parent: QWidget, suggested: str) -> str:
    """The PNG or SVG the user wants to save, or an empty text."""
    title = QCoreApplication.translate("pictures", "Save picture")
    path, kind = QFileDialog.getSaveFileName(parent, title, suggested, "PNG (*.png);;SVG (*.svg)")
    return path + ".svg" if path and not Path(path).suffix and "svg" in kind else path


def with_ending(path: str) -> Path:
    """The path, as a PNG if its name says nothing of another kind of picture."""
    found = Path(path)
    return found if found.suffix.lower() in ENDINGS else found.with_name(found.name + ".png")


def write_picture(path: Path, size: QSize, paint: Callable[[QPainter], None], image: Callable[[], QImage]) -> None:
    """Write a picture that stands under its name only when it is complete.

    Args:
        path: Where to; ends with one of :data:`ENDINGS`.
        size: Width and height of an SVG.
        paint: Draws on an SVG.
        image: The same as pixels, for a PNG.

    Raises:
        FormatError: it cannot be written.
    """
    if path.suffix.lower() not in ENDINGS:
        raise FormatError(f"{path.name} must end with .png or .svg: no other kind of still is written.")
    check_target(path)
    part = path.with_name(path.name + ".part")
    try:
        if path.suffix.lower() == ".png":
            good = image().save(str(part), "PNG")
        else:
            good = _write_svg(part, size, paint)
        if not good:
            raise FormatError(f"{path} cannot be written: choose another folder or free some space.")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _write_svg(part: Path, size: QSize, paint: Callable[[QPainter], None]) -> bool:
    generator = QSvgGenerator()
    generator.setFileName(str(part))
    generator.setSize(size)
    generator.setResolution(round(QGuiApplication.primaryScreen().logicalDotsPerInch()))  # letters as on the screen
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    painter = QPainter()
    if not painter.begin(generator):
        return False
    paint(painter)
    return painter.end()
