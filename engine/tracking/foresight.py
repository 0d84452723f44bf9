"""What the trunk sees in the frame that comes next, found out on an idle core while the one before is tracked."""

from __future__ import annotations

import time
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass

from engine.backends.base import Backend
from engine.tracking.attention import FrameFeatures, frame_features, frame_variant
from engine.types import Frame


@dataclass(frozen=True, slots=True, eq=False)
class Foreseen:
    """The features of a frame, and the milliseconds they took."""

    features: FrameFeatures
    took_ms: float


class Foresight:
    """Encodes one whole frame ahead: what it shows does not depend on where the target is. Belongs to one thread.

    ``backend`` is used from the executor's thread.
    """

    def __init__(self, backend: Backend, executor: Executor) -> None:
        self._backend, self._executor = backend, executor
        self._coming: tuple[Frame, Future[Foreseen]] | None = None

    def begin(self, frame: Frame) -> None:
        """Encode this frame as soon as the executor is free; what was foreseen of another is forgotten."""
        self.take(frame)
        self._coming = frame, self._executor.submit(self._encode, frame)

    def take(self, frame: Frame) -> Future[Foreseen] | None:
        """What was, or is going to be, foreseen of exactly this frame; None if it is another one or none."""
        coming, self._coming = self._coming, None
        if coming is None or coming[0] is frame:
            return None if coming is None else coming[1]
        coming[1].cancel()
        return None

    def wait(self) -> None:
        """Finish what was begun; it can still be taken."""
        if self._coming is not None:
            wait([self._coming[1]])

    def _encode(self, frame: Frame) -> Foreseen:
        began = time.perf_counter()
        features = frame_features(self._backend, frame.image, frame_variant(*frame.size))
        return Foreseen(features, (time.perf_counter() - began) * 1e3)
