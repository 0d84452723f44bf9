"""One pass of one tracker over one annotated clip, here or in other processes."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from app.cli.peers import Peer
from engine.backends.base import Backend
from engine.backends.select import open_backend
from engine.config import TrackerConfig
from engine.datasets import Clip
from engine.errors import FormatError, SourceError
from engine.sources import open_source
from engine.tracking.multi import MultiTracker
from engine.types import Box, Float64Array, Frame

OURS = "attntrack"


@dataclass(frozen=True, slots=True)
class Setup:
    """How the trackers are made; travels to other processes."""

    backend: str = "auto"
    threads: int | None = None
    models: Path | None = None
    peer_models: Path | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """What a tracker made of a clip: boxes ``(N, 4) float64``, NaN where it reported none, and confidences ``(N,)``."""

    tracker: str
    clip: int
    boxes: Float64Array
    confidence: Float64Array


class Follower(Protocol):
    """What all trackers look like from here."""

    def init(self, frame: Frame, box: Box) -> None:
        """Start on this frame."""
        ...

    def update(self, frame: Frame) -> tuple[Box | None, float]:
        """The box on this frame, None if lost, and the confidence."""
        ...

    def close(self) -> None:
        """Free what was taken."""
        ...


class OurFollower:
    """This program's tracker with one target."""

    def __init__(self, backend: Backend, setup: Setup) -> None:
        self._tracker = MultiTracker(backend, TrackerConfig(deterministic=True), setup.seed)

    def init(self, frame: Frame, box: Box) -> None:
        """Start on this frame."""
        self._tracker.init(frame, {1: box})

    def update(self, frame: Frame) -> tuple[Box | None, float]:
        """The box on this frame, None if lost, and the confidence."""
        (target,) = self._tracker.update(frame).targets
        return target.box, target.confidence

    def close(self) -> None:
        """Stop learning."""
        self._tracker.close()


class PeerFollower:
    """One of the other trackers."""

    def __init__(self, name: str, setup: Setup) -> None:
        self._peer = Peer(name, setup.peer_models)

    def init(self, frame: Frame, box: Box) -> None:
        """Start on this frame."""
        self._peer.init(frame.image, box)

    def update(self, frame: Frame) -> tuple[Box | None, float]:
        """The box on this frame, None if lost, and the confidence."""
        return self._peer.update(frame.image)

    def close(self) -> None:
        """Nothing to free."""


class Runner:
    """Runs passes one after the other; the networks are loaded once."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._backend: Backend | None = None

    def run(self, tracker: str, index: int, clip: Clip) -> Pass:
        """One pass of the named tracker over the clip.

        Raises:
            SourceError: The clip has fewer frames than boxes.
            FormatError: The tracker refuses the first box.
        """
        follower = self._follower(tracker)
        source = open_source(str(clip.source))
        try:
            if clip.start:
                source.seek(clip.start)
            return Pass(tracker, index, *_follow(follower, clip, source.read))
        finally:
            source.close()
            follower.close()

    def close(self) -> None:
        """Free the networks."""
        if self._backend is not None:
            self._backend.close()

    def _follower(self, tracker: str) -> Follower:
        if tracker != OURS:
            return PeerFollower(tracker, self._setup)
        if self._backend is None:
            self._backend = open_backend(self._setup.backend, self._setup.threads, self._setup.models)
        return OurFollower(self._backend, self._setup)


def run_passes(setup: Setup, trackers: Sequence[str], clips: Sequence[Clip], jobs: int) -> Iterator[Pass]:
    """Every tracker over every clip, in whatever order they finish, in ``jobs`` processes (1: in this one)."""
    work = [(tracker, index, clip) for index, clip in enumerate(clips) for tracker in trackers]
    if jobs == 1:
        runner = Runner(setup)
        try:
            for item in work:
                yield runner.run(*item)
        finally:
            runner.close()
        return
    # the longest first, so that no process is left alone with one at the end
    work.sort(key=lambda item: -len(item[2].truth))
    with multiprocessing.get_context("spawn").Pool(min(jobs, len(work)), _start, (setup,)) as pool:
        yield from pool.imap_unordered(_run, work)


_runner: Runner  # of a worker process


def _start(setup: Setup) -> None:
    global _runner
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    _runner = Runner(setup)


def _run(item: tuple[str, int, Clip]) -> Pass:
    return _runner.run(*item)


def _follow(follower: Follower, clip: Clip, read: Callable[[], Frame | None]) -> tuple[Float64Array, Float64Array]:
    boxes, confidence = np.full((len(clip.truth), 4), np.nan), np.zeros(len(clip.truth))
    for i in range(len(clip.truth)):
        frame = read()
        if frame is None:
            raise SourceError(f"{clip.source} ends after {i} frames, but its truth has {len(clip.truth)} boxes.")
        if i == 0:
            boxes[0], confidence[0] = clip.truth[0], 1.0
            try:
                follower.init(frame, Box.from_array(clip.truth[0]))
            except FormatError as error:
                raise FormatError(f"the first true box of the clip {clip.name} is of no use: {error}") from error
            continue
        box, confidence[i] = follower.update(frame)
        if box is not None:
            boxes[i] = box.as_array()
    return boxes, confidence
