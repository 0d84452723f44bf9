import json
import shutil

import numpy as np
import pytest

from engine.datasets import Clip, find_clips
from engine.errors import FormatError
from engine.models import open_models
from engine.testing import write_clip
from training.ablation import cells
from training.ablation.cells import Cell, CellFile, plan_cells, shortened
from training.ablation.looks import LOOKS
from training.ablation.measures import longest_run
from training.ablation.overlay import overlaid
from training.ablation.table import Made, page, rows_of
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
    assert "12 cells, 12 of them measured now" in capsys.readouterr().out  # CSRT and attention alone have no seeds
    text = (tmp_path / "page.md").read_text()
    assert "## Attention alone" in text and "## Other trackers" not in text
    rows = [line for line in text[: text.index("## Attention alone")].splitlines() if line.startswith("| ")]
    assert [row.split("|")[1].strip() for row in rows if "**" not in row][1:] == [
        "the tracker as it is: joint search",
        "local only",
        "CSRT alone",
    ]
    assert "+-" in rows[1] and "2 clips, 8 frames (one, two), 2 seeds" in text
    assert "- Input frames of attention (the paper's Table 1), 2 frames: no networks given" in text
    assert "attntrack train ablate --clips clips --only one,two --limit 4 --rows local,csrt,frames2 --seeds 2" in text
    assert len(json.loads((tmp_path / "page.cells.json").read_text())) == 12


def test_a_stopped_run_goes_on_with_the_cells_that_are_left(arguments, tmp_path, monkeypatch, capsys):
    measured = []
    real = cells.measure

    def until_the_second(cell, clip, tools):
        if len(measured) == 3:
            raise KeyboardInterrupt
        measured.append(cell)
        return real(cell, clip, tools)

    monkeypatch.setattr(cells, "measure", until_the_second)
    with pytest.raises(KeyboardInterrupt):
        main("train", [*arguments, "--rows", "full"])
    monkeypatch.setattr(cells, "measure", real)
    assert main("train", [*arguments, "--rows", "full"]) == 0
    assert "4 cells, 1 of them measured now" in capsys.readouterr().out


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
    assert text.count("| 1 frame |") == 2 and f"\n\n{note}\n\n" in text


def test_attention_networks_laid_over_others_are_all_that_changes(tmp_path):
    own, source = tmp_path / "own", open_models()
    own.mkdir()
    for name in ("attend_wide", "locate"):
        shutil.copyfile(source.path("score"), own / f"{name}.onnx")  # any other file will do
    entries = {
        name: {"file": f"{name}.onnx", "sha256": source.hashes()["score"], "bytes": 1}
        for name in ("attend_wide", "locate")
    }
    (own / "manifest.json").write_text(json.dumps({"graphs": entries}))
    merged = open_models(overlaid(None, own, tmp_path / "merged"))
    assert set(merged.graphs) == set(source.graphs)
    changed = {name for name in merged.graphs if merged.hashes()[name] != source.hashes()[name]}
    assert changed == {"attend_wide"} and merged.hashes()["head"] == source.hashes()["head"]
    for name in merged.graphs:
        assert merged.path(name).is_file()
    (own / "manifest.json").write_text(json.dumps({"graphs": {"locate": entries["locate"]}}))
    with pytest.raises(FormatError, match="own holds no networks of attention"):
        overlaid(None, own, tmp_path / "again")


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


def made_by_hand(folder, clips=("a", "b")):
    made = [Clip(name, folder, np.ones((10, 4))) for name in clips]
    return Made("made by hand", made, made)


def test_the_change_is_paired_by_clip_and_rows_wait_for_all_their_cells(tmp_path):
    results = CellFile(tmp_path / "cells.json")
    planned = [Cell(name, clip, 0, 10, "x") for name in ("full", "local", "failure") for clip in ("a", "b")]
    for cell, auc in zip(planned, (0.5, 0.7, 0.4, 0.7, 0.1), strict=False):
        results.add(cell, {"success_auc": auc, "precision_20": 0.9, "astray": 0.0})
    rows = rows_of(planned, CellFile(tmp_path / "cells.json"))
    assert set(rows) == {"full", "local"}
    text = page([BY_NAME["full"], BY_NAME["local"]], [], rows, {}, made_by_hand(tmp_path))
    assert "| the tracker as it is: joint search | 0.600 | 0.900 |  |" in text
    assert "| local only | 0.550 | 0.900 | -0.050 (0.050) |" in text
    assert set(json.loads((tmp_path / "cells.json").read_text())) == {cell.key for cell in planned[:5]}


def test_attention_alone_has_a_table_and_clips_too_short_for_it_do_not_count(tmp_path):
    results = CellFile(tmp_path / "cells.json")
    planned = [Cell("look/", clip, 0, 10, "x") for clip in ("a", "b", "c")]
    for cell, peak in zip(planned, (0.5, 0.7, float("nan")), strict=True):
        results.add(cell, {"peak": peak, "near": 0.8, "top3": float("nan"), "outside": 0.25})
    text = page([], LOOKS, rows_of(planned, results), {}, made_by_hand(tmp_path, "abc"))
    assert "| the tracker's own | 0.600 (0.100) | 0.800 (0.000) | - | 0.250 (0.000) |" in text


def test_what_attention_is_worth_to_other_trackers_is_told_of_the_clips_that_they_lose(tmp_path):
    results = CellFile(tmp_path / "cells.json")
    planned = [Cell(name, clip, 0, 10, "x") for name in ("nano", "nano+attention") for clip in "abc"]
    for cell, auc, astray in zip(planned, (0.5, 0.2, 0.1, 0.5, 0.6, 0.3), (19, 20, 80, 0, 0, 0), strict=True):
        results.add(cell, {"success_auc": auc, "precision_20": 0.9, "astray": float(astray)})
    text = page([], [], rows_of(planned, results), {}, made_by_hand(tmp_path, "abc"))
    lines = [line for line in text.splitlines() if "NanoTrack" in line]
    assert lines == [
        "| NanoTrack v2, b | 0.200 | 0.600 |",
        "| NanoTrack v2, c | 0.100 | 0.300 |",
        "| **NanoTrack v2, mean of 2** | 0.150 | 0.450 |",
    ]


def test_the_longest_stretch():
    assert longest_run(np.array([], bool)) == 0 == longest_run(np.zeros(3, bool))
    assert longest_run(np.array([True, True, False, True])) == 2
    assert longest_run(np.array([True, False, True, True, True])) == 3
