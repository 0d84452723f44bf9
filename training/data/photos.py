"""Every photo below a folder, annotated or not, whatever the layout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.datasets import IMAGE_SUFFIXES
from engine.datasets.find import places
from engine.errors import FormatError, SourceError
from training.data.readers import STILL_LAYOUTS
from training.data.stills import Still


@dataclass(frozen=True, eq=False)
class FoundStills:
    """What one annotation says: its photos, or why they cannot be read."""

    layout: str
    annotation: Path
    stills: tuple[Still, ...]
    error: FormatError | None = None


@dataclass(frozen=True, eq=False)
class PhotoSurvey:
    """All annotations below a folder, and the pictures of folders without any."""

    found: tuple[FoundStills, ...]
    plain: tuple[Path, ...]


def survey_photos(folder: Path) -> PhotoSurvey:
    """What there is below the folder, also what cannot be read. Raises FormatError if there is no folder."""
    found: list[FoundStills] = []
    plain: list[Path] = []
    for home, folders, files in places(folder):
        here = [(layout, path) for layout in STILL_LAYOUTS for path in layout.find(home, folders, files)]
        for layout, annotation in here:
            try:
                found.append(FoundStills(layout.name, annotation, tuple(layout.read(annotation))))
            except FormatError as error:
                found.append(FoundStills(layout.name, annotation, (), error))
        if here:  # the pictures below belong to it
            folders.clear()
        else:
            plain += [home / name for name in sorted(files) if Path(name).suffix.lower() in IMAGE_SUFFIXES]
    return PhotoSurvey(tuple(found), tuple(plain))


def read_stills(folder: Path) -> list[Still]:
    """The annotated photos below a folder that have at least one object of 12 px or more a side.

    Raises:
        SourceError: there is none.
        FormatError: an annotation cannot be read.
    """
    stills: list[Still] = []
    for found in survey_photos(folder).found:
        if found.error is not None:
            raise found.error
        stills += [still for still in found.stills if still.objects]
    if not stills:
        names = ", ".join(layout.name for layout in STILL_LAYOUTS)
        raise SourceError(f"{folder} holds no annotated photo; it takes {names}")
    return stills
