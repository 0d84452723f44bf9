"""Whether a view of the target is worth remembering: found out beside tracking, since nothing waits for it."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from dataclasses import dataclass

import numpy as np

from engine.backends.base import Backend
from engine.geometry import iou
from engine.tracking.judge import consensus
from engine.tracking.view import SearchView, as_frame, locate
from engine.types import Box, Float32Array, Frame

FIRST_AGREES = 0.65
"""IoU with the box that the first patch alone finds: what drifted must not confirm itself by memory."""

First = tuple[Float32Array, Float32Array]
"""``memory8, memory16`` as they were on the first frame."""


@dataclass(frozen=True, slots=True, eq=False)
class Worthy:
    """A view of the target that is to be remembered; ``frame16`` is what the whole frame's trunk sees in it."""

    view: SearchView
    frame16: Float32Array
    box: Box
    frame: Frame


class Recall:
    """Looks at one view at a time; what is offered meanwhile is passed over. Without an executor it looks at once.

    ``backend`` is used from the executor's thread.
    """

    def __init__(self, backend: Backend, executor: Executor | None) -> None:
        self._backend, self._executor = backend, executor
        self._at_hand: Worthy | None = None
        self._pending: Future[Worthy | None] | None = None

    def offer(self, view: SearchView, box: Box, frame: Frame, first: First) -> None:
        """Find out whether the first patch alone finds this box in the view."""
        if self._executor is None:
            self._at_hand = self._look(view, box, frame, first)
        elif self._pending is None:
            self._pending = self._executor.submit(self._look, view, box, frame, first)

    def take(self) -> Worthy | None:
        """What was found worth remembering and not taken yet; never waits."""
        if self._pending is not None and self._pending.done():
            self.wait()
        taken, self._at_hand = self._at_hand, None
        return taken

    def wait(self) -> None:
        """Finish looking."""
        if self._pending is not None:
            pending, self._pending = self._pending, None
            self._at_hand = pending.result()

    def _look(self, view: SearchView, box: Box, frame: Frame, first: First) -> Worthy | None:
        alone = locate(self._backend, view, *first)
        found = consensus(alone, int(np.argmax(alone.score)))
        if float(iou(found.as_array(), box.as_array())) <= FIRST_AGREES:
            return None
        return Worthy(view, as_frame(self._backend, frame.image, view.region), box, frame)
