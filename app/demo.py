"""The demo clip for the window: the video and the box it starts with."""

from __future__ import annotations

from pathlib import Path

from app.cli.demo import demo_clip, demo_path
from engine.types import Box


def demo_video() -> Path:
    """The bundled clip. Raises SourceError where it is missing."""
    return demo_clip().source


def is_demo(source: str) -> bool:
    """Whether this is the path of the bundled clip."""
    return source == str(demo_path())


def demo_boxes() -> tuple[Box, ...]:
    """The box of the clip's target on its first frame."""
    return (Box.from_array(demo_clip().truth[0]),)
