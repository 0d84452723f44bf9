"""The frames of an annotated clip, one for each row of its truth."""

from __future__ import annotations

from collections.abc import Generator

from engine.datasets import Clip
from engine.errors import SourceError
from engine.sources import open_source
from engine.types import Frame


def frames_of(clip: Clip) -> Generator[Frame]:
    """The clip's frames in order; close the generator if not all are taken.

    Raises:
        SourceError: the clip has fewer frames than boxes.
    """
    source = open_source(str(clip.source))
    try:
        if clip.start:
            source.seek(clip.start)
        for i in range(len(clip.truth)):
            frame = source.read()
            if frame is None:
                raise SourceError(f"{clip.source} ends after {i} frames, but its truth has {len(clip.truth)} boxes.")
            yield frame
    finally:
        source.close()
