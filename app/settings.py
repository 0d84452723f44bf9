"""What the program remembers between runs, with a type for each value."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from engine.style import HEAT_MAPS

ORGANISATION = "AttnTrack"
APPLICATION = "attntrack"
MAX_RECENT = 10
FIRST_RUN = "first_run"
"""The toggle that is on until a track was written: till then the window explains itself."""
_VERSION = 1


class Settings:
    """Typed access to the user's settings file; values of an unknown kind fall back to the default."""

    def __init__(self) -> None:
        self._store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANISATION, APPLICATION)
        if self._int("version", _VERSION) > _VERSION:  # written by a later program: leave what it means alone
            self._store.clear()
        self._store.setValue("version", _VERSION)

    # the window
    @property
    def geometry(self) -> QByteArray:
        """The window's place and size, empty on the first run."""
        return self._bytes("window/geometry")

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("window/geometry", value)

    @property
    def splitters(self) -> tuple[QByteArray, QByteArray]:
        """The places of the two splitters, empty on the first run."""
        return self._bytes("window/columns"), self._bytes("window/rows")

    @splitters.setter
    def splitters(self, value: tuple[QByteArray, QByteArray]) -> None:
        self._store.setValue("window/columns", value[0])
        self._store.setValue("window/rows", value[1])

    @property
    def theme(self) -> str:
        """system, dark or light."""
        return self._str("window/theme", "system")

    @theme.setter
    def theme(self, value: str) -> None:
        self._store.setValue("window/theme", value)

    # toggles: overlays and parts of the window, by action id
    def toggle(self, name: str, default: bool) -> bool:
        """Whether a toggle is on."""
        return self._bool(f"toggles/{name}", default)

    def set_toggle(self, name: str, value: bool) -> None:
        """Remember a toggle."""
        self._store.setValue(f"toggles/{name}", value)

    @property
    def opacity(self) -> float:
        """The heatmap's opacity, 0..1."""
        return min(max(self._float("overlays/opacity", 0.45), 0.0), 1.0)

    @opacity.setter
    def opacity(self, value: float) -> None:
        self._store.setValue("overlays/opacity", value)

    @property
    def colormap(self) -> str:
        """The heatmap's colour map, one of ``HEAT_MAPS``."""
        return self._str("overlays/colormap", HEAT_MAPS[0])

    @colormap.setter
    def colormap(self, value: str) -> None:
        self._store.setValue("overlays/colormap", value)

    # files
    @property
    def recent(self) -> list[str]:
        """Sources opened lately, newest first: paths and stream addresses."""
        value = self._store.value("files/recent", [])
        items = value if isinstance(value, list) else [value]  # INI keeps a list of one as a text
        return [str(item) for item in items if item][:MAX_RECENT]

    def add_recent(self, source: str) -> None:
        """Put a source on top of the recent ones."""
        items = [source, *(item for item in self.recent if item != source)]
        self._store.setValue("files/recent", items[:MAX_RECENT])

    def clear_recent(self) -> None:
        """Forget the recent sources."""
        self._store.setValue("files/recent", [])

    def folder(self, kind: str) -> str:
        """The folder last used for open or export, else the user's home."""
        value = self._str(f"files/folder_{kind}", "")
        return value if value and Path(value).is_dir() else str(Path.home())

    def set_folder(self, kind: str, folder: str) -> None:
        """Remember a folder for open or export."""
        self._store.setValue(f"files/folder_{kind}", folder)

    def text(self, name: str, default: str = "") -> str:
        """A remembered text, such as the last stream address or export format."""
        return self._str(f"values/{name}", default)

    def set_text(self, name: str, value: str) -> None:
        """Remember a text."""
        self._store.setValue(f"values/{name}", value)

    def sync(self) -> None:
        """Write to the disk now."""
        self._store.sync()

    def _bytes(self, key: str) -> QByteArray:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def _str(self, key: str, default: str) -> str:
        value = self._store.value(key, default)
        return value if isinstance(value, str) else default

    def _bool(self, key: str, default: bool) -> bool:
        value = self._store.value(key, default)
        return value if isinstance(value, bool) else str(value).lower() in ("true", "1")  # INI keeps words

    def _int(self, key: str, default: int) -> int:
        return int(self._float(key, default))

    def _float(self, key: str, default: float) -> float:
        try:
            return float(self._store.value(key, default))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return default
