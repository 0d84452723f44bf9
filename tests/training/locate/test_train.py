from __future__ import annotations

import dataclasses

import numpy as np
import onnxruntime as ort
import pytest
import torch

from training.data.episodes import INIT, SEARCH, TURNED_CROPS
from training.data.pool import Pool
from training.locate.batches import BatchConfig, BatchSource, dev_batches
from training.locate.network import Locate, LocateConfig
from training.locate.train import LocateTraining, evaluate, train_locate
from training.schedule import ScheduleConfig, load_checkpoint

SMALL = LocateConfig(width=16, fine=8, tower=1)


def _training(steps: int) -> LocateTraining:
    schedule = ScheduleConfig(steps=steps, minutes=10.0, rate=3e-3, warm_up=2, average=0.9)
    return LocateTraining(SMALL, batch=BatchConfig(size=8), schedule=schedule, notable=-1.0)


def test_a_batch_pairs_search_crops_with_their_own_memory(workspace):
    pool = Pool.open(workspace.pool)
    batch = BatchSource(pool, BatchConfig(size=16, negatives=0.0, only_first=1.0)).draw(np.random.default_rng(0))
    assert batch.present.all()
    memory = batch.memory16.reshape(16, 8, 112, 8, 8)
    for i in range(16):
        slot = next(
            s
            for s in pool.filled()
            if any((pool.labels["boxes"][s, n] == batch.boxes[i].numpy()).all() for n in range(3, 6))
        )
        own = torch.from_numpy(pool.f16[slot, INIT, :, 4:12, 4:12].copy()).float()
        for k in range(4):
            assert torch.equal(memory[i, k], own)
        turned = torch.from_numpy(pool.f16[slot, TURNED_CROPS, :, 4:12, 4:12].copy()).float()
        assert torch.equal(memory[i, 4:], turned)


def test_negatives_show_another_target(workspace):
    batch = BatchSource(Pool.open(workspace.pool), BatchConfig(size=64, negatives=0.5)).draw(np.random.default_rng(0))
    assert 10 < int((~batch.present).sum()) < 54


def test_development_batches_hold_every_search_crop(workspace):
    pool = Pool.open(workspace.dev)
    batches = dev_batches(pool, size=7)
    assert sum(len(b.boxes) for b in batches) == len(pool) * (SEARCH.stop - SEARCH.start)


def test_training_learns_publishes_and_goes_on(workspace, tmp_path):
    before = evaluate(Locate(SMALL), dev_batches(Pool.open(workspace.dev)))
    out, models = tmp_path / "out", tmp_path / "models"
    train_locate(_training(8), workspace.pool, workspace.dev, out, models)
    first = load_checkpoint(out / "last.pt")
    assert first["step"] == 8
    best = train_locate(_training(40), workspace.pool, workspace.dev, out, models)
    second = load_checkpoint(out / "last.pt")
    assert second["step"] == 40
    assert second["optimizer"]["state"][0]["step"] == 40  # the optimiser went on too
    assert best.iou > before.iou
    assert load_checkpoint(out / "best.pt")["figures"] == pytest.approx(vars(best))
    assert LocateConfig(**second["config"]["network"]) == SMALL
    ort.InferenceSession(str(models / "locate.onnx"), providers=["CPUExecutionProvider"])
    assert list((out / "board").iterdir())


def test_a_finished_run_returns_its_figures(workspace, tmp_path):
    done = train_locate(_training(3), workspace.pool, workspace.dev, tmp_path)
    again = train_locate(dataclasses.replace(_training(3)), workspace.pool, workspace.dev, tmp_path)
    assert vars(again) == pytest.approx(vars(done))
