"""The clip that comes with the program."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from engine.datasets import Clip, read_truth
from engine.errors import SourceError


def demo_path() -> Path:
    """Where the bundled video lies, if it is there."""
    return Path(str(resources.files("assets"))) / "demo.mp4"


def demo_clip() -> Clip:
    """The bundled clip with its truth. Raises SourceError if it is not there."""
    video = demo_path()
    truth = video.with_suffix(".txt")
    if not (video.is_file() and truth.is_file()):
        raise SourceError(f"The demo clip {video} is missing: reinstall attntrack.")
    return Clip("demo", video, read_truth(truth))
