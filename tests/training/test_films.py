import numpy as np
import pytest

from engine.datasets import find_clips
from engine.geometry import iou
from engine.sources import open_source
from training.commands import main
from training.cutouts import read_photos
from training.data.clips import read_clips, split_clips
from training.films import Film, FilmConfig, wander

CONFIG = FilmConfig(frames=60, size=(160, 120), min_size=0.2, max_size=0.3)


@pytest.fixture(scope="module")
def photos(data_folder):
    return read_photos(data_folder / "images")


def test_ways_are_smooth_and_repeat_with_their_seed():
    way = wander(120, 2, 30.0, np.random.default_rng(0))
    assert way.shape == (120, 2)
    assert np.abs(np.diff(way, axis=0)).max() < 0.2
    assert way.std() > 0.3
    np.testing.assert_array_equal(way, wander(120, 2, 30.0, np.random.default_rng(0)))


def test_a_film_moves_its_target_and_nothing_jumps(photos):
    film = Film(photos, np.random.default_rng(1), FilmConfig(**{**vars(CONFIG), "leaves": 0.0, "occluder": 0.0}))
    frames, boxes = zip(*film, strict=True)
    boxes = np.array(boxes)
    assert np.isfinite(boxes).all()
    assert (boxes[:, :2] >= 0).all() and (boxes[:, :2] + boxes[:, 2:] <= CONFIG.size).all()
    assert iou(boxes[1:], boxes[:-1]).min() > 0.5
    assert iou(boxes[0], boxes[-1]) < 0.9
    assert np.abs(frames[0].astype(int) - frames[-1]).mean() > 1


def test_a_target_that_leaves_is_out_of_sight_for_a_spell_and_comes_back(photos):
    config = FilmConfig(**{**vars(CONFIG), "leaves": 1.0, "occluder": 0.0, "look_alikes": 0})
    for seed in range(4):
        present = np.array([np.isfinite(box[0]) for _, box in Film(photos, np.random.default_rng(seed), config)])
        turns = np.flatnonzero(np.diff(present.astype(int)))
        assert 5 <= (~present).sum() < 40
        assert len(turns) in (1, 2)


def test_the_verb_writes_clips_that_evaluation_and_training_read(data_folder, tmp_path, capsys):
    arguments = ["synthesise", str(data_folder), str(tmp_path), "--count", "3", "--frames", "8", "--size", "161x121"]
    assert main("data", arguments) == 0
    assert "3 clips of 8 frames" in capsys.readouterr().out
    clips = find_clips(tmp_path)
    assert [clip.name for clip in clips] == ["film_000", "film_001", "film_002"]
    source = open_source(str(clips[0].source))
    assert (source.info.width, source.info.height) == (160, 120)
    source.close()
    assert all(np.isfinite(clip.truth[0]).all() and clip.start == 0 for clip in clips)
    read = read_clips(tmp_path)
    assert {clip.label for clip in read} == {"gt"} and len(split_clips(read).dev) == 1
    assert len({(tmp_path / f"film_{n:03d}.txt").read_text() for n in range(3)}) == 3


def test_the_same_seed_gives_the_same_truth(data_folder, tmp_path):
    for name in ("a", "b"):
        options = ["--count", "1", "--frames", "4", "--size", "160x120", "--seed", "5"]
        assert main("data", ["synthesise", str(data_folder), str(tmp_path / name), *options]) == 0
    assert (tmp_path / "a" / "film_000.txt").read_text() == (tmp_path / "b" / "film_000.txt").read_text()
