from __future__ import annotations

import numpy as np
import pytest

from engine.errors import SourceError
from engine.geometry import crop_square, iou, search_region
from engine.tracking.turned import turned_crops
from engine.types import Box
from training.data.clips import read_clips
from training.data.episodes import (
    CROPS,
    INIT,
    MEMORY,
    SEARCH,
    TURNED_CROPS,
    VIEWS,
    EpisodeConfig,
    EpisodeMaker,
    jittered_region,
)
from training.data.pack import FramePack
from training.data.photos import read_stills
from training.data.pool import F8_SHAPE, F16_SHAPE, Entry, Pool
from training.data.scenes import piece
from training.data.stills import StillObject

CENTRED = np.array([96.0, 96.0, 64.0, 64.0])


def _maker(workspace, seed=0, stills=True, clips=True) -> EpisodeMaker:
    photos = read_stills(workspace.photos) if stills else []
    return EpisodeMaker(read_clips(workspace.clips) if clips else [], workspace.pack, photos, EpisodeConfig(), seed)


def test_first_crop_is_centred_and_the_others_hold_their_target(workspace):
    maker = _maker(workspace)
    for _ in range(12):
        episode = maker.draw()
        assert episode.crops.shape == (CROPS, 256, 256, 3)
        centres = episode.boxes[:, :2] + episode.boxes[:, 2:] / 2
        assert centres[INIT] == pytest.approx([128, 128], abs=0.01)
        assert np.sqrt(episode.boxes[INIT, 2:].prod()) == pytest.approx(64, abs=0.01)
        assert np.abs(centres[MEMORY] - 128).max() < 0.03 * 256
        assert ((centres[SEARCH] > 0) & (centres[SEARCH] < 256)).all()
        np.testing.assert_array_equal(
            episode.crops[TURNED_CROPS], turned_crops(episode.crops[INIT], episode.boxes[INIT])
        )


def test_same_seed_same_episodes(workspace):
    a, b, c = (_maker(workspace, seed).draw() for seed in (4, 4, 5))
    np.testing.assert_array_equal(a.crops, b.crops)
    assert (a.crops != c.crops).any()


def test_clips_views_are_turned(workspace):
    clips, pack = read_clips(workspace.clips), workspace.pack
    spread = []
    for turned in (0.0, 1.0):
        maker = EpisodeMaker(clips, pack, [], EpisodeConfig().turning(turned), 3)
        shapes = [np.log(episode.boxes[:, 2] / episode.boxes[:, 3]) for episode in (maker.draw() for _ in range(6))]
        spread.append(float(np.mean([shape.std() for shape in shapes])))
    assert spread[1] > spread[0] + 0.1


def test_in_order_cuts_as_the_engine_does(workspace):
    maker = _maker(workspace, stills=False)
    number = next(i for i, (clip, _) in enumerate(maker.clip_targets) if clip.name == "beta")
    episode = maker.in_order(number, 0, (5, 6, 7, 8, 9))
    clip, boxes = maker.clip_targets[number]
    image = FramePack(workspace.pack, clip.name)[0]
    crop, mapping = crop_square(image, search_region(Box.from_array(boxes[0]), 4.0), 256)
    np.testing.assert_array_equal(episode.crops[INIT], crop)
    assert episode.boxes[INIT] == pytest.approx(mapping.forward(boxes[0]))


def test_in_order_knows_absence(workspace):
    maker = _maker(workspace, stills=False)
    number = next(i for i, (clip, _) in enumerate(maker.clip_targets) if clip.name == "alpha")
    assert maker.in_order(number, 0, (3, 6, 7, 8, 9)) is None


def test_pieces_of_objects_are_targets_of_their_own(workspace):
    photos = read_stills(workspace.photos)
    whole = EpisodeMaker([], workspace.pack, photos, EpisodeConfig(parts=0.0))
    pieces = EpisodeMaker([], workspace.pack, photos, EpisodeConfig(parts=1.0))
    objects = sum(len(still.objects) for still in photos)
    assert all(whole.draw().target < objects <= pieces.draw().target for _ in range(5))


def test_a_piece_lies_in_its_object():
    box, rng = np.array([10.0, 20.0, 40.0, 60.0]), np.random.default_rng(0)
    for _ in range(50):
        part = piece(StillObject(box, "cat", (np.zeros((3, 2)),)), rng)
        assert (part.box[:2] >= box[:2]).all() and (part.box[:2] + part.box[2:] <= box[:2] + box[2:]).all()
        assert (part.box[2:] <= 0.8 * box[2:]).all() and not part.polygons


def test_clips_alone_and_photos_alone(workspace):
    clips, photos = _maker(workspace, stills=False).draw(), _maker(workspace, clips=False).draw()
    assert clips.category < 0 <= photos.category
    assert photos.plain


def test_jitter_stays_within_its_bounds():
    rng = np.random.default_rng(0)
    box = Box(50.0, 40.0, 30.0, 20.0)
    regions = [jittered_region(box, 0.2, 0.1, rng) for _ in range(200)]
    sides = np.array([r.w for r in regions])
    offsets = np.array([(np.array(r.center) - box.center) / r.w for r in regions])
    assert np.abs(offsets).max() <= 0.2 + 1e-9
    assert np.abs(offsets).max() > 0.15
    side = 4 * np.sqrt(600)
    assert side * np.exp(-0.25) <= sides.min() < side < sides.max() <= side * np.exp(0.25)
    assert all(r.w == r.h for r in regions)


def _entry(value: float, target: int) -> Entry:
    f8, f16 = np.full(F8_SHAPE, value, np.float16), np.full(F16_SHAPE, value, np.float16)
    return Entry(f8, f16, np.full((VIEWS, 4), value, np.float32), target, 2, True)


def test_pool_is_a_ring(tmp_path):
    pool = Pool.create(tmp_path, 3)
    assert len(pool) == 0 and pool.newest == -1
    for serial in range(5):
        pool.write(serial, _entry(serial, serial))
    again = Pool.open(tmp_path)
    assert len(again) == 3 and again.newest == 4
    assert sorted(again.labels["serial"]) == [2, 3, 4]
    boxes, target, category, plain = again.label(4 % 3)
    assert (boxes == 4).all() and target == 4 and category == 2 and plain
    assert (again.f8[1] == 4).all() and (again.f16[1] == 4).all()


def test_pool_is_gone_on_with_or_made_anew(tmp_path):
    Pool.create(tmp_path, 3).write(0, _entry(1, 1))
    assert len(Pool.create(tmp_path, 3)) == 1
    assert len(Pool.create(tmp_path, 4)) == 0


def test_a_pool_of_episodes_with_fewer_crops_is_made_anew(tmp_path):
    Pool.create(tmp_path, 3).write(0, _entry(1, 1))
    np.lib.format.open_memmap(tmp_path / "f8.npy", mode="w+", dtype=np.float16, shape=(3, 6, *F8_SHAPE[1:]))
    pool = Pool.create(tmp_path, 3)
    assert len(pool) == 0 and pool.f8.shape == (3, *F8_SHAPE)


def test_no_pool_is_an_error(tmp_path):
    with pytest.raises(SourceError, match="no pool"):
        Pool.open(tmp_path)


def test_development_pool_follows_the_clip(workspace):
    dev = Pool.open(workspace.dev)
    assert len(dev) > 0
    for slot in dev.filled():
        boxes, _, category, plain = dev.label(int(slot))
        assert plain and category < 0
        assert iou(boxes[INIT].astype(float), CENTRED) > 0.5
