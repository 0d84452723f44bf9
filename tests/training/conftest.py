"""Tiny training data that the tests draw themselves: two clips and two folders of photos."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

FRAMES = 24
torch.set_num_threads(1)  # small tensors: threads would only wait for each other
SIZE = (160, 120)


def _texture(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    small = rng.integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def _write_clip(folder: Path, name: str, seed: int, absent: tuple[int, ...] = ()) -> np.ndarray:
    rng = np.random.default_rng(seed)
    background, patch = _texture(rng, *SIZE), _texture(rng, 32, 24)
    writer = cv2.VideoWriter(str(folder / f"{name}.mp4"), cv2.VideoWriter_fourcc(*"mp4v"), 25.0, SIZE)
    assert writer.isOpened()
    boxes = np.empty((FRAMES, 4))
    for t in range(FRAMES):
        frame = background.copy()
        x, y = 20 + 3 * t, 30 + t
        frame[y : y + 24, x : x + 32] = patch
        boxes[t] = np.nan if t in absent else (x, y, 32, 24)
        writer.write(frame)
    writer.release()
    lines = ["nan" if np.isnan(b[0]) else ",".join(f"{v:g}" for v in b) for b in boxes]
    (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
    return boxes


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder laid out as the training data: ``train`` with 4 clips, ``images/objects`` and ``images/coco``."""
    root = tmp_path_factory.mktemp("data")
    clips = root / "train"
    clips.mkdir()
    names = ("alpha", "beta", "gamma", "delta")
    for seed, name in enumerate(names):
        _write_clip(clips, name, seed, absent=(3, 4) if name == "alpha" else ())
    with (clips / "index.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "dataset", "label", "footage_group"])
        writer.writerows((name, "own", "pseudo" if name == "delta" else "gt", name) for name in names)
    objects = root / "images" / "objects"
    objects.mkdir(parents=True)
    rng = np.random.default_rng(9)
    records = []
    for i in range(3):
        photo = _texture(rng, 200, 160)
        cv2.imwrite(str(objects / f"{i}.png"), photo)
        polygon = [60.0, 50.0, 110.0, 50.0, 110.0, 90.0, 60.0, 90.0]
        items = [
            {"box": [60.0, 50.0, 50.0, 40.0], "category": "cup", "polygons": [polygon]},
            {"box": [10.0, 10.0, 30.0, 30.0], "category": "cup", "polygons": None},
            {"box": [5.0, 5.0, 8.0, 30.0], "category": "pin", "polygons": None},
        ]
        records.append({"image": f"{i}.png", "width": 200, "height": 160, "objects": items})
    (objects / "instances.json").write_text(json.dumps(records))
    coco = root / "images" / "coco"
    coco.mkdir()
    for i in range(2):
        cv2.imwrite(str(coco / f"{i}.jpg"), _texture(rng, 200, 160))
    (coco / "boxes.csv").write_text(
        "image,x,y,w,h,category\n0.jpg,20,20,60,50,3\n1.jpg,30,30,40,40,7\n1.jpg,1,1,5,5,7\n"
    )
    (coco / "polygons.json").write_text(
        json.dumps({"0.jpg": [{"category": 3, "polygon": [20, 20, 80, 20, 80, 70, 20, 70]}]})
    )
    return root


@pytest.fixture(scope="session")
def workspace(data_folder: Path, tmp_path_factory: pytest.TempPathFactory):
    """A prepared workspace of the tiny data, with twelve episodes in its pool."""
    from training.data.episodes import EpisodeConfig
    from training.data.pool import Pool
    from training.data.produce import FeatureRunner, fill, training_maker
    from training.workspace import Workspace, prepare

    space = Workspace(data_folder, tmp_path_factory.mktemp("work"), capacity=12)
    prepare(space)
    pool = Pool.create(space.pool, space.capacity)
    maker = training_maker(space.clips, space.pack, space.photos, EpisodeConfig(), 0)
    fill(pool, maker, FeatureRunner(space.graph), 12, None)
    return space
