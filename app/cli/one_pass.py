"""Passes of trackers over annotated clips, here or in other processes."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.backends.base import Backend
from engine.backends.select import open_backend
from engine.config import TrackerConfig
from engine.datasets import Clip
from engine.one_pass import NOWHERE, Follower, OurFollower, Track, follow
from engine.peers import PeerFollower

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
class Case:
    """A clip to be tracked; the target is painted out on the rows ``hidden`` of its truth."""

    clip: Clip
    hidden: range = NOWHERE


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """What a tracker made of the case of this number."""

    tracker: str
    case: int
    track: Track


class Runner:
    """Runs passes one after the other; the networks are loaded once."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._backend: Backend | None = None

    def run(self, tracker: str, index: int, case: Case) -> Pass:
        """One pass of the named tracker over the case.

        Raises:
            SourceError: The clip has fewer frames than boxes.
            FormatError: The tracker refuses the first box.
        """
        follower = self._follower(tracker)
        try:
            return Pass(tracker, index, follow(follower, case.clip, case.hidden))
        finally:
            follower.close()

    def close(self) -> None:
        """Free the networks."""
        if self._backend is not None:
            self._backend.close()

    def _follower(self, tracker: str) -> Follower:
        if tracker != OURS:
            return PeerFollower(tracker, self._setup.peer_models)
        if self._backend is None:
            self._backend = open_backend(self._setup.backend, self._setup.threads, self._setup.models)
        return OurFollower(self._backend, TrackerConfig(deterministic=True), self._setup.seed)


def run_passes(setup: Setup, trackers: Sequence[str], cases: Sequence[Case], jobs: int) -> Iterator[Pass]:
    """Every tracker over every case, in whatever order they finish, in ``jobs`` processes (1: in this one)."""
    work = [(tracker, index, case) for index, case in enumerate(cases) for tracker in trackers]
    if jobs == 1:
        runner = Runner(setup)
        try:
            for item in work:
                yield runner.run(*item)
        finally:
            runner.close()
        return
    # the longest first, so that no process is left alone with one at the end
    work.sort(key=lambda item: -len(item[2].clip.truth))
    with multiprocessing.get_context("spawn").Pool(min(jobs, len(work)), _start, (setup,)) as pool:
        yield from pool.imap_unordered(_run, work)


_runner: Runner  # of a worker process


def _start(setup: Setup) -> None:
    global _runner
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    _runner = Runner(setup)


def _run(item: tuple[str, int, Case]) -> Pass:
    return _runner.run(*item)
