"""``attntrack data``: check, pack and synthesise training data."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np

from engine.errors import FormatError, SourceError
from engine.progress import Progress
from training.cutouts import Photos, read_photos
from training.data.check import check_folder
from training.data.clips import Clip, read_clips, split_clips
from training.data.packfile import PACK_SUFFIX, PackConfig, write_pack
from training.data.photos import PhotoSurvey, survey_photos
from training.films import FilmConfig, write_films
from training.synthetic import SceneConfig, pasted_scene, photo_scene


def add_arguments(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds everything that the verb data can do; each parser carries its function as ``handler``."""
    check = subparsers.add_parser("check", help="say what data there is, and which file is wrong")
    check.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="clips and photos, in any layout")
    check.add_argument("--deep", action="store_true", help="read every frame and photo, not only what is said of them")
    check.set_defaults(handler=check_data)
    pack = subparsers.add_parser("pack", help="make one small file of training data, for another machine")
    pack.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="clips and photos, in any layout")
    pack.add_argument("--out", type=Path, required=True, metavar="FILE.zip", help="file to write")
    pack.add_argument("--side", type=int, default=480, help="longer side of the pictures in pixels (default 480)")
    pack.add_argument("--quality", type=int, default=80, help="of the JPEG pictures, 1 to 100 (default 80)")
    pack.add_argument("--limit-mb", type=float, help="largest size of the file: fewer frames and photos are kept")
    pack.add_argument("--seed", type=int, default=0, help="seed by which photos are left out (default 0)")
    pack.set_defaults(handler=pack_data)
    made = subparsers.add_parser("synthesise", help="make annotated clips from photos")
    made.add_argument("data", type=Path, help="folder with images/")
    made.add_argument("out", type=Path, help="folder to write to: NAME.mp4 with NAME.txt")
    made.add_argument("--count", type=int, default=20, help="clips (default 20)")
    made.add_argument("--frames", type=int, default=150, help="frames of a clip (default 150)")
    made.add_argument("--size", default="640x360", help="width x height in pixels (default 640x360)")
    made.add_argument("--seed", type=int, default=0, help="seed of everything random (default 0)")
    made.add_argument("--scenes", action="store_true", help="pictures of training scenes instead, to look at")
    made.set_defaults(handler=synthesise)


def check_data(chosen: argparse.Namespace) -> int:
    """Prints what there is in each layout; 1, with a line a file, if something is wrong."""
    wrong: list[str] = []
    for folder in chosen.folders:
        report = check_folder(folder, chosen.deep)
        sys.stdout.write("".join(f"{line}\n" for line in report.counts or (f"{folder}: no annotated data",)))
        wrong += report.wrong
        if (folder / "train").is_dir() and not report.wrong:
            split = split_clips(read_clips(folder / "train"))
            sys.stdout.write(f"split: {len(split.train)} to train, {len(split.dev)} to develop: ")
            sys.stdout.write(f"{', '.join(split.dev)}\n")
    sys.stderr.write("".join(f"attntrack: {' '.join(line.split())}\n" for line in wrong))
    return 1 if wrong else 0


def pack_data(chosen: argparse.Namespace) -> int:
    """Packs all clips and photos of some folders."""
    if chosen.out.suffix != PACK_SUFFIX:
        raise FormatError(f"{chosen.out} must end with {PACK_SUFFIX}")
    clips, found, plain = [], [], []
    for folder in chosen.folders:
        clips += [clip for clip in _clips(folder) if clip.name not in {other.name for other in clips}]
        survey = survey_photos(folder)
        found += survey.found
        plain += survey.plain
    if not clips:
        raise SourceError(f"there are no annotated clips in {', '.join(map(str, chosen.folders))}")
    broken = next((each.error for each in found if each.error is not None), None)
    if broken is not None:
        raise broken
    config = PackConfig(chosen.side, chosen.quality, chosen.limit_mb, chosen.seed)
    with Progress(len(clips) + 1, "clips") as progress:
        size = write_pack(clips, PhotoSurvey(tuple(found), tuple(plain)), chosen.out, config, progress.step)
    sys.stdout.write(
        f"{chosen.out}: {size.bytes / 1e6:.1f} MB, {size.clips} clips with {size.kept:.0%} of their frames, "
        f"{size.photos} photos\n"
    )
    return 0


def _clips(folder: Path) -> list[Clip]:
    try:
        return read_clips(folder)
    except SourceError:  # a folder of photos
        return []


def synthesise(chosen: argparse.Namespace) -> int:
    """Writes clips, or with ``--scenes`` the pictures that training makes of photos."""
    try:
        width, height = (int(part) for part in chosen.size.split("x"))
    except ValueError:
        sys.stderr.write(f"attntrack: --size {chosen.size}: give width x height in pixels, as in 640x360\n")
        return 2
    photos = read_photos(chosen.data / "images")
    if chosen.scenes:
        _write_scenes(chosen.out, photos, chosen.count, (width, height), chosen.seed)
        return 0
    config = FilmConfig(frames=chosen.frames, size=(width - width % 2, height - height % 2))
    written = write_films(chosen.out, photos, chosen.count, config, chosen.seed)
    sys.stdout.write(f"{len(written)} clips of {chosen.frames} frames in {chosen.out}\n")
    return 0


def _write_scenes(out: Path, photos: Photos, count: int, size: tuple[int, int], seed: int) -> None:
    """``NNN.template.png``, ``NNN.0.png`` to ``NNN.2.png``, and their boxes in ``scenes.json``."""
    rng = np.random.default_rng(seed)
    out.mkdir(parents=True, exist_ok=True)
    entries = []
    for number in range(count):
        make = pasted_scene if number % 2 == 0 else photo_scene
        scene = make(photos, size, rng, SceneConfig())
        pictures = {"template": scene.template, **{str(i): frame for i, frame in enumerate(scene.frames)}}
        for name, picture in pictures.items():
            cv2.imwrite(str(out / f"{number:03d}.{name}.png"), picture)
        entries.append(
            [
                {"template": t.template_box.tolist(), "box": None if t.box is None else t.box.tolist()}
                for t in scene.targets
            ]
        )
    (out / "scenes.json").write_text(json.dumps(entries) + "\n", encoding="utf-8")
