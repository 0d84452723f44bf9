"""A button that shows and does an action, as tool bar, transport and panels have them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton

_ICON = QSize(18, 18)


def tool_button(action: QAction, labelled: bool = False) -> QToolButton:
    """A button with the action's icon, and its icon text beside it if it is to be ``labelled``."""
    button = QToolButton()
    button.setDefaultAction(action)
    style = Qt.ToolButtonStyle
    button.setToolButtonStyle(style.ToolButtonTextBesideIcon if labelled else style.ToolButtonIconOnly)
    button.setIconSize(_ICON)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(action.text().replace("&", ""))
    return button
