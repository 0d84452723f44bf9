"""Every annotated clip below a folder, whatever the layout."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from engine.datasets.clip import Clip, Found, Layout
from engine.datasets.davis import Davis
from engine.datasets.got10k import Got10k
from engine.datasets.imagenet_vid import ImageNetVid
from engine.datasets.lasot import Lasot
from engine.datasets.otb import Otb
from engine.datasets.plain import Plain
from engine.datasets.trackingnet import TrackingNet
from engine.datasets.vot import Vot
from engine.datasets.youtube_vos import YouTubeVos
from engine.errors import FormatError

LAYOUTS: tuple[Layout, ...] = (
    Plain(),
    Otb(),
    Vot(),
    Got10k(),
    Lasot(),
    TrackingNet(),
    ImageNetVid(),
    Davis(),
    YouTubeVos(),
)


def places(folder: Path) -> Iterator[tuple[Path, list[str], set[str]]]:
    """Every folder below, with the names of its folders (taking some out keeps them from being visited) and files.

    Links are followed. Raises FormatError if there is no folder.
    """
    if not folder.is_dir():
        raise FormatError(f"{folder} is not a folder: give one that holds clips and their truth.")
    seen: set[str] = set()
    for home, folders, files in os.walk(folder, followlinks=True):
        place = os.path.realpath(home)
        if place in seen:  # a link that leads back
            folders.clear()
            continue
        seen.add(place)
        folders.sort()
        yield Path(home), folders, set(files)


def survey(folder: Path, layouts: Sequence[Layout] = LAYOUTS) -> Iterator[Found]:
    """What lies in each place below the folder, also what cannot be read. Raises FormatError if there is no folder."""
    for home, folders, files in places(Path(folder)):
        whole = False
        for layout in layouts:
            for annotation in layout.find(home, folders, files):
                whole |= annotation.parent != home
                try:
                    yield Found(layout.name, annotation, layout.read(annotation))
                except FormatError as error:
                    yield Found(layout.name, annotation, (), error)
        if whole:  # a dataset whose annotations lie further down: nothing else does
            folders.clear()


def find_clips(folder: Path) -> list[Clip]:
    """Every annotated clip in the folder, by name. Raises FormatError if there is none or one cannot be read."""
    clips: list[Clip] = []
    for found in survey(folder):
        if found.error is not None:
            raise found.error
        clips += found.clips
    if not clips:
        raise FormatError(
            f"{folder} holds no annotated clip: it takes NAME.mp4 with NAME.txt (x,y,w,h a frame), or folders as "
            f"{', '.join(layout.name for layout in LAYOUTS[1:])} lay them out."
        )
    return sorted(_told_apart(clips, Path(folder)), key=lambda clip: clip.name)


def _told_apart(clips: list[Clip], folder: Path) -> list[Clip]:
    """The clips with the folders they lie in put before their names where two would have one name."""
    often = {name for name, times in Counter(clip.name for clip in clips).items() if times > 1}
    out = []
    for clip in clips:
        inner = clip.source if clip.source.is_file() or clip.source.name == clip.name else clip.source.parent
        home = inner.parent.relative_to(folder)
        out.append(replace(clip, name=(home / clip.name).as_posix()) if clip.name in often else clip)
    return out
