"""Training data of any layouts as one small file, to be carried to a machine with a GPU."""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import FormatError, SourceError
from training.data.augment import Image
from training.data.clips import INDEX, Clip
from training.data.pack import frames_of
from training.data.photos import PhotoSurvey
from training.data.readers.packed import SUFFIX
from training.data.stills import Still

PACK_SUFFIX = ".zip"
_SAMPLED = 4
"""Pictures of a clip, and of each kind of photo times ten, that the size is foretold from."""
_ROOM = 0.95
"""Of the limit that is aimed at: what was sampled is not the rest."""


@dataclass(frozen=True)
class PackConfig:
    """How small it is to be. ``side`` is the longer side in pixels; without a ``limit_mb`` everything is kept."""

    side: int = 480
    quality: int = 80
    limit_mb: float | None = None
    seed: int = 0


@dataclass(frozen=True)
class PackSize:
    """What came of it: the file's bytes, and shares of the frames and photos that were kept."""

    bytes: int
    kept: float
    clips: int
    photos: int


def write_pack(
    clips: Sequence[Clip],
    photos: PhotoSurvey,
    out: Path,
    config: PackConfig,
    step: Callable[[str], None] = lambda _: None,
) -> PackSize:
    """Writes the clips and photos as one file, from which :func:`unpack` makes a folder of training data.

    Where a limit asks for it, the same share of the frames of each clip, evenly, and of the photos is kept.

    Raises:
        SourceError: a picture cannot be read.
        FormatError: the limit is too small for this size and quality.
    """
    stills = [still for found in photos.found for still in found.stills if still.objects]
    share = 1.0
    if config.limit_mb is not None:
        share = min(_ROOM * 1e6 * config.limit_mb / max(_foretold(clips, stills, photos.plain, config), 1.0), 1.0)
    rng = np.random.default_rng(config.seed)
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(out.name + ".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as file:
        table = io.StringIO()
        index = csv.writer(table)
        index.writerow(["name", "dataset", "label", "footage_group"])
        for clip in clips:
            _write_clip(file, clip, share, config)
            index.writerow([clip.name, "packed", clip.label, clip.group])
            step(clip.name)
        file.writestr(f"train/{INDEX}", table.getvalue())
        kept = _chosen(stills, share, rng)
        records = [_write_still(file, still, number, config) for number, still in enumerate(kept)]
        file.writestr("images/annotated/instances.json", json.dumps(records))
        plain = _chosen(photos.plain, share, rng)
        for number, path in enumerate(plain):
            file.writestr(f"images/plain/{number:06d}.jpg", _jpeg(_read(path), config)[0])
        step("photos")
    size = part.stat().st_size
    if config.limit_mb is not None and size > 1e6 * config.limit_mb:
        part.unlink()
        raise FormatError(
            f"the data came to {size / 1e6:.2f} MB where {config.limit_mb:g} were allowed; choose a smaller side or "
            "quality, or fewer clips"
        )
    os.replace(part, out)
    return PackSize(size, share, len(clips), len(kept) + len(plain))


def unpack(file: Path, folder: Path) -> None:
    """Makes a folder of training data of a packed file.

    Raises:
        SourceError: the file is not there or no such file.
    """
    part = folder.with_name(folder.name + ".part")
    try:
        with zipfile.ZipFile(file) as packed:
            if f"train/{INDEX}" not in packed.namelist():
                raise SourceError(f"{file} was not made by attntrack data pack")
            packed.extractall(part)
    except (OSError, zipfile.BadZipFile) as error:
        raise SourceError(f"{file} cannot be unpacked: {error}") from error
    os.replace(part, folder)


def _write_clip(file: zipfile.ZipFile, clip: Clip, share: float, config: PackConfig) -> None:
    count = max(len(target) for target in clip.targets)
    wanted = set(_evenly(count, share))
    data, offsets, scale = io.BytesIO(), [0], 1.0
    kept: list[int] = []
    for number, frame in enumerate(frames_of(clip)):
        if number >= count:
            break
        if number in wanted:
            picture, scale = _jpeg(frame, config)
            offsets.append(offsets[-1] + data.write(picture))
            kept.append(number)
    if not kept:
        raise SourceError(f"{clip.path} has no frame that can be read; take it out")
    table = io.BytesIO()
    np.save(table, np.array(offsets, dtype=np.int64))
    file.writestr(f"train/{clip.name}{SUFFIX}", data.getvalue())
    file.writestr(f"train/{clip.name}.offsets.npy", table.getvalue())
    for number, target in enumerate(clip.targets, start=1):
        rows = target[[row for row in kept if row < len(target)]] * scale
        text = "".join("nan\n" if np.isnan(r[0]) else ",".join(f"{v:.2f}" for v in r) + "\n" for r in rows)
        if np.isfinite(rows[:, 0]).any():
            file.writestr(f"train/{clip.name}.{number}.txt", text)


def _write_still(file: zipfile.ZipFile, still: Still, number: int, config: PackConfig) -> dict[str, object]:
    picture, scale = _jpeg(_read(still.path), config)
    name = f"{number:06d}.jpg"
    file.writestr(f"images/annotated/{name}", picture)
    objects = [
        {
            "box": [round(float(v) * scale, 2) for v in item.box],
            "category": item.category,
            "polygons": [[round(float(v) * scale, 1) for v in p.reshape(-1)] for p in item.polygons] or None,
        }
        for item in still.objects
    ]
    return {"image": name, "objects": objects}


def _foretold(clips: Sequence[Clip], stills: Sequence[Still], plain: Sequence[Path], config: PackConfig) -> float:
    """About how many bytes everything would take."""
    total = 0.0
    for clip in clips:
        sizes = [len(_jpeg(frame, config)[0]) for frame in islice(frames_of(clip), _SAMPLED)]
        total += (float(np.mean(sizes)) + 40) * max(len(target) for target in clip.targets) if sizes else 0
    for paths in ([still.path for still in stills], list(plain)):
        sample = paths[:: max(len(paths) // (10 * _SAMPLED), 1)]
        sizes = [len(_jpeg(_read(path), config)[0]) for path in sample]
        total += (float(np.mean(sizes)) + 300) * len(paths) if sizes else 0
    return total


def _evenly(count: int, share: float) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, max(round(count * share), 2)).round().astype(np.int64))


def _chosen(items: Sequence[Any], share: float, rng: np.random.Generator) -> list[Any]:
    return [items[i] for i in sorted(rng.permutation(len(items))[: round(share * len(items))])]


def _read(path: Path) -> Image:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise SourceError(f"{path} is not a picture that can be read; replace it")
    return np.asarray(image, dtype=np.uint8)


def _jpeg(image: Image, config: PackConfig) -> tuple[bytes, float]:
    """The picture made small enough as a JPEG file, and by how much it was scaled."""
    scale = min(config.side / max(image.shape[:2]), 1.0)
    if scale < 1:
        size = max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1)
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    good, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, config.quality])
    if not good:
        raise SourceError("a picture cannot be compressed")
    return data.tobytes(), scale
