"""Annotated clips in a folder: plain NAME.mp4 + NAME.txt, and the layouts of OTB, VOT, GOT-10k and LaSOT."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.errors import FormatError
from engine.types import Float64Array, read_only

VIDEO_SUFFIXES = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg")
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
TRUTH_NAMES = ("groundtruth.txt", "groundtruth_rect.txt", "groundtruth_rect.1.txt", "groundtruth_rect.2.txt")
_OTB_OFFSETS = {"David": 299}  # the benchmark's truth starts later than its pictures


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A clip with its truth. ``truth`` is ``(N, 4) float64`` x, y, w, h, NaN rows where the target is absent.

    Row i belongs to frame ``start + i`` of ``source`` (a video file or a folder of pictures). Row 0 holds a box.
    """

    name: str
    source: Path
    truth: Float64Array
    start: int = 0


def find_clips(folder: Path) -> list[Clip]:
    """Every annotated clip in the folder, by name. Raises FormatError if there is none or one cannot be read."""
    folder = Path(folder)
    if not folder.is_dir():
        raise FormatError(f"{folder} is not a folder: give one that holds clips and their truth.")
    clips = _plain_clips(folder)
    for pattern in TRUTH_NAMES:
        for path in sorted(folder.rglob(pattern)):
            clips.append(_picture_clip(path))
    clips = _told_apart(clips, folder)
    if not clips:
        raise FormatError(
            f"{folder} holds no annotated clip: it takes NAME.mp4 with NAME.txt (x,y,w,h a frame), "
            "or folders as OTB, VOT, GOT-10k or LaSOT lay them out."
        )
    return sorted(clips, key=lambda clip: clip.name)


def read_truth(path: Path) -> Float64Array:
    """The boxes of a truth file as ``(N, 4) float64``, NaN where the target is absent.

    A row is x,y,w,h, or a polygon of 8 numbers, or a run-length mask of VOT (both become the box that encloses
    them); comma, tab or space between the numbers; ``nan`` or a box without area means absent.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(f"{path} cannot be read as a truth file: {error}.") from error
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise FormatError(f"{path} is empty: it needs one x,y,w,h a frame.")
    rows = np.array([_row(line, path, number) for number, line in enumerate(lines, start=1)], dtype=np.float64)
    rows[~((rows[:, 2] > 0) & (rows[:, 3] > 0))] = np.nan
    return rows


def _told_apart(clips: list[Clip], folder: Path) -> list[Clip]:
    """The clips with the folders they lie in put before their names where two would have one name."""
    often = {name for name, times in Counter(clip.name for clip in clips).items() if times > 1}
    out = []
    for clip in clips:
        inner = clip.source if clip.source.is_file() or clip.source.name == clip.name else clip.source.parent
        home = inner.parent.relative_to(folder)
        out.append(replace(clip, name=(home / clip.name).as_posix()) if clip.name in often else clip)
    return out


def _row(line: str, path: Path, number: int) -> list[float]:
    """One row of a truth file as x, y, w, h."""
    text = line.strip()
    if text.startswith("m"):  # VOT mask: m x,y,w,h,runs; the runs fill a tight rectangle
        text = ",".join(re.split(r"[,\s]+", text[1:].strip())[:4])
    try:
        values = [float(part) for part in re.split(r"[,\s]+", text) if part]
    except ValueError:
        values = []
    if len(values) == 1 and not np.isfinite(values[0]):
        return [np.nan] * 4
    if len(values) == 4:
        return values if np.isfinite(values).all() else [np.nan] * 4
    if len(values) >= 6 and len(values) % 2 == 0:
        xs, ys = values[0::2], values[1::2]
        return [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
    raise FormatError(f'{path}, line {number}: "{line.strip()[:40]}" is not a box x,y,w,h.')


def _plain_clips(folder: Path) -> list[Clip]:
    """Clips of NAME.mp4 with NAME.txt, or NAME.1.txt, NAME.2.txt .. for several targets in one video."""
    clips = []
    for video in sorted(path for path in folder.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES):
        single = video.with_suffix(".txt")
        numbered = sorted(
            path for path in folder.glob("*.txt") if re.fullmatch(re.escape(video.stem) + r"\.\d+\.txt", path.name)
        )
        for truth in [single] if single.is_file() else numbered:
            clips.append(_clip(truth.stem, video, read_truth(truth), 0, truth))
    return clips


def _picture_clip(truth_path: Path) -> Clip:
    """The clip of a truth file that lies beside its pictures or the folder of them."""
    home = truth_path.parent
    pictures = next((home / sub for sub in ("img", "color", "imgs") if (home / sub).is_dir()), home)
    if not any(path.suffix.lower() in IMAGE_SUFFIXES for path in pictures.iterdir()):
        raise FormatError(f"{home} has a truth file but no pictures, neither in it nor in img/ or color/.")
    truth = read_truth(truth_path)
    for name, absent in (("absence.label", 1), ("full_occlusion.txt", 1), ("out_of_view.txt", 1), ("cover.label", 0)):
        _mark_absent(truth, home / name, absent)
    name, start = home.name, 0
    if truth_path.name.startswith("groundtruth_rect"):
        number = re.fullmatch(r"groundtruth_rect\.(\d+)\.txt", truth_path.name)
        start = _OTB_OFFSETS.get(name, 0)
        name = f"{name}-{number.group(1)}" if number else name
    return _clip(name, pictures, truth, start, truth_path)


def _mark_absent(truth: Float64Array, path: Path, absent: int) -> None:
    """Blank the rows that a label file (numbers by frame, on one line or many) marks as absent."""
    if not path.is_file():
        return
    try:
        labels = np.array([int(float(part)) for part in re.split(r"[,\s]+", path.read_text().strip()) if part])
    except (ValueError, UnicodeDecodeError) as error:
        raise FormatError(f"{path} is not a list of numbers, one a frame.") from error
    if len(labels) != len(truth):
        raise FormatError(f"{path} has {len(labels)} labels for {len(truth)} boxes.")
    marked = labels == absent
    marked[0] = False  # the first box is what the tracker is given
    truth[marked] = np.nan


def _clip(name: str, source: Path, truth: Float64Array, start: int, path: Path) -> Clip:
    """The clip from its first frame with a box on."""
    present = np.flatnonzero(np.isfinite(truth[:, 0]))
    if len(present) == 0:
        raise FormatError(f"{path} has no box at all: nothing can be tracked.")
    first = int(present[0])
    return Clip(name, source, read_only(truth[first:]), start + first)
