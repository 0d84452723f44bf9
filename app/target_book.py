"""Names, colours and visibility of the targets, as the user gave them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from engine.target_info import TargetInfo, tidy_name


class TargetBook(QObject):
    """What is known of each target; ``changed`` follows every change."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._infos: dict[int, TargetInfo] = {}

    def info(self, target: int) -> TargetInfo:
        """What is known of a target; a new one has neither name nor colour of its own."""
        return self._infos.get(target, TargetInfo(target))

    def infos(self, targets: Iterable[int]) -> tuple[TargetInfo, ...]:
        """What is known of these targets, in this order."""
        return tuple(self.info(target) for target in targets)

    def name(self, target: int) -> str:
        """How a target is called in sentences and lists."""
        return self.info(target).name or self.tr("Target {0}").format(target)

    def label(self, target: int) -> str:
        """How a target is called on the picture: its name, or its number."""
        return self.info(target).name or str(target)

    def color_number(self, target: int) -> int:
        """The number of the target's colour, from 1."""
        return self.info(target).color_number

    def hidden(self, target: int) -> bool:
        """Whether the target is not drawn."""
        return self.info(target).hidden

    def put(self, infos: Iterable[TargetInfo]) -> None:
        """Replace what is known of these targets."""
        before = dict(self._infos)
        self._infos.update((info.id, info) for info in infos)
        if self._infos != before:
            self.changed.emit()

    def clear(self) -> None:
        """Forget all."""
        if self._infos:
            self._infos.clear()
            self.changed.emit()

    def renamed(self, target: int, name: str) -> TargetInfo:
        """What would be known of the target with another name."""
        return replace(self.info(target), name=tidy_name(name))

    def recoloured(self, target: int, color: int) -> TargetInfo:
        """What would be known of the target with another colour."""
        return replace(self.info(target), color=None if color == target else color)

    def shown(self, target: int, shown: bool) -> TargetInfo:
        """What would be known of the target if it was drawn or not."""
        return replace(self.info(target), hidden=not shown)
