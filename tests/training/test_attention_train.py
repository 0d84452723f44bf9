import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from engine.models import open_models
from training.attention_batch import BatchConfig
from training.attention_net import AttentionNet, AttentionNetConfig
from training.attention_pool import SampleRing
from training.attention_samples import GRIDS, sample_type, truth_map
from training.attention_train import AttentionTrainConfig, AttentionTraining
from training.commands import main
from training.schedule import ScheduleConfig, load_checkpoint

SMALL = AttentionNetConfig(width=16, fine=8, key=16, middle=16, last=8, blocks16=1, blocks8=1)
CONFIG = AttentionTrainConfig(
    network=SMALL,
    schedule=ScheduleConfig(steps=16, minutes=60.0, rate=3e-3, warm_up=4, average=0.8),
    adversarial_steps=6,
    batch=BatchConfig(size=4, strangers=0.25),
    evaluate_minutes=60.0,
)


@pytest.fixture(scope="module")
def rings(tmp_path_factory):
    """Samples whose target's cells stand in the frame where the truth says."""
    folder, rng, rings = tmp_path_factory.mktemp("pool"), np.random.default_rng(0), {}
    for variant, (rows, columns) in GRIDS.items():
        rings[variant] = SampleRing(folder, variant, 6)
        for group in range(6):
            sample = np.zeros((), sample_type(variant))
            for name in ("f16", "f8", "memory16", "matched16", "matched8"):
                sample[name] = rng.normal(size=sample[name].shape)
            row, column = int(rng.integers(rows - 2)), int(rng.integers(columns - 2))
            sample["f16"][:, :, row : row + 2, column : column + 2] = (
                3 * sample["matched16"].mean((1, 2))[:, None, None]
            )
            box = np.array([16.0 * column, 16.0 * row, 32.0, 32.0])
            sample["box"], sample["group"] = box, group
            sample["truth"] = truth_map(box, 4 * rows, 4 * columns) * 255
            rings[variant].write(sample)
    return rings


def scores(folder):
    return [json.loads(line) for line in (folder / "scores.jsonl").read_text().splitlines()]


def test_a_run_goes_through_both_phases_and_exports_its_best(rings, tmp_path):
    training = AttentionTraining(tmp_path / "run", rings, rings, CONFIG, tmp_path / "models")
    training.run()
    lines = scores(tmp_path / "run")
    assert [(line["phase"], line["step"]) for line in lines] == [("content", 16), ("gan", 22)]
    assert training.best == pytest.approx(max(line["total"] for line in lines), abs=1e-3)
    assert open_models(tmp_path / "models").graphs == ("attend_classic", "attend_square", "attend_wide")
    best = load_checkpoint(tmp_path / "run" / "best.pt")
    AttentionNet(AttentionNetConfig(**best["config"]["network"])).load_state_dict(best["network"])
    figure = cv2.imread(str(tmp_path / "run" / "maps.png"))
    assert figure.shape == (12 * 112, 960, 3)
    assert figure.std() > 10
    assert any((tmp_path / "run" / "board").iterdir())


def test_a_run_goes_on_from_its_checkpoint(rings, tmp_path):
    alone = replace(CONFIG, adversarial_minutes=0.0)
    AttentionTraining(tmp_path, rings, rings, alone).run()
    longer = replace(alone, schedule=replace(CONFIG.schedule, steps=20))
    AttentionTraining(tmp_path, rings, rings, longer).run()
    assert [line["step"] for line in scores(tmp_path)] == [16, 20]
    assert load_checkpoint(tmp_path / "last.pt")["step"] == 20


def test_the_content_phase_learns(rings, tmp_path):
    config = replace(CONFIG, adversarial_minutes=0.0, batch=BatchConfig(size=6, strangers=0.0))
    first = AttentionTraining(tmp_path / "a", rings, rings, replace(config, schedule=replace(CONFIG.schedule, steps=1)))
    first.run()
    AttentionTraining(tmp_path / "b", rings, rings, replace(config, schedule=replace(CONFIG.schedule, steps=50))).run()
    assert scores(tmp_path / "b")[-1]["near"] > scores(tmp_path / "a")[-1]["near"] + 0.2


@pytest.mark.smoke
def test_the_verb_trains_from_a_data_folder(data_folder, tmp_path, capsys):
    folders = [str(data_folder), str(tmp_path)]
    limits = ["--minutes", "0.02", "--adversarial-minutes", "0.01", "--capacity", "8", "--frames", "1"]
    assert main("train", ["attention", *folders, *limits]) == 0
    assert "development:" in capsys.readouterr().out
    assert {line["phase"] for line in scores(tmp_path / "attention")} == {"content", "gan"}
    split = json.loads((tmp_path / "attention" / "split.json").read_text())
    assert set(split) == {"train", "dev"}
    assert open_models(tmp_path / "models").graphs == ("attend_classic", "attend_square", "attend_wide")
