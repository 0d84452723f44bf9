"""Plain clips: ``NAME.mp4`` with ``NAME.txt``, or ``NAME.1.txt``, ``NAME.2.txt`` .. for several targets."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from engine.datasets.clip import VIDEO_SUFFIXES, Clip, make_clip
from engine.datasets.truth import read_truth


class Plain:
    """Videos with truth files of the same name beside them."""

    name = "plain"
    suffixes: tuple[str, ...] = VIDEO_SUFFIXES

    def find(self, home: Path, folders: Collection[str], files: Collection[str]) -> list[Path]:
        """The videos that have truth files."""
        texts = {re.sub(r"(\.\d+)?\.txt$", "", name) for name in files if name.endswith(".txt")}
        videos = sorted(name for name in files if Path(name).suffix.lower() in self.suffixes)
        return [home / name for name in videos if Path(name).stem in texts]

    def read(self, annotation: Path) -> list[Clip]:
        """A clip a truth file."""
        single = annotation.with_suffix(".txt")
        numbered = re.compile(re.escape(annotation.stem) + r"\.\d+\.txt")
        several = sorted(path for path in annotation.parent.glob("*.txt") if numbered.fullmatch(path.name))
        return [
            make_clip(truth.stem, annotation, read_truth(truth), truth)
            for truth in ([single] if single.is_file() else several)
        ]
