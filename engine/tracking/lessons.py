"""What the user taught about a target: the boxes drawn on other frames, each looked at once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.backends.base import Backend
from engine.drawn import Drawn
from engine.tracking.beside import Beside
from engine.tracking.classifier import Weights
from engine.tracking.first_frame import FirstSamples, first_samples
from engine.tracking.learner import Samples
from engine.tracking.margin import Margin, measure_margin
from engine.tracking.memory import Shown, shown
from engine.tracking.turned import look_turned
from engine.tracking.view import as_frame, look
from engine.types import Box, Float32Array, Frame

MOST_POSITIVES = 96
MOST_NEGATIVES = 256
"""Samples kept of one drawn box, about 2 MB."""

_Key = tuple[int | float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """One drawn box: samples for the classifier, the patch to be remembered, and how tightly it was drawn."""

    frame_index: int
    box: Box
    samples: Samples
    shown: Shown
    margin: Margin


class Lessons:
    """The lessons of one target. Those that are no longer asked for are forgotten: the user took them back."""

    def __init__(self) -> None:
        self._known: dict[_Key, Lesson] = {}

    def add(self, lesson: Lesson) -> None:
        """Keep a lesson that was learned by starting on its box."""
        self._known[_key(lesson.frame_index, lesson.box)] = lesson

    def of(
        self,
        drawn: Sequence[Drawn],
        near: int,
        backend: Backend,
        weights: Weights,
        factor: float,
        seed: int,
        beside: Beside,
    ) -> list[Lesson]:
        """The lessons of these boxes, the nearest to frame ``near`` first; new ones are learned from their pictures."""
        for each in drawn:
            key = _key(each.frame_index, each.box)
            frame = None if key in self._known else each.picture()
            if frame is not None:
                view = look(backend, frame.image, each.box, factor)
                first = first_samples(backend, frame.image, each.box, view, weights, factor, seed, beside)
                turned = look_turned(backend, frame.image, each.box, factor)
                patch = shown(view, as_frame(backend, frame.image, view.region), frame, turned)
                margin = measure_margin(backend, each.box, patch, first.views)
                self._known[key] = lesson(frame, each.box, first, patch, margin)
        wanted = {_key(each.frame_index, each.box) for each in drawn}
        self._known = {key: each for key, each in self._known.items() if key in wanted}
        return sorted(self._known.values(), key=lambda each: abs(each.frame_index - near))


def lesson(frame: Frame, box: Box, first: FirstSamples, patch: Shown, margin: Margin) -> Lesson:
    """The lesson of a drawn box, with an even part of its samples."""
    samples = Samples(_few(first.positives, MOST_POSITIVES), _few(first.negatives, MOST_NEGATIVES))
    return Lesson(frame.index, box, samples, patch, margin)


def _key(frame_index: int, box: Box) -> _Key:
    """Boxes that were cut to the frame differ in the last digits."""
    return frame_index, *(round(v, 2) for v in (box.x, box.y, box.w, box.h))


def _few(features: Float32Array, most: int) -> Float32Array:
    if len(features) <= most:
        return features
    few: Float32Array = features[np.linspace(0, len(features) - 1, most).astype(int)]
    return few
