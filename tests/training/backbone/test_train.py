from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
import torch
from torch import nn

from engine.errors import FormatError
from engine.models import SLOTS, open_models
from training.backbone import network
from training.backbone.batches import SHOWN, EpisodeBatchConfig, dev_episodes, draw_batch
from training.backbone.network import Joint, Tail, joint_of, lesson_loss, tuned_locate
from training.backbone.taught import SEARCHES, TaughtPool
from training.backbone.teacher import CHANNELS, HALF_CELL, Teacher
from training.backbone.train import BackboneTraining, evaluate, train_backbone
from training.data.episodes import INIT, SEARCH, TURNED_CROPS, Episode
from training.data.pool import Pool
from training.export import FEATURES_SPEC, export_graph
from training.from_graphs import published_locate, published_trunk
from training.locate.network import LocateConfig
from training.schedule import ScheduleConfig, load_checkpoint
from training.trunk import TAP8, load_trunk, tuned_trunk

SMALL = LocateConfig(width=16, fine=8, tower=1)


@pytest.fixture
def taught(workspace, tmp_path):
    """The training features with lessons that follow from the features, so that they can be learned."""
    source = Pool.open(workspace.pool)
    taught = TaughtPool.create(tmp_path / "taught", len(source.labels))
    for name in ("f8", "f16", "labels"):
        getattr(taught.pool, name)[:] = getattr(source, name)
    taught.lessons[:] = source.f16[:, SEARCH.start : SEARCH.stop, :CHANNELS]
    return taught


def _training(steps):
    schedule = ScheduleConfig(steps=steps, minutes=10.0, rate=3e-3, warm_up=2, average=0.9)
    return BackboneTraining(SMALL, batch=EpisodeBatchConfig(episodes=2), schedule=schedule)


def test_the_tail_is_the_trunks_own(workspace):
    pool = Pool.open(workspace.pool)
    f8 = torch.from_numpy(pool.f8[0, :2].astype(np.float32))
    with torch.no_grad():
        f16 = Tail()(f8).numpy()
    assert np.abs(f16 - pool.f16[0, :2]).max() < 0.05 * np.abs(f16).max()  # float16 in between


def test_memory_and_search_of_a_batch_belong_together(taught):
    config = EpisodeBatchConfig(episodes=4, negatives=0.5)
    batch = draw_batch(taught, config, np.random.default_rng(0))
    assert batch.search8.shape[0] == batch.lessons.shape[0] == 4 * SEARCHES and batch.memory8.shape[0] == 4 * SHOWN
    own = torch.arange(4).repeat_interleave(SEARCHES)
    assert torch.equal(batch.slots[:, 0] == SHOWN * own, batch.present)
    within = batch.slots - batch.slots[:, :1]
    assert (within[:, :SLOTS] <= 1).all() and (within[:, SLOTS:] == 2).all()
    for row, boxes in enumerate(batch.boxes.reshape(4, SEARCHES, 4)):
        slot = int(np.flatnonzero((taught.pool.labels["boxes"][:, SEARCH.start] == boxes[0].numpy()).all(axis=1))[0])
        assert np.array_equal(batch.memory8[SHOWN * row].numpy(), taught.pool.f8[slot, INIT].astype(np.float32))
        turned = batch.memory8[SHOWN * row + 2].numpy()
        assert any(np.array_equal(turned, each) for each in taught.pool.f8[slot, TURNED_CROPS].astype(np.float32))


