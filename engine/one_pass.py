"""One pass of a tracker over an annotated clip: started on the first box, then left alone to the end."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import Backend
from engine.clip_frames import frames_of
from engine.config import TrackerConfig
from engine.datasets import Clip
from engine.errors import FormatError
from engine.painting import paint_out
from engine.tracking.glance import AttentionSource, network
from engine.tracking.multi import MultiTracker
from engine.types import Box, Float64Array, Frame, Target, TrackState, read_only

NOWHERE = range(0)


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """What a tracker made of a clip.

    ``boxes`` ``(N, 4) float64``, NaN where it reported none; ``confidence`` ``(N,) float64``; ``tracked`` ``(N,)
    bool``: where it claimed to have the target for sure.
    """

    boxes: Float64Array
    confidence: Float64Array
    tracked: NDArray[Any]


class Follower(Protocol):
    """What all trackers look like from here."""

    def init(self, frame: Frame, box: Box) -> None:
        """Start on this frame."""
        ...

    def update(self, frame: Frame) -> Target:
        """What is claimed of the target on this frame."""
        ...

    def close(self) -> None:
        """Free what was taken."""
        ...


class OurFollower:
    """This program's tracker with one target."""

    def __init__(
        self, backend: Backend, config: TrackerConfig, seed: int = 0, attention: AttentionSource = network
    ) -> None:
        self._tracker = MultiTracker(backend, config, seed, attention)

    def init(self, frame: Frame, box: Box) -> None:
        """Start on this frame."""
        self._tracker.init(frame, {1: box})

    def update(self, frame: Frame) -> Target:
        """What is claimed of the target on this frame."""
        (target,) = self._tracker.update(frame).targets
        return target

    def close(self) -> None:
        """Stop learning."""
        self._tracker.close()


def follow(follower: Follower, clip: Clip, hidden: range = NOWHERE) -> Track:
    """The track of a whole clip.

    Args:
        follower: A tracker that has not been started.
        clip: The clip; its first true box is all that the tracker is told.
        hidden: Rows of the truth on which the target is painted out of the frame before the tracker sees it.

    Raises:
        SourceError: the clip has fewer frames than boxes.
        FormatError: the tracker refuses the first box.
    """
    boxes, confidence = np.full((len(clip.truth), 4), np.nan), np.zeros(len(clip.truth))
    tracked = np.zeros(len(clip.truth), dtype=bool)
    with closing(frames_of(clip)) as frames:
        for i, (frame, truth) in enumerate(zip(frames, clip.truth, strict=True)):
            if i == 0:
                boxes[0], confidence[0], tracked[0] = truth, 1.0, True
                _start(follower, frame, clip)
                continue
            if i in hidden:
                image = read_only(paint_out(frame.image, Box.from_array(truth)))
                frame = Frame(frame.index, frame.time_s, image)
            target = follower.update(frame)
            confidence[i], tracked[i] = target.confidence, target.state is TrackState.TRACKED
            if target.box is not None:
                boxes[i] = target.box.as_array()
    return Track(boxes, confidence, tracked)


def _start(follower: Follower, frame: Frame, clip: Clip) -> None:
    try:
        follower.init(frame, Box.from_array(clip.truth[0]))
    except FormatError as error:
        raise FormatError(f"the first true box of the clip {clip.name} is of no use: {error}") from error
