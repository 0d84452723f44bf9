"""The seam at which global attention enters tracking: whoever has another source of maps puts it here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.types import AttentionMap, Frame


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """A target's turn to be looked for on a whole frame.

    ``failing``: the target is lost or was not found on the last frames. ``attend`` asks the attention network.
    """

    frame: Frame
    failing: bool
    attend: Callable[[], AttentionMap]


AttentionSource = Callable[[Glance], AttentionMap | None]
"""Where on the frame the target may be; None to look only where it was."""


def network(glance: Glance) -> AttentionMap:
    """What the attention network says."""
    return glance.attend()
