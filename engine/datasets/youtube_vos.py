"""YouTube-VOS: ``JPEGImages/NAME/*.jpg`` with masks of every fifth frame in ``Annotations/NAME/*.png``."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from engine.datasets.clip import Clip
from engine.datasets.davis import SIZES
from engine.datasets.masks import MASKS, PICTURES, mask_clips


class YouTubeVos:
    """The large video segmentation set; the box of a frame between two masks lies between theirs."""

    name = "YouTube-VOS"

    def find(self, home: Path, folders: Collection[str], files: Collection[str]) -> list[Path]:
        """The folders of masks, one a video."""
        if not {MASKS, PICTURES} <= set(folders):
            return []
        inner = sorted(path for path in (home / MASKS).iterdir() if path.is_dir())
        return [] if any(path.name in SIZES for path in inner) else inner

    def read(self, annotation: Path) -> list[Clip]:
        """A clip an object, named ``VIDEO-NUMBER`` where there are several."""
        return mask_clips(annotation, annotation.parents[1] / PICTURES / annotation.name)
