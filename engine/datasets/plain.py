"""Plain clips: ``NAME.mp4`` with ``NAME.txt``, or ``NAME.1.txt``, ``NAME.2.txt`` .. for several targets."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from engine.datasets.clip import VIDEO_SUFFIXES, Clip, make_clip
from engine.datasets.truth import read_truth

_NUMBERED = re.compile(r"\.\d+\.txt$")


class Plain:
    """Videos with truth files of the same name beside them."""

    name = "plain"
    suffixes: tuple[str, ...] = VIDEO_SUFFIXES

    def find(self, home: Path, folders: Collection[str], files: Collection[str]) -> list[Path]:
        """The truth files that lie beside their videos: one with the video's own name, or else the numbered ones."""
        videos = {Path(name).stem for name in files if Path(name).suffix.lower() in self.suffixes}
        texts = sorted(name for name in files if name.endswith(".txt"))
        single = {name for name in texts if Path(name).stem in videos}
        numbered = [name for name in texts if _NUMBERED.sub("", name) in videos]
        others = [name for name in numbered if f"{_NUMBERED.sub('', name)}.txt" not in single]
        return [home / name for name in sorted([*single, *others])]

    def read(self, annotation: Path) -> list[Clip]:
        """The clip of a truth file."""
        stem = annotation.stem
        beside = [path for path in sorted(annotation.parent.iterdir()) if path.suffix.lower() in self.suffixes]
        video = next(path for of in (stem, Path(stem).stem) for path in beside if path.stem == of)
        return [make_clip(stem, video, read_truth(annotation), annotation)]
