"""Online learning: the sets of samples and the short- and long-term updates (Algorithm 2 of the paper)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass

import numpy as np

from engine.backends.base import Backend
from engine.config import LearnConfig
from engine.models import NEGATIVES, POSITIVES
from engine.tracking.classifier import Weights, learn_step, zero_momenta
from engine.types import Float32Array, Float64Array

HARDEST = 32
"""Negatives of a frame whose belief says how much there is to learn from it."""
NOTHING_NEW = 0.05
"""Mean surprise of the last frames below which a long-term update would hardly move the weights, and is left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """RoI features of one frame: ``positive (P, 1600)``, ``negative (Q, 1600)`` float32."""

    positive: Float32Array
    negative: Float32Array


class Learner:
    """Owns the classifier's weights of one target.

    With an executor, updates run beside tracking on copies and the weights are swapped when done; without one
    they run in line, which makes two runs identical.
    """

    def __init__(
        self, backend: Backend, weights: Weights, config: LearnConfig, seed: int, executor: Executor | None
    ) -> None:
        self.weights: Weights = weights
        self._backend = backend
        self._config = config
        self._rng = np.random.default_rng(seed)
        self._executor = executor
        self._pending: Future[Weights] | None = None
        self._wary: Weights | None = None
        self._wary_pending: Future[Weights] | None = None
        self._certain: list[Samples] = []
        self._recent: deque[Samples] = deque(maxlen=config.long_frames)
        self._surprises: deque[float] = deque(maxlen=config.long_interval)

    @property
    def judging(self) -> Weights:
        """The weights to judge with: those of :meth:`beware` as long as they are there."""
        return self._wary or self.weights

    @property
    def learning_others(self) -> bool:
        """Whether :meth:`beware` is under way, which takes some frames' time."""
        return self._wary_pending is not None

    def start(self, own: Samples, taught: Sequence[Samples] = (), certain: bool = True) -> None:
        """Learn the target from the samples of a frame, and from those of other frames that the user drew a box on.

        ``certain``: the box of the frame itself was drawn by the user, so it stays in every update.
        """
        first = [own, *taught]
        self._certain = first if certain else list(taught)
        if not certain:
            self._recent.append(own)
        steps = self._config.init_steps + self._config.update_steps * len(taught)
        self.weights = self._learn(self.weights, first, first, steps, self._config.init_lr)

    def collect(self, samples: Samples, surprise: float) -> None:
        """Keep the samples of a successful frame, see :func:`surprise`; the oldest fall out."""
        if len(samples.positive) and len(samples.negative):
            self._recent.append(samples)
            self._surprises.append(surprise)

    def update_short(self) -> None:
        """Short-term update: after a failure, from the latest frames."""
        recent = list(self._recent)[-self._config.short_frames :]
        self._update(recent, recent)

    def update_long(self) -> None:
        """Long-term update: positives of long ago, negatives of lately. Left out where nothing was new of late."""
        if self._surprises and float(np.mean(self._surprises)) < NOTHING_NEW:
            return
        recent = list(self._recent)
        self._update(recent, recent[-self._config.short_frames :])

    def beware(self, others: Sequence[Float32Array]) -> None:
        """Judge with weights that know these ``others``, samples ``(n, 1600)`` each, for no target; as usual if none.

        They are learned once, beside tracking like all else, and kept until there is nothing to beware of;
        :attr:`weights` stay as they are.
        """
        if not others:
            self._wary = self._wary_pending = None
        elif self._wary is None and self._wary_pending is None:
            recent = list(self._recent)
            negative = [*recent[-self._config.short_frames :], *(Samples(each[:0], each) for each in others)]
            self._wary_pending = self._begin(recent, negative, self._config.wary_steps)
            self.swap_in()

    def wait(self) -> None:
        """Finish what is being learned, if anything, and take its weights."""
        self._take(lambda _: True)

    def swap_in(self) -> None:
        """Take the weights of what has been learned; never waits."""
        self._take(Future.done)

    def _take(self, ready: Callable[[Future[Weights]], bool]) -> None:
        if self._pending is not None and ready(self._pending):
            self.weights, self._pending = self._pending.result(), None
        if self._wary_pending is not None and ready(self._wary_pending):
            self._wary, self._wary_pending = self._wary_pending.result(), None

    def _update(self, positive: list[Samples], negative: list[Samples]) -> None:
        if self._certain and self._pending is None:
            self._pending = self._begin(positive, negative, self._config.update_steps)
            self.swap_in()

    def _begin(self, positive: list[Samples], negative: list[Samples], steps: int) -> Future[Weights]:
        """Learn from these frames and from what is certain; without an executor it is done on return."""
        # only what the user drew is certain: it stays in all that is learned
        positive, negative = [*self._certain, *positive], [*self._certain, *negative]
        job = (self.weights, positive, negative, steps, self._config.update_lr)
        if self._executor is not None:
            return self._executor.submit(self._learn, *job)
        done: Future[Weights] = Future()
        done.set_result(self._learn(*job))
        return done

    def _learn(
        self, weights: Weights, positive: list[Samples], negative: list[Samples], steps: int, lr: float
    ) -> Weights:
        """The weights after so many SGD steps on samples drawn evenly from these frames."""
        pos, neg = [s.positive for s in positive], [s.negative for s in negative]
        momenta: Weights = zero_momenta(weights)
        for _ in range(steps):
            batch = _pick(pos, POSITIVES, self._rng), _pick(neg, NEGATIVES, self._rng)
            weights, momenta = learn_step(self._backend, weights, momenta, *batch, lr)
        return weights


def surprise(positive: Float64Array, negative: Float64Array) -> float:
    """The mean logistic loss of a frame's positives and of its hardest negatives, given the beliefs in them."""
    wrong = np.sort(negative)[-HARDEST:]
    parts = [-np.log(np.maximum(right, 1e-9)).mean() for right in (positive, 1.0 - wrong) if len(right)]
    return float(sum(parts))


def _pick(parts: list[Float32Array], count: int, rng: np.random.Generator) -> Float32Array:
    """``count`` rows drawn evenly over all rows of the parts, without joining the parts."""
    ends = np.cumsum([len(p) for p in parts])
    rows = rng.integers(0, ends[-1], count)
    which = np.searchsorted(ends, rows, side="right")
    starts = ends - [len(p) for p in parts]
    return np.stack([parts[k][row - starts[k]] for k, row in zip(which, rows, strict=True)])
