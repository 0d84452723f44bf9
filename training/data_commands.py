"""``attntrack data``: check, pack and synthesise training data."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np

from training.cutouts import Photos, read_photos
from training.data.clips import read_clips, split_clips
from training.data.stills import read_stills
from training.films import FilmConfig, write_films
from training.synthetic import SceneConfig, pasted_scene, photo_scene
from training.workspace import Workspace, prepare


def add_arguments(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds everything that the verb data can do; each parser carries its function as ``handler``."""
    check = subparsers.add_parser("check", help="read all training data and say what there is")
    check.add_argument("data", type=Path, help="folder with train/ and images/")
    check.set_defaults(handler=check_data)
    pack = subparsers.add_parser("pack", help="decode the clips and compute the development features")
    pack.add_argument("data", type=Path, help="folder with train/ and images/")
    pack.add_argument("work", type=Path, help="folder for features, checkpoints and logs")
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
    """Reads every clip's boxes and every photo's objects and prints the counts."""
    clips = read_clips(chosen.data / "train")
    split = split_clips(clips)
    boxes = sum(int(np.isfinite(target[:, 0]).sum()) for clip in clips for target in clip.targets)
    sys.stdout.write(f"clips: {len(clips)}, targets {sum(len(c.targets) for c in clips)}, boxes {boxes}\n")
    sys.stdout.write(f"split: {len(split.train)} to train, {len(split.dev)} to develop: {', '.join(split.dev)}\n")
    for folder in Workspace(chosen.data, chosen.data).stills:
        stills = read_stills(folder)
        objects = [item for still in stills for item in still.objects]
        outlined = sum(bool(item.polygons) for item in objects)
        sys.stdout.write(f"{folder.name}: {len(stills)} photos, {len(objects)} objects, {outlined} with polygons\n")
    return 0


def pack_data(chosen: argparse.Namespace) -> int:
    """Decodes the clips and fills the development pool."""
    prepare(Workspace(chosen.data, chosen.work))
    return 0


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
