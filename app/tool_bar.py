"""The row of buttons below the menus."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QSizePolicy, QToolBar, QToolButton, QWidget

from app.actions import Actions
from app.tool_button import tool_button

_LEFT = ("open", "open_camera", "open_stream", "|", "draw", "add_target", "|", "undo", "redo")
_RIGHT = ("export_track", "|", "fit", "actual_size", "plot", "side_panel", "shortcuts")
"""Actions by id; "|" is a separator."""


class ToolBar(QToolBar):
    """What is done most often; it stays where it is."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self._actions = actions
        self.setWindowTitle(self.tr("Tools"))
        self.setObjectName("tools")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setIconSize(QSize(18, 18))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._labels = {
            "open": self.tr("Open"),
            "open_camera": self.tr("Camera"),
            "open_stream": self.tr("Stream"),
            "draw": self.tr("Redraw"),
            "add_target": self.tr("Add target"),
            "export_track": self.tr("Export"),
        }
        self._add(_LEFT)
        spring = QWidget()
        spring.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spring)
        self._add(_RIGHT)

    def _add(self, ids: tuple[str, ...]) -> None:
        for id in ids:
            if id == "|":
                self.addSeparator()
            else:
                self.addWidget(self._tool(id, self._labels.get(id, "")))

    def _tool(self, id: str, label: str) -> QToolButton:
        action = self._actions[id]
        if label:
            action.setIconText(f" {label}")  # the style leaves too little room after the icon
        return tool_button(action, labelled=bool(label))
