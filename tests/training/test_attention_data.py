from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.geometry import iou
from engine.models import bundled_models
from training.attention_batch import BatchConfig, BatchMaker, to_batch
from training.attention_clips import ClipScenes, attention_split, in_order
from training.attention_eval import evaluate, strangers
from training.attention_net import AttentionNet, AttentionNetConfig
from training.attention_pool import Mix, MixConfig, SampleRing, fill, fill_dev
from training.attention_samples import GRIDS, Trunks, sample_type, samples, truth_map
from training.cutouts import read_photos
from training.data.clips import read_clips
from training.synthetic import Scene, SceneTarget

PLAIN = BatchConfig(size=16, strangers=0.0, exchanged=0.0, flipped=0.0, noise=0.0)
SMALL = AttentionNetConfig(width=24, fine=8, key=16, middle=16, last=8, blocks16=1, blocks8=1)


@pytest.fixture(scope="module")
def trunks():
    return Trunks(bundled_models())


def patch_scene(absent=False, views=0):
    """A bright patch that moves over noise, 320x192: one network pixel a pixel."""
    rng = np.random.default_rng(0)
    ground = rng.integers(60, 120, (192, 320, 3), dtype=np.uint8)

    def picture(x, y):
        image = ground.copy()
        image[y : y + 32, x : x + 48] = (20, 200, 240)
        return image

    frames = tuple(picture(x, 80) for x in (180, 190, 200))
    box = None if absent else np.array([200.0, 80.0, 48.0, 32.0])
    extra = tuple((frames[0], np.array([180.0, 80.0, 48.0, 32.0])) for _ in range(views))
    return Scene(picture(40, 40), frames, (SceneTarget(np.array([40.0, 40.0, 48.0, 32.0]), box, extra),))


def test_truth_map_fills_the_box_with_an_edge_of_a_cell():
    truth = truth_map(np.array([40.0, 40.0, 48.0, 32.0]), 48, 80)
    assert truth.sum() == pytest.approx(12 * 8)
    assert (truth[11:17, 11:21] == 1).all()
    assert truth[14, 9] == truth[14, 22] == 0
    shifted = truth_map(np.array([42.0, 40.0, 48.0, 32.0]), 48, 80)
    assert shifted[14, 10] == pytest.approx(0.5)


def test_truth_map_of_a_tiny_box_leaves_a_trace_and_of_none_is_black():
    assert truth_map(np.array([41.0, 41.0, 2.0, 2.0]), 48, 80).max() >= 0.5
    assert truth_map(None, 48, 80).max() == 0


def test_a_sample_holds_what_the_engine_would_feed(trunks):
    ((variant, sample),) = samples(patch_scene(), 7, trunks, None)
    assert variant == "wide"
    assert sample["group"] == 7
    np.testing.assert_allclose(sample["box"], [200, 80, 48, 32])
    assert sample["truth"].sum() / 255 == pytest.approx(12 * 8, rel=0.02)
    mean = sample["rgb"][:, 21:27, 51:61].reshape(3, -1).mean(axis=1)
    np.testing.assert_allclose(mean, [240, 200, 20], atol=3)
    # without views every slot is the template's
    assert all(np.array_equal(sample["memory16"][0], sample["memory16"][i]) for i in (1, 2, 3))
    # the matched cells look more like the target's place than like the ground
    target = sample["matched16"].reshape(112, 25).astype(float).mean(axis=1)
    now = sample["f16"][2].astype(float)
    cosine = (now * target[:, None, None]).sum(0) / np.linalg.norm(now, axis=0) / np.linalg.norm(target)
    row, column = np.unravel_index(cosine.argmax(), cosine.shape)
    assert 12 <= column <= 15 and 4 <= row <= 7


def test_views_fill_the_recent_slots_and_absence_blackens_the_truth(trunks):
    ((_, sample),) = samples(patch_scene(absent=True, views=1), 0, trunks, None)
    assert not np.array_equal(sample["memory16"][0], sample["memory16"][1])
    assert np.array_equal(sample["memory16"][0], sample["memory16"][3])
    assert sample["truth"].max() == 0
    assert np.isnan(sample["box"]).all()


