from __future__ import annotations

import json
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import onnxruntime as ort
import pytest

from engine.errors import FormatError, SourceError
from engine.models import open_models
from training import stages
from training.commands import main
from training.data.episodes import EpisodeConfig
from training.data.pool import Pool
from training.export import FEATURES_SPEC, example_inputs
from training.locate.train import LocateFigures
from training.origin import SHARE
from training.schedule import load_checkpoint
from training.workspace import Workspace, feeding, prepare


def test_preparing_writes_the_split_down(data_folder, tmp_path):
    space = Workspace(data_folder, tmp_path)
    prepare(space)
    split = json.loads((tmp_path / "split.json").read_text())
    assert len(split["dev"]) == 1 and "delta" not in split["dev"]
    assert len(Pool.open(space.dev)) > 0


def test_backbone_exports_the_trunk(tmp_path):
    assert main("train", ["backbone", "--models", str(tmp_path)]) == 0
    assert open_models(tmp_path).graphs == ("encode_classic", "encode_square", "encode_wide", "features")


def test_a_work_folder_that_is_not_there_is_not_exported(tmp_path):
    with pytest.raises(SourceError, match="there is no folder"):
        main("train", ["export", str(tmp_path / "wrok"), "--models", str(tmp_path / "models")])
    assert not (tmp_path / "models").exists()


def test_a_tuned_trunk_is_published_and_carries_what_is_trained_after_it(data_folder, tmp_path, capsys):
    work, models = tmp_path / "work", tmp_path / "models"
    folders = [str(data_folder), str(work), "--capacity", "8"]
    assert main("train", ["backbone", *folders, "--minutes", "0.02"]) == 0
    assert "development: IoU" in capsys.readouterr().out
    assert {"features", "encode_square", "locate"} <= set(open_models(work / "models").graphs)
    space = Workspace(data_folder, work, capacity=8)
    assert space.tuned.exists() and space.pool.name == "pool-tuned"
    prepare(space)
    plain, tuned = Pool.open(work / "plain" / "dev"), Pool.open(space.dev)
    assert (plain.f8 == tuned.f8).all() and not (plain.f16 == tuned.f16).all()
    assert main("train", ["export", str(work), "--models", str(models)]) == 0
    assert (models / "features.onnx").read_bytes() == (work / "models" / "features.onnx").read_bytes()


def test_training_both_heads_and_exporting_them(data_folder, workspace, tmp_path, capsys):
    folders = [str(data_folder), str(workspace.work), "--capacity", "12"]
    assert main("train", ["locate", *folders, "--minutes", "0.03"]) == 0
    assert main("train", ["mdnet", *folders, "--minutes", "0.06"]) == 0
    assert "development: IoU" in capsys.readouterr().out
    assert main("train", ["export", str(workspace.work), "--models", str(tmp_path)]) == 0
    trunk = ("encode_classic", "encode_square", "encode_wide", "features")
    assert set(open_models(tmp_path).graphs) == {"learn", "locate", "score", *trunk}


def test_networks_go_on_from_those_that_come_with_the_program(data_folder, tmp_path):
    work = tmp_path / "work"
    folders = [str(data_folder), str(work), "--capacity", "8", "--steps", "2"]
    assert main("train", ["locate", *folders, "--start", "bundled", "--start-rate", "0.5"]) == 0
    assert main("train", ["mdnet", *folders, "--start", "bundled"]) == 0
    first = json.loads((work / "locate" / "scores.jsonl").read_text().splitlines()[0])
    assert first["step"] == 0, "what it begins with is judged, too"
    for run in ("locate", "mdnet/domains", "mdnet/start"):
        state = load_checkpoint(work / run / "last.pt")
        assert state["config"]["origin"] == "bundled" and state["step"] == 2
    shares = [
        load_checkpoint(work / run / "last.pt")["config"][schedule]["rate"] / usual
        for run, schedule, usual in [("locate", "schedule", 1e-3), ("mdnet/domains", "domain_schedule", 1e-3)]
    ]
    assert shares == pytest.approx([0.5, SHARE])
    models, bundled = open_models(work / "models"), open_models()
    assert set(models.graphs) == set(bundled.graphs)
    same = {name for name in bundled.graphs if models.path(name).read_bytes() == bundled.path(name).read_bytes()}
    assert {"features", "encode_wide", "attend_wide"} <= same and not {"locate", "score"} & same
    feeds = example_inputs(FEATURES_SPEC)
    below, own = (
        ort.InferenceSession(str(path)).run(["f16"], feeds)[0]
        for path in (bundled.path("features"), Workspace(data_folder, work).graph)
    )
    assert np.abs(below - own).max() < 1e-3, "they are trained on over the trunk that they belong to"
    with pytest.raises(FormatError, match="begun with --start bundled"):
        main("train", ["mdnet", *folders])


def test_the_share_of_turned_views_reaches_the_episodes(data_folder, tmp_path, monkeypatch):
    given: list[EpisodeConfig] = []

    def feed(space: Workspace, config: EpisodeConfig) -> AbstractContextManager[None]:
        given.append(config)
        return nullcontext()

    monkeypatch.setattr(stages, "feeding", feed)
    monkeypatch.setattr(stages, "train_locate", lambda *_: LocateFigures(0.0, 0.0, 0.0))
    for options in ([], ["--turned", "0.4"]):
        assert main("train", ["locate", str(data_folder), str(tmp_path), *options]) == 0
    assert [(config.turned, config.augment.bent) for config in given] == [(0.0, 0.0), (0.4, 0.4)]


def test_feeding_fills_the_pool_and_stops(data_folder, workspace, tmp_path):
    space = Workspace(data_folder, workspace.work, capacity=3)
    other = Workspace(data_folder, tmp_path, capacity=3)
    prepare(other)
    with feeding(other, EpisodeConfig(), pause=0.1):
        assert len(Pool.open(other.pool)) == 3
    assert space.dev.is_dir()


def test_a_folder_without_clips_is_an_error(tmp_path):
    with pytest.raises(SourceError, match="no folder train"):
        prepare(Workspace(tmp_path, tmp_path))


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["locate"]])
def test_wrong_usage_leaves_with_two(arguments):
    with pytest.raises(SystemExit) as leaving:
        main("train", arguments)
    assert leaving.value.code == 2