def test_a_crop_without_its_target_is_looked_at_for_the_other_of_its_kind_also_behind_an_episode_alone(taught):
    labels = taught.pool.labels
    count = len(taught.pool.filled())
    # the first is the only one of its kind, the others come in twos: one alone shifts those behind it
    labels["category"][:count] = np.maximum(np.arange(count) - 1, -1) // 2
    labels["target"][:count] = np.arange(count)
    kind = {labels["boxes"][slot, SEARCH.start].tobytes(): int(labels["category"][slot]) for slot in range(count)}
    alone_before_a_pair = 0
    for seed in range(20):
        batch = draw_batch(taught, EpisodeBatchConfig(episodes=7, negatives=1.0), np.random.default_rng(seed))
        kinds = [kind[boxes[0].numpy().tobytes()] for boxes in batch.boxes.reshape(7, SEARCHES, 4)]
        looked_for = (batch.slots[:, 0].reshape(7, SEARCHES) // SHOWN).tolist()
        row = 0
        while row < 6:
            if np.count_nonzero(labels["category"][:count] == kinds[row]) == 1:
                alone_before_a_pair += row % 2 == 0
                row += 1
                continue
            assert kinds[row] == kinds[row + 1]
            assert looked_for[row] == [row + 1] * SEARCHES and looked_for[row + 1] == [row] * SEARCHES
            row += 2
    assert alone_before_a_pair > 0


def test_the_lesson_is_learned_when_features_point_the_same_way():
    lesson = torch.randn(2, CHANNELS, 4, 4)
    zero, one = torch.zeros(1, CHANNELS, 1, 1), torch.ones(1, CHANNELS, 1, 1)
    assert lesson_loss(3 * lesson, lesson, zero, one) < 1e-5
    assert lesson_loss(-lesson, lesson, zero, one) > 1.99


def test_a_teacher_answers_on_the_projects_grid(tmp_path):
    class Brightness(nn.Module):
        """Mean of 16 x 16 pixels around pixel 16 j, as a backbone with symmetric padding sees its cell j."""

        def forward(self, image):
            mean = nn.functional.avg_pool2d(nn.functional.pad(image, (8, 8, 8, 8), mode="replicate"), 16, 16)
            return mean.mean(dim=1, keepdim=True)[:, :, :16, :16].expand(-1, CHANNELS, -1, -1)

    path = tmp_path / "teacher.onnx"
    torch.onnx.export(
        Brightness(), torch.zeros(1, 3, 256, 256), str(path), input_names=["image"], opset_version=17, dynamo=False
    )
    crop = np.zeros((256, 256, 3), np.uint8)
    crop[:, 64:80] = 255  # exactly the project's column 4
    seen = Teacher(path)(crop)[0]
    assert HALF_CELL == 8 and seen.shape == (16, 16)
    assert (seen.argmax(axis=1) == 4).all()
    assert np.allclose(seen[:, 3], seen[:, 0], atol=0.02) and np.allclose(seen[:, 5], seen[:, 0], atol=0.02)


def test_lessons_are_kept_beside_the_episode(workspace, tmp_path):
    source = Pool.open(workspace.pool)
    taught = TaughtPool.create(tmp_path / "fresh", 2)
    crops = np.stack([np.full((256, 256, 3), n, np.uint8) for n in range(6)])
    episode = Episode(crops, np.zeros((6, 4)), 0, 0, True)
    boxes, target, category, plain = source.label(0)
    entry = type("Entry", (), {})  # the pool reads names only
    entry.f8, entry.f16, entry.boxes = source.f8[0], source.f16[0], boxes
    entry.target, entry.category, entry.plain = target, category, plain
    taught.write(0, entry, episode, lambda crop: np.full((CHANNELS, 16, 16), crop[0, 0, 0], np.float16))
    assert [float(taught.lessons[0, n, 0, 0, 0]) for n in range(SEARCHES)] == [3.0, 4.0, 5.0]
    taught.write(1, entry, episode, None)
    assert not TaughtPool.open(tmp_path / "fresh").lessons[1].any()


def test_a_run_begins_with_the_blocks_and_the_locate_of_published_graphs(taught):
    models, config = open_models(), LocateConfig()
    joint, trunk = joint_of(models, config), published_trunk(models)
    f8 = torch.from_numpy(taught.pool.f8[0, :2].astype(np.float32))
    with torch.no_grad():
        wanted = torch.nn.Sequential(*trunk.blocks[TAP8 + 1 :])(f8)
        assert torch.equal(joint.tail(f8), wanted) and not torch.allclose(Tail()(f8), wanted, atol=1e-2)
    locate = published_locate(models, config).state_dict()
    assert all(torch.equal(value, locate[name]) for name, value in joint.locate.state_dict().items())


def test_a_trunk_with_other_blocks_below_is_refused(monkeypatch):
    trunk = published_trunk(open_models())
    with torch.no_grad():
        trunk.blocks[TAP8].project.conv.weight.mul_(1.01)
    monkeypatch.setattr(network, "published_trunk", lambda _: trunk)
    with pytest.raises(FormatError, match="not the ImageNet trunk up to stride 8"):
        joint_of(open_models(), LocateConfig())


def test_training_learns_goes_on_and_its_trunk_is_exported(workspace, taught, tmp_path):
    dev, out = Pool.open(workspace.dev), tmp_path / "out"
    torch.manual_seed(0)
    before = evaluate(Joint(SMALL), dev_episodes(dev))
    train_backbone(_training(3), taught, dev, out)
    assert load_checkpoint(out / "last.pt")["step"] == 3
    best = train_backbone(_training(60), taught, dev, out)
    assert load_checkpoint(out / "last.pt")["step"] == 60
    assert best.iou > before.iou
    plain, tuned = load_trunk(), tuned_trunk(out / "best.pt")
    image = torch.rand(1, 3, 256, 256) * 255
    with torch.no_grad():
        (f8, f16), (g8, g16) = plain(image), tuned(image)
    assert torch.equal(f8, g8) and not torch.allclose(f16, g16, atol=1e-3)
    export_graph(tuned, FEATURES_SPEC, tmp_path)
    seen = ort.InferenceSession(str(tmp_path / "features.onnx")).run(["f16"], {"image": image.numpy()})[0]
    assert np.abs(seen - g16.numpy()).max() < 1e-3
    assert tuned_locate(out / "best.pt").config == SMALL
