"""Pick a camera by its name, and how large and how often its pictures come."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QListWidget, QListWidgetItem, QWidget

from app.aside import Aside
from app.dialogs.base import Dialog
from engine.sources.camera_modes import COMMON_SIZES, CameraMode, camera_modes
from engine.sources.cameras import Camera, list_cameras

ListCameras = Callable[[], list[Camera]]
ListModes = Callable[[int], list[CameraMode]]


_MODES = Qt.ItemDataRole.UserRole + 1


class CameraDialog(Dialog):
    """Lists the cameras; ``chosen`` carries how to open the one that was picked, such as ``0@1280x720@30``.

    ``last`` is what was picked the time before.
    """

    chosen = Signal(str)

    def __init__(
        self,
        parent: QWidget,
        cameras: ListCameras = list_cameras,
        modes: ListModes = camera_modes,
        last: str = "",
    ) -> None:
        super().__init__(QCoreApplication.translate("CameraDialog", "Open camera"), "", parent)
        self._cameras, self._modes, self._last = cameras, modes, last
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Cameras"))
        self._list.setMinimumSize(380, 150)
        self._none = QLabel(self.tr("No camera was found. Plug one in, allow this program to use it, and look again."))
        self._none.setWordWrap(True)
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._none.setMinimumHeight(110)
        self.body.addWidget(self._list)
        self.body.addWidget(self._none)
        self._mode = QComboBox()
        self._mode.setAccessibleName(self.tr("Size and rate"))
        self._mode.setToolTip(self.tr("Smaller pictures are tracked with less delay"))
        self._form = QFormLayout()
        self._form.addRow(self.tr("Size and rate"), self._mode)
        self.body.addLayout(self._form)
        again = self.button(self.tr("Look again"))
        self.buttons.addStretch(1)
        cancel = self.button(self.tr("Cancel"))
        self._open = self.button(self.tr("Open"), primary=True)
        again.clicked.connect(self.look)
        cancel.clicked.connect(self.reject)
        self._open.clicked.connect(self._pick)
        self._list.itemDoubleClicked.connect(self._pick)
        self._list.currentItemChanged.connect(self._offer_modes)
        self._search: Aside | None = None
        self.look()

    def look(self) -> None:
        """List the cameras that are there now."""
        self._forget_search()
        self._fill([], self.tr("Looking for cameras …"))
        cameras, modes = self._cameras, self._modes  # some systems can only find them by trying, which takes seconds
        self._search = Aside(lambda: [(camera, modes(camera.index)) for camera in cameras()], "attntrack-cameras", self)
        self._search.answered.connect(self._show)

    def done(self, result: int) -> None:
        """Close, whatever the search still does."""
        self._forget_search()
        super().done(result)

    def _forget_search(self) -> None:
        if self._search is not None:
            self._search.forget()
            self._search = None

    def _show(self, found: list[tuple[Camera, list[CameraMode]]]) -> None:
        none = self.tr("No camera was found. Plug one in, allow this program to use it, and look again.")
        self._fill(found, none)

    def _fill(self, cameras: list[tuple[Camera, list[CameraMode]]], otherwise: str) -> None:
        self._list.clear()
        row = 0
        for number, (camera, modes) in enumerate(cameras):
            item = QListWidgetItem(self.tr("{0}   (camera {1})").format(camera.name, camera.index))
            item.setData(Qt.ItemDataRole.UserRole, str(camera.index))
            item.setData(_MODES, modes)
            self._list.addItem(item)
            row = number if self._last.partition("@")[0] == str(camera.index) else row
        self._list.setVisible(bool(cameras))
        self._form.setRowVisible(self._mode, bool(cameras))
        self._none.setText(otherwise)
        self._none.setVisible(not cameras)
        self._open.setEnabled(bool(cameras))
        self._list.setCurrentRow(row if cameras else -1)

    def _offer_modes(self) -> None:
        """The modes of the camera that is picked; where they are not known, sizes that most cameras have."""
        self._mode.clear()
        item = self._list.currentItem()
        if item is None:
            return
        self._mode.addItem(self.tr("As the camera likes"), "")
        for mode in item.data(_MODES) or [CameraMode(width, height, 0.0) for width, height in COMMON_SIZES]:
            size = self.tr("{0} × {1}").format(mode.width, mode.height)
            rate = self.tr(",  {0:g} frames a second").format(mode.fps) if mode.fps else ""
            self._mode.addItem(size + rate, mode.spec)
        index, _, _ = self._last.partition("@")
        if index == item.data(Qt.ItemDataRole.UserRole):
            self._mode.setCurrentIndex(max(self._mode.findData(self._last.removeprefix(index)), 0))

    def _pick(self) -> None:
        item = self._list.currentItem()
        if item is not None:
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole) + (self._mode.currentData() or ""))
            self.accept()
