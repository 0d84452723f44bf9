"""The whole chain on a tiny set, by the verbs that a user runs: data, every network, export, evaluation."""

import json

import numpy as np
import pytest

from app.cli import main
from engine.models import open_models
from training.export_half import GRAPHS
from training.schedule import load_checkpoint

TINY = ["--capacity", "8", "--steps", "3"]


@pytest.mark.smoke
@pytest.mark.timeout(900)  # it takes about a minute of two cores that have nothing else to do
def test_from_photos_to_figures(data_folder, tmp_path, capsys):
    data, work, val, models = (tmp_path / name for name in ("data", "work", "val", "models"))
    data.mkdir()
    (data / "images").symlink_to(data_folder / "images")
    films = ["--size", "160x120", "--frames", "30"]
    assert main(["data", "synthesise", str(data), str(data / "train"), "--count", "5", *films]) == 0
    assert main(["data", "synthesise", str(data), str(val), "--count", "1", "--seed", "9", *films]) == 0
    assert main(["data", "check", str(data)]) == 0
    assert "plain: 5 targets" in capsys.readouterr().out

    folders = [str(data), str(work)]
    assert main(["train", "backbone", *folders, *TINY]) == 0
    assert main(["train", "mdnet", *folders, *TINY]) == 0
    assert main(["train", "attention", *folders, *TINY]) == 0
    assert load_checkpoint(work / "attention" / "gan" / "last.pt")["step"] == 3
    assert main(["train", "locate", *folders, *TINY]) == 0
    assert main(["train", "export", str(work), "--models", str(models)]) == 0
    assert set(open_models(models).graphs) == GRAPHS

    figures = tmp_path / "figures.json"
    assert main(["evaluate", str(val), "--models", str(models), "--json", str(figures)]) == 0
    scores = json.loads(figures.read_text())
    assert scores["settings"]["models"] == open_models(models).hashes()
    assert np.isfinite(scores["trackers"]["attntrack"]["success_auc"])
