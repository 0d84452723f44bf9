"""What the user says of a target, beside its track: its name, its colour, and whether it is shown."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class TargetInfo:
    """One target. ``color`` counts the colours of :data:`engine.style.TARGET_COLORS` from 1; None: by its id."""

    id: int
    name: str = ""
    color: int | None = None
    hidden: bool = False

    @property
    def color_number(self) -> int:
        """The number that says its colour, for whoever draws it."""
        return self.id if self.color is None else self.color


def tidy_name(name: str) -> str:
    """The name in one line, without space around it, and not too long."""
    return " ".join(name.split())[:LONGEST_NAME].strip()
