"""The pointer's shape over the picture: what a press there would do."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.canvas_tools import Handle

CURSORS = {
    Handle.INSIDE: Qt.CursorShape.SizeAllCursor,
    Handle.N: Qt.CursorShape.SizeVerCursor,
    Handle.S: Qt.CursorShape.SizeVerCursor,
    Handle.W: Qt.CursorShape.SizeHorCursor,
    Handle.E: Qt.CursorShape.SizeHorCursor,
    Handle.NW: Qt.CursorShape.SizeFDiagCursor,
    Handle.SE: Qt.CursorShape.SizeFDiagCursor,
    Handle.NE: Qt.CursorShape.SizeBDiagCursor,
    Handle.SW: Qt.CursorShape.SizeBDiagCursor,
}
"""The shape over each grip of a box."""
