"""Every stage in one command from one packed file, on a tiny set; and in two processes as torchrun starts them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import FormatError
from engine.models import open_models
from training.commands import main
from training.export_half import GRAPHS
from training.schedule import load_checkpoint

ROOT = Path(__file__).parents[2]
TINY = ["--steps", "2", "--capacity", "8"]


@pytest.mark.smoke
@pytest.mark.timeout(900)
def test_from_one_file_to_all_networks_and_their_card(data_folder, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main("data", ["pack", str(data_folder), "--out", "data.zip", "--side", "160"]) == 0
    command = ["all", "--pack", "data.zip", "work", *TINY, "--feeders", "2", "--minutes", "60"]
    assert main("train", [*command, "--piece", "0"]) == 0
    assert "backbone is 50% done and kept" in capsys.readouterr().out
    assert main("train", command) == 0
    out = capsys.readouterr().out
    models = tmp_path / "work" / "models"
    assert set(open_models(models).graphs) == GRAPHS
    assert [line.split(":")[0] for line in out.splitlines() if ": " in line][:3] == ["backbone", "mdnet", "attention"]
    card = (models / "card.md").read_text()
    assert "attntrack train all data.zip --minutes 60" in card
    assert "| 3 | 70 | gt |" in card and "| 1 | 24 | pseudo |" in card and "5 photos (instances.json)" in card
    for part in (
        "## Trunk and locate",
        "## Attention, adversarial",
        "schedule.rate = ",
        "Best on the development clips",
    ):
        assert part in card
    assert main("train", command) == 0
    assert capsys.readouterr().out.count("finished before") == 3


@pytest.mark.timeout(900)
def test_all_networks_go_on_from_a_folder_of_models(data_folder, tmp_path, capsys):
    work = tmp_path / "work"
    command = ["all", str(data_folder), str(work), *TINY, "--start", "bundled"]
    assert main("train", command) == 0
    for run in ("backbone", "mdnet/start", "attention/content"):
        scores = [json.loads(line) for line in (work / run / "scores.jsonl").read_text().splitlines()]
        assert [line["step"] for line in scores] == [0, 2]
        assert load_checkpoint(work / run / "best.pt")["config"]["origin"] == "bundled"
    card = (work / "models" / "card.md").read_text()
    assert "--start bundled" in card and "origin = bundled" in card
    capsys.readouterr()
    assert main("train", command) == 0
    assert capsys.readouterr().out.count("finished before") == 3
    with pytest.raises(FormatError, match="begun with --start bundled"):
        main("train", command[:-2])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [([], "nothing to train on"), (["--pack", "a.zip", "data", "work"], "give the data once")],
)
def test_what_is_given_must_make_sense(arguments, message):
    with pytest.raises(FormatError, match=message):
        main("train", ["all", *arguments])


@pytest.mark.timeout(900)
def test_two_processes_prepare_once_and_train_together(data_folder, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    code = (
        "import sys, torch; torch.set_num_threads(1); from training.commands import main; "
        "raise SystemExit(main('train', sys.argv[1:]))"
    )
    command = ["mdnet", str(data_folder), str(tmp_path), *TINY]
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, *command],
            env={
                **os.environ,
                **{"PYTHONPATH": str(ROOT), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port},
                **{"RANK": str(rank), "WORLD_SIZE": "2"},
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    outputs = [child.communicate() for child in children]
    assert [child.returncode for child in children] == [0, 0], outputs
    assert outputs[0][0].startswith("development: AUC") and outputs[1][0] == ""
    assert load_checkpoint(tmp_path / "mdnet" / "start" / "last.pt")["step"] == 2
    assert open_models(tmp_path / "models").graphs == ("learn", "score")