def ring_of(folder, groups, variant="wide"):
    ring = SampleRing(folder, variant, len(groups))
    rng = np.random.default_rng(0)
    for group in groups:
        sample = np.zeros((), sample_type(variant))
        for name in ("f16", "f8", "memory16", "matched16", "matched8"):
            sample[name] = rng.normal(size=sample[name].shape)
        sample["truth"][10:20, 10:30] = 255
        sample["box"] = (40, 40, 80, 40)
        sample["group"] = group
        ring.write(sample)
    return ring


def test_the_ring_overwrites_the_oldest_and_is_found_again(tmp_path):
    ring = ring_of(tmp_path, [0, 1, 2, 3])
    sample = np.zeros((), sample_type("wide"))
    sample["group"] = 9
    ring.write(sample)
    again = SampleRing(tmp_path, "wide")
    assert sorted(again.read(again.filled())["group"]) == [1, 2, 3, 9]
    assert sorted(SampleRing(tmp_path, "wide", 4).filled()) == [0, 1, 2, 3]


def test_strangers_in_a_batch_have_black_maps_and_another_target(tmp_path):
    ring = ring_of(tmp_path, range(16))
    records = BatchMaker({"wide": ring}, replace(PLAIN, strangers=0.25)).records(np.random.default_rng(0))
    black = records["truth"].reshape(16, -1).max(axis=1) == 0
    assert black.sum() == 4
    original = {int(r["group"]): r for r in ring.read(ring.filled())}
    for record, dark in zip(records, black, strict=True):
        same = np.array_equal(record["matched16"], original[int(record["group"])]["matched16"])
        assert same == (not dark)
        assert np.array_equal(record["f16"], original[int(record["group"])]["f16"])


def test_samples_of_one_group_are_no_strangers_to_each_other(tmp_path):
    records = BatchMaker({"wide": ring_of(tmp_path, [5] * 8)}, replace(PLAIN, size=8, strangers=0.5)).records(
        np.random.default_rng(0)
    )
    assert (records["truth"].reshape(8, -1).max(axis=1) == 255).all()


def test_exchange_takes_the_target_of_another_sample_of_the_footage(tmp_path):
    ring = ring_of(tmp_path, [3, 3, 3, 3, 8, 8, 8, 8])
    known = {r["f16"].tobytes(): r for r in ring.read(ring.filled())}
    targets = {r["matched16"].tobytes(): int(r["group"]) for r in known.values()}
    maker = BatchMaker({"wide": ring}, replace(PLAIN, size=8, exchanged=1.0), exchangeable={3})
    changed, rng = {3: 0, 8: 0}, np.random.default_rng(0)
    for _ in range(4):
        for record in maker.records(rng):
            group = int(record["group"])
            assert targets[record["matched16"].tobytes()] == group
            changed[group] += not np.array_equal(record["matched16"], known[record["f16"].tobytes()]["matched16"])
    assert changed[3] >= 4
    assert changed[8] == 0


def test_a_mirrored_sample_is_mirrored_throughout(tmp_path):
    ring = ring_of(tmp_path, [1, 2])
    original = {int(r["group"]): r for r in ring.read(ring.filled())}
    for record in BatchMaker({"wide": ring}, replace(PLAIN, flipped=1.0)).records(np.random.default_rng(0)):
        for name in ("f16", "f8", "memory16", "matched16", "matched8", "rgb", "truth"):
            assert np.array_equal(record[name], original[int(record["group"])][name][..., ::-1])


def test_noise_is_small_beside_the_features(tmp_path):
    ring = ring_of(tmp_path, [1, 2])
    original = {int(r["group"]): r for r in ring.read(ring.filled())}
    for record in BatchMaker({"wide": ring}, replace(PLAIN, noise=0.1)).records(np.random.default_rng(0)):
        off = record["f16"].astype(float) - original[int(record["group"])]["f16"]
        assert off.std() == pytest.approx(0.1, rel=0.1)


def test_a_batch_is_what_the_network_takes(tmp_path):
    ring = ring_of(tmp_path, range(4), "square")
    batch = to_batch(ring.read(ring.filled()))
    logits = batch.logits(AttentionNet(SMALL))
    assert logits.shape == batch.truth.shape == (4, 1, 64, 64)
    assert float(batch.truth.max()) == 1.0
    assert batch.memory16.shape == (16, 112, 8, 8)


