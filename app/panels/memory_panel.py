"""The side panel's strip of what the tracker remembers of the target; a click goes to where it was seen."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.panels.card import Card
from app.panels.picture_tile import PictureTile
from app.theme import ThemeManager
from engine.types import MemoryPatch

_SLOTS = 4
_SIDE = 64


class MemoryPanel(Card):
    """One tile a remembered view; ``sought`` carries the frame of the one that was clicked."""

    sought = Signal(int)

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("What it remembers"), parent)
        self._theme = theme
        self._shown: tuple[MemoryPatch, ...] | None = None
        self.tiles: list[PictureTile] = []
        self._strip = QHBoxLayout()
        self._strip.setSpacing(8)
        self._empty = QLabel(self.tr("Nothing yet. The first view stays, the latest sure ones follow."))
        self._empty.setObjectName("Muted")
        self._empty.setWordWrap(True)
        self.body.addLayout(self._strip)
        self.body.addWidget(self._empty)
        for _ in range(_SLOTS):
            self._add_tile()
        self.show_memory(())

    def show_memory(self, memory: tuple[MemoryPatch, ...]) -> None:
        """Show these views, the first one first, the rest by age; nothing is done while they stay the same."""
        if memory is self._shown:
            return
        self._shown = memory
        patches = sorted(memory, key=lambda patch: (not patch.first, patch.frame_index))
        while len(self.tiles) < len(patches):
            self._add_tile()
        for tile, patch in zip(self.tiles, patches, strict=False):
            title = self.tr("first") if patch.first else str(patch.frame_index)
            tile.show_picture(patch.image, title, chosen=patch.first)
            tile.setToolTip(self.tr("Seen on frame {0}: click to go there").format(patch.frame_index))
        for at, tile in enumerate(self.tiles):
            tile.setVisible(bool(patches) and at < max(len(patches), _SLOTS))
            if at >= len(patches):
                tile.show_picture(None, "")
        self._empty.setVisible(not patches)

    def _add_tile(self) -> None:
        tile, at = PictureTile(self._theme, _SIDE), len(self.tiles)
        tile.setToolTip(self.tr("Room for a view that is yet to come"))
        tile.clicked.connect(lambda: self._clicked(at))
        self.tiles.append(tile)
        self._strip.addWidget(tile)

    def _clicked(self, at: int) -> None:
        patches = sorted(self._shown or (), key=lambda patch: (not patch.first, patch.frame_index))
        if at < len(patches):
            self.sought.emit(patches[at].frame_index)
