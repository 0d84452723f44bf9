import json
import shutil

import numpy as np
import pytest

from engine.datasets import Clip, find_clips
from engine.errors import FormatError
from engine.models import open_models
from engine.testing import write_clip
from training.ablation import cells
from training.ablation.cells import Cell, CellFile, Result, plan_cells, shortened
from training.ablation.overlay import overlaid
from training.ablation.table import page, rows_of
from training.ablation.variants import VARIANTS, Tools
from training.commands import main

BY_NAME = {variant.name: variant for variant in VARIANTS}


@pytest.fixture
def folder(tmp_path):
    clips = tmp_path / "clips"
    clips.mkdir()
    for name in ("one", "two", "three"):
        boxes = write_clip(clips / f"{name}.mp4", frames=8)
        (clips / f"{name}.txt").write_text("".join(f"{b.x},{b.y},{b.w},{b.h}\n" for b in boxes))
    return clips


@pytest.fixture
def arguments(folder, tmp_path):
    out = tmp_path / "page.md"
    return ["ablate", "--clips", str(folder), "--only", "one,two", "--limit", "4", "--threads", "1", "--out", str(out)]


def test_the_command_writes_one_table_and_says_what_is_left_out(arguments, tmp_path, capsys):
    assert main("train", [*arguments, "--rows", "local,csrt,frames2", "--seeds", "2"]) == 0
    assert "10 cells, 10 of them measured now" in capsys.readouterr().out  # CSRT has no seeds
    text = (tmp_path / "page.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [row.split("|")[1].strip() for row in rows if "**" not in row][1:] == [
        "the tracker as it is: joint search",
        "local only",
        "CSRT alone",
    ]
    assert "+-" in rows[1] and "2 clips, 8 frames (one, two), 2 seeds" in text
    assert "- Input frames of attention (the paper's Table 1), 2 frames: no networks given" in text
    assert "attntrack train ablate --clips clips --only one,two --limit 4 --rows local,csrt,frames2 --seeds 2" in text
    assert len(json.loads((tmp_path / "page.cells.json").read_text())) == 10


def test_a_stopped_run_goes_on_with_the_cells_that_are_left(arguments, tmp_path, monkeypatch, capsys):
    measured = []
    real = cells.measure

    def until_the_second(cell, clip, tools):
        if len(measured) == 1:
            raise KeyboardInterrupt
        measured.append(cell)
        return real(cell, clip, tools)

    monkeypatch.setattr(cells, "measure", until_the_second)
    with pytest.raises(KeyboardInterrupt):
        main("train", [*arguments, "--rows", "full"])
    monkeypatch.setattr(cells, "measure", real)
    assert main("train", [*arguments, "--rows", "full"]) == 0
    assert "2 cells, 1 of them measured now" in capsys.readouterr().out


def test_a_row_with_networks_of_its_own(arguments, tmp_path, capsys):
    own = tmp_path / "own"
    own.mkdir()
    source = open_models()
    graphs = {name: source.manifest["graphs"][name] for name in ("attend_wide", "attend_square")}
    for entry in graphs.values():
        shutil.copyfile(source.folder / entry["file"], own / entry["file"])
    (own / "manifest.json").write_text(json.dumps({"graphs": graphs}))
    note = "Trained for two steps."
    assert main("train", [*arguments, "--rows", "frames1", "--models", f"frames1={own}", "--note", note]) == 0
    text = (tmp_path / "page.md").read_text()
    assert "| 1 frame |" in text and f"\n\n{note}\n\n" in text


def test_networks_laid_over_others_are_complete(tmp_path):
    own, source = tmp_path / "own", open_models()
    own.mkdir()
    shutil.copyfile(source.path("score"), own / "locate.onnx")  # any other file will do
    entry = {"file": "locate.onnx", "sha256": source.hashes()["score"], "bytes": 1}
    (own / "manifest.json").write_text(json.dumps({"graphs": {"locate": entry}}))
    merged = open_models(overlaid(None, own, tmp_path / "merged"))
    assert set(merged.graphs) == set(source.graphs)
    changed = {name for name in merged.graphs if merged.hashes()[name] != source.hashes()[name]}
    assert changed == {"locate"} and merged.hashes()["head"] == source.hashes()["head"]
    for name in merged.graphs:
        assert merged.path(name).is_file()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--rows", "nonsense"], "no row 'nonsense'"),
        (["--only", "four"], "no clip 'four'"),
        (["--models", "full=x"], "no row 'full' has networks"),
    ],
)
def test_wrong_names_say_which_there_are(arguments, options, message):
    with pytest.raises(FormatError, match=message):
        main("train", [*arguments, *options])


def test_a_file_that_holds_no_results_is_named(tmp_path):
    (tmp_path / "cells.json").write_text("[1, 2]")
    with pytest.raises(FormatError, match=r"cells\.json is no file of ablation results"):
        CellFile(tmp_path / "cells.json")


def test_other_networks_and_other_lengths_are_other_cells(folder):
    clips = [shortened(clip, 5) for clip in find_clips(folder)]
    planned = plan_cells([BY_NAME["full"], BY_NAME["csrt"]], clips, 2, Tools({"": None}))
    assert len(planned) == 3 * 2 + 3 and {cell.frames for cell in planned} == {5}
    assert len({cell.key for cell in planned}) == 9
    assert Cell("full", "a", 0, 5, "x").key != Cell("full", "a", 0, 5, "y").key
    assert shortened(clips[0], None) is clips[0]


def test_the_change_is_paired_by_clip_and_rows_wait_for_all_their_cells(tmp_path):
    clips = [Clip(name, tmp_path, np.ones((10, 4))) for name in ("a", "b")]
    results = CellFile(tmp_path / "cells.json")
    planned = [Cell(name, clip, 0, 10, "x") for name in ("full", "local", "failure") for clip in ("a", "b")]
    for cell, auc in zip(planned, (0.5, 0.7, 0.4, 0.7, 0.1), strict=False):
        results.add(cell, Result(auc, 0.9))
    rows = rows_of(planned, results)
    assert set(rows) == {"full", "local"}
    text = page([BY_NAME["full"], BY_NAME["local"]], rows, {}, clips, "made by hand")
    assert "| the tracker as it is: joint search | 0.600 | 0.900 |  |" in text
    assert "| local only | 0.550 | 0.900 | -0.050 (0.050) |" in text
    assert set(json.loads((tmp_path / "cells.json").read_text())) == {cell.key for cell in planned[:5]}
