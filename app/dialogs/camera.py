"""Pick a camera by its name."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QWidget

from app.dialogs.base import Dialog
from engine.sources.cameras import Camera, list_cameras

ListCameras = Callable[[], list[Camera]]


class CameraDialog(Dialog):
    """Lists the cameras; ``chosen`` carries how to open the one that was picked."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None, cameras: ListCameras = list_cameras) -> None:
        super().__init__(parent.tr("Open camera") if parent else "", "", parent)
        self._cameras = cameras
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Cameras"))
        self._list.setMinimumSize(380, 150)
        self._none = QLabel(self.tr("No camera was found. Plug one in, allow this program to use it, and look again."))
        self._none.setWordWrap(True)
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._none.setMinimumHeight(110)
        self.body.addWidget(self._list)
        self.body.addWidget(self._none)
        again = self.button(self.tr("Look again"))
        self.buttons.addStretch(1)
        cancel = self.button(self.tr("Cancel"))
        self._open = self.button(self.tr("Open"), primary=True)
        again.clicked.connect(self.look)
        cancel.clicked.connect(self.reject)
        self._open.clicked.connect(self._pick)
        self._list.itemDoubleClicked.connect(self._pick)
        self.look()

    def look(self) -> None:
        """List the cameras that are there now."""
        self._list.clear()
        for camera in self._cameras():
            item = QListWidgetItem(self.tr("{0}   (camera {1})").format(camera.name, camera.index))
            item.setData(Qt.ItemDataRole.UserRole, str(camera.index))
            self._list.addItem(item)
        there = self._list.count() > 0
        self._list.setVisible(there)
        self._none.setVisible(not there)
        self._open.setEnabled(there)
        self._list.setCurrentRow(0 if there else -1)

    def _pick(self) -> None:
        item = self._list.currentItem()
        if item is not None:
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))
            self.accept()
