import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from engine.errors import SourceError
from engine.models import open_models
from training import attention_commands
from training.attention_batch import BatchConfig
from training.attention_eval import AttentionScore
from training.attention_net import AttentionNetConfig
from training.attention_pool import SampleRing
from training.attention_samples import GRIDS, sample_type, truth_map
from training.attention_train import AttentionData, AttentionTrainConfig, judged, load_attention, train_attention
from training.commands import main
from training.gan import LossConfig
from training.schedule import ScheduleConfig, load_checkpoint
from training.stages import Adversarial, Pace

SMALL = AttentionNetConfig(width=16, fine=8, key=16, middle=16, last=8, blocks16=1, blocks8=1)
CONFIG = AttentionTrainConfig(
    network=SMALL,
    schedule=ScheduleConfig(steps=16, minutes=60.0, rate=3e-3, warm_up=4, average=0.8, check_minutes=60.0),
    adversarial_steps=6,
    batch=BatchConfig(size=4, strangers=0.25),
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
    out, models = tmp_path / "run", tmp_path / "models"
    best = train_attention(CONFIG, AttentionData(rings, rings), out, models)
    content, gan = scores(out / "content"), scores(out / "gan")
    assert [line["step"] for line in content] == [16] and [line["step"] for line in gan] == [6]
    totals = [AttentionScore(**{k: v for k, v in line.items() if k != "step"}).total for line in content + gan]
    assert best == pytest.approx(max(totals), abs=1e-3)
    assert open_models(models).graphs == ("attend_classic", "attend_square", "attend_wide")
    network = load_attention(out)
    assert network.config == SMALL
    assert judged(network, rings).value == pytest.approx(best, abs=1e-3)
    figure = cv2.imread(str(out / "gan" / "maps.png"))
    assert figure.shape == (12 * 112, 960, 3)
    assert figure.std() > 10
    for phase in ("content", "gan"):
        assert any((out / phase / "board").iterdir())


def test_a_run_goes_on_from_its_checkpoint_in_either_phase(rings, tmp_path):
    data = AttentionData(rings, rings)
    train_attention(replace(CONFIG, adversarial_minutes=0.0), data, tmp_path)
    assert not (tmp_path / "gan").exists()
    train_attention(CONFIG, data, tmp_path)
    longer = replace(CONFIG, schedule=replace(CONFIG.schedule, steps=20), adversarial_steps=9)
    train_attention(longer, data, tmp_path)
    assert [line["step"] for line in scores(tmp_path / "content")] == [16, 20]
    assert [line["step"] for line in scores(tmp_path / "gan")] == [6, 9]
    judge = load_checkpoint(tmp_path / "gan" / "last.pt")["judge_steps"]["state"]
    assert judge[0]["step"] == 9


def test_the_content_phase_learns(rings, tmp_path):
    config = replace(CONFIG, adversarial_minutes=0.0, batch=BatchConfig(size=6, strangers=0.0))
    for name, steps in (("a", 1), ("b", 50)):
        paced = replace(config, schedule=replace(CONFIG.schedule, steps=steps))
        train_attention(paced, AttentionData(rings, rings), tmp_path / name)
    assert scores(tmp_path / "b" / "content")[-1]["near"] > scores(tmp_path / "a" / "content")[-1]["near"] + 0.2


def test_without_a_run_there_is_no_network(tmp_path):
    assert load_attention(tmp_path) is None


def test_one_phase_alone_can_be_exported(rings, tmp_path):
    train_attention(CONFIG, AttentionData(rings, rings), tmp_path / "attention")
    maps = {}
    for phase in ("content", "gan"):
        main("train", ["export", str(tmp_path), "--models", str(tmp_path / phase), "--phase", phase])
        assert open_models(tmp_path / phase).graphs == ("attend_classic", "attend_square", "attend_wide")
        assert "Attention" in (tmp_path / phase / "card.md").read_text()
        maps[phase] = load_attention(tmp_path / "attention", (phase,)).last[1].bias.item()
    assert maps["content"] != maps["gan"]
    (tmp_path / "attention" / "gan" / "best.pt").unlink()
    with pytest.raises(SourceError, match="no attention network of the phase gan"):
        main("train", ["export", str(tmp_path), "--models", str(tmp_path / "none"), "--phase", "gan"])


def test_the_command_passes_on_how_the_second_phase_is_to_be(tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr(attention_commands, "train_attender", lambda *arguments: given.append(arguments) or 0.5)
    folders = ["attention", str(tmp_path / "data"), str(tmp_path / "work"), "--steps", "7"]
    judge = ["--adversarial-weight", "0", "--judge-rate", "1e-3"]
    start = ["--start", "bundled"]
    main("train", [*folders, *judge, "--adversarial-minutes", "2", "--frames", "2", *start])
    assert given[0][3:5] == (Adversarial(Pace(2.0, 7), 0.0, 1e-3), 2)
    main("train", folders)
    assert given[1][3:5] == (Adversarial(Pace(10.0, 7), 0.05, 3e-4), 3)
    assert [each[6] for each in given] == ["bundled", ""]


def test_without_weight_the_judge_has_no_say(rings, tmp_path):
    """What the judge sees of the maps is then all the same to the generator."""
    ends = []
    for number, weight in enumerate((0.0, 0.0, 0.5)):
        config = replace(CONFIG, loss=LossConfig(adversarial=weight, map_noise=0.1 * number), adversarial_steps=2)
        train_attention(config, AttentionData(rings, rings), tmp_path / str(number))
        state = load_checkpoint(tmp_path / str(number) / "gan" / "last.pt")
        ends.append(torch.cat([value.flatten() for value in state["network"].values()]))
    assert torch.equal(ends[0], ends[1])
    assert not torch.equal(ends[0], ends[2])
