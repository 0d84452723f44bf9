"""What the worker tells whoever drives it: frozen values, safe to hand to another thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.backends.base import BackendInfo
from engine.sources.base import SourceInfo


@dataclass(frozen=True, slots=True)
class Event:
    """Base of everything the worker reports."""


@dataclass(frozen=True, slots=True)
class Opened(Event):
    """A source is open and its first frame is on its way; ``generation`` is what ``Worker.open`` returned for it."""

    info: SourceInfo
    generation: int = 0


@dataclass(frozen=True, slots=True)
class InfoChanged(Event):
    """More is known of the open source, such as its exact frame count."""

    info: SourceInfo


@dataclass(frozen=True, slots=True)
class Closed(Event):
    """No source is open any more."""


@dataclass(frozen=True, slots=True)
class PlayState(Event):
    """Playing began or stopped."""

    playing: bool


@dataclass(frozen=True, slots=True)
class Ended(Event):
    """The last frame was reached; playing has stopped there."""

    frame_index: int


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """Something did not work; ``message`` is a sentence for the user, ``details`` a traceback or empty."""

    message: str
    details: str = ""


@dataclass(frozen=True, slots=True)
class BackendReady(Event):
    """The networks are loaded; ``notes`` say of each graph how it came to run, where there is something to say."""

    info: BackendInfo
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BackendFailed(Event):
    """The networks could not be loaded; showing still works, tracking does not."""

    message: str
    details: str = ""


@dataclass(frozen=True, slots=True)
class TargetStarted(Event):
    """A target was (re)started on ``frame_index``; ``asked_frame`` is the frame its box was drawn on.

    They differ only for a live source that no longer holds that frame.
    """

    target: int
    frame_index: int
    asked_frame: int
    manual: bool


@dataclass(frozen=True, slots=True)
class TargetRejected(Event):
    """A box was of no use; the track is as it was before. ``message`` says why."""

    target: int
    message: str


@dataclass(frozen=True, slots=True)
class TargetChanged(Event):
    """Rows of a target were changed; ``followed``: whether it is carried on where they end."""

    target: int
    followed: bool


@dataclass(frozen=True, slots=True)
class TargetLost(Event):
    """A target was lost on this frame."""

    target: int
    frame_index: int
    time_s: float


@dataclass(frozen=True, slots=True)
class TargetReacquired(Event):
    """A lost target was found again on this frame."""

    target: int
    frame_index: int
    time_s: float


@dataclass(frozen=True, slots=True)
class RecordingEnded(Event):
    """A recording is complete, or could not be written: then ``error`` is a sentence for the user."""

    path: Path
    error: str = ""


@dataclass(frozen=True, slots=True)
class SignalLost(Event):
    """A live source sends nothing; the program tries to reconnect by itself, for the ``attempts``-th time now."""

    attempts: int = 0


@dataclass(frozen=True, slots=True)
class SignalBack(Event):
    """A live source sends frames again."""


@dataclass(frozen=True, slots=True)
class Progress(Event):
    """How far something longer has come: ``done`` of ``total`` (equal at the end) of ``what``."""

    what: str
    done: int
    total: int
