"""Whether the target is taken for having jumped: a far place must beat the near one, and not on one frame alone."""

from __future__ import annotations

from engine.config import AttentionConfig
from engine.geometry import iou
from engine.types import Box, Candidate, Decision, Verdict

SAME_PLACE = 0.2
"""IoU of two frames' candidates, above which they are taken for the same thing."""


class JumpRule:
    """Weighs the near place against a far one, frame by frame: look-alikes are the main cost of global search."""

    def __init__(self, config: AttentionConfig) -> None:
        self._config = config
        self._far: Box | None = None  # the far place that was better on the frame before
        self.agreeing = 0
        """Frames in a row that found the far place better."""

    def nothing_far(self) -> None:
        """There is no far place on this frame: what spoke for one so far is forgotten."""
        self.agreeing = 0

    def weigh(
        self, near: Candidate, far: Candidate, desperate: bool, frames: int, least: float | None = None
    ) -> Decision:
        """Which place to believe.

        It takes so many ``frames`` in a row; a ``desperate`` target, lost or failing for long, needs one frame's
        evidence only. ``least`` is what the far place must reach, if that is not what it usually is.
        """
        c = self._config
        floor = c.jump_confidence if least is None else least
        better = far.confidence > near.confidence + c.jump_margin and far.confidence > floor
        before, self._far = self._far, far.box if better else None
        agrees = better and before is not None and same_place(before, far.box)
        self.agreeing = self.agreeing + 1 if agrees else int(better)
        agreeing = self.agreeing
        verdict = Verdict.WAITING if better else Verdict.STAYED
        if better and (desperate or agreeing >= frames):
            verdict = Verdict.JUMPED
            self.agreeing, self._far = 0, None
        return Decision(near, far, verdict, c.jump_margin, floor, agreeing, frames, desperate)


def same_place(a: Box, b: Box) -> bool:
    """Whether two frames' candidates may be the same thing."""
    return float(iou(a.as_array(), b.as_array())) > SAME_PLACE