def test_evaluation_swaps_targets_between_groups_only(tmp_path):
    ring = ring_of(tmp_path, [0, 0, 1, 1, 2])
    records = ring.read(ring.filled())
    others = strangers(records)
    assert len(others) == 5
    by_target = {records["matched16"][i].tobytes(): int(records["group"][i]) for i in range(5)}
    assert all(by_target[o["matched16"].tobytes()] != o["group"] for o in others)
    assert np.isnan(others["box"]).all()


class Oracle(torch.nn.Module):
    """Draws a fixed box whatever it is asked."""

    def __init__(self, x):
        super().__init__()
        self.x = x

    def forward(self, f16, f8, memory16, matched16, matched8):
        logits = torch.full((len(f8), 1, 48, 80), -9.0)
        logits[:, :, 10:20, self.x : self.x + 20] = 9.0
        return logits


def test_the_score_of_a_perfect_and_of_a_wrong_map(tmp_path):
    rings = {"wide": ring_of(tmp_path, [0, 1, 2])}
    right, wrong = evaluate(Oracle(10), rings), evaluate(Oracle(50), rings)
    assert (right.peak, right.top3, right.near) == (1, 1, 1)
    assert right.iou == pytest.approx(1.0, abs=1e-3)
    assert right.spill < 0.01
    assert (wrong.peak, wrong.top3, wrong.near, wrong.iou) == (0, 0, 0, 0)
    assert right.other == wrong.other == 1.0
    assert right.total > wrong.total


def test_the_split_keeps_footage_apart(data_folder):
    clips = read_clips(data_folder / "train")
    split = attention_split(clips)
    assert not set(split.train) & set(split.dev)
    assert len(split.train) + len(split.dev) == 4
    assert "delta" in split.dev  # the only footage with tracker-made boxes: twelve would be held out


def test_clip_scenes_have_their_boxes_on_the_patch(data_folder, workspace):
    clips = read_clips(data_folder / "train")
    scenes, rng = ClipScenes(clips, workspace.pack), np.random.default_rng(0)
    found = [scenes.draw(rng) for _ in range(12)]
    targets = [target for _, scene in found for target in scene.targets]
    assert len(targets) >= 8
    assert all(0.5 < t.template_box[2] / t.template_box[3] < 2.5 for t in targets)


def test_clips_in_order_ask_for_the_first_frames_target(data_folder, workspace):
    clips = read_clips(data_folder / "train")[:1]
    scenes = [scene for _, scene in in_order(clips, workspace.pack, every=4)]
    assert len(scenes) == 5
    boxes = [scene.targets[0].box for scene in scenes]
    assert boxes[0] is None  # frame 4 of alpha: absent
    np.testing.assert_allclose(boxes[1], clips[0].targets[0][8])
    assert all(iou(s.targets[0].template_box, clips[0].targets[0][0]) == 1 for s in scenes)


def test_the_pool_fills_from_clips_and_photos(data_folder, workspace, trunks, tmp_path):
    clips = read_clips(data_folder / "train")
    mix = Mix(ClipScenes(clips, workspace.pack), read_photos(data_folder / "images"), MixConfig(long_side=240))
    rings = {variant: SampleRing(tmp_path, variant, 16) for variant in GRIDS}
    assert fill(rings, mix, trunks, np.random.default_rng(0), count=8) >= 8
    assert sum(len(ring.filled()) for ring in rings.values()) >= 8


def test_held_out_samples_are_made_once(data_folder, workspace, trunks, tmp_path):
    clips = read_clips(data_folder / "train")[:2]
    first = fill_dev(tmp_path, clips, workspace.pack, trunks)
    counts = {variant: len(ring.filled()) for variant, ring in first.items()}
    assert counts["square"] == 4
    stamp = (tmp_path / "square.samples").stat().st_mtime_ns
    fill_dev(tmp_path, clips, workspace.pack, trunks)
    assert (tmp_path / "square.samples").stat().st_mtime_ns == stamp
