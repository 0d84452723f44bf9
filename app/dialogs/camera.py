"""Pick a camera by its name."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QWidget

from app.dialogs.base import Dialog
from engine.sources.cameras import Camera, list_cameras

ListCameras = Callable[[], list[Camera]]


class _Search:
    """Lists the cameras on its own thread: some systems can only find them by trying, which takes seconds."""

    def __init__(self, cameras: ListCameras, tell: Callable[[], None]) -> None:
        self.found: list[Camera] = []
        self.tell: Callable[[], None] | None = tell
        self._cameras = cameras
        threading.Thread(target=self._run, name="attntrack-cameras", daemon=True).start()

    def _run(self) -> None:
        self.found = self._cameras()
        tell = self.tell
        if tell is not None:
            with suppress(RuntimeError):  # the dialog was closed in this very moment
                tell()


class CameraDialog(Dialog):
    """Lists the cameras; ``chosen`` carries how to open the one that was picked."""

    chosen = Signal(str)
    _listed = Signal()

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
        self._listed.connect(self._show, Qt.ConnectionType.QueuedConnection)
        self._search: _Search | None = None
        self.look()

    def look(self) -> None:
        """List the cameras that are there now."""
        self._forget_search()
        self._fill([], self.tr("Looking for cameras …"))
        self._search = _Search(self._cameras, self._listed.emit)

    def done(self, result: int) -> None:
        """Close, whatever the search still does."""
        self._forget_search()
        super().done(result)

    def _forget_search(self) -> None:
        if self._search is not None:
            self._search.tell = None
            self._search = None

    def _show(self) -> None:
        if self._search is not None:
            none = self.tr("No camera was found. Plug one in, allow this program to use it, and look again.")
            self._fill(self._search.found, none)

    def _fill(self, cameras: list[Camera], otherwise: str) -> None:
        self._list.clear()
        for camera in cameras:
            item = QListWidgetItem(self.tr("{0}   (camera {1})").format(camera.name, camera.index))
            item.setData(Qt.ItemDataRole.UserRole, str(camera.index))
            self._list.addItem(item)
        self._list.setVisible(bool(cameras))
        self._none.setText(otherwise)
        self._none.setVisible(not cameras)
        self._open.setEnabled(bool(cameras))
        self._list.setCurrentRow(0 if cameras else -1)

    def _pick(self) -> None:
        item = self._list.currentItem()
        if item is not None:
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))
            self.accept()
