import json
import shutil

import numpy as np
import pytest

from app.cli import main
from engine.datasets import find_clips
from engine.models import open_models
from engine.peers import Peer
from engine.testing import moving_box, textured_image, write_clip

OPE = {"success_auc", "precision_20", "norm_precision"}
UNTRAINED = {"score", "locate", "attend_wide", "attend_classic", "attend_square"}


def evaluate(folder, path, *options):
    assert main(["evaluate", str(folder), "--json", str(path), *options]) == 0
    return json.loads(path.read_text())


def test_figures_and_table(clips, tmp_path, capsys):
    figures = evaluate(clips, tmp_path / "e.json", "--against", "csrt,kcf")
    assert set(figures["trackers"]) == {"attntrack", "csrt", "kcf"}
    for scores in figures["trackers"].values():
        assert set(scores) == OPE | {"clips"} and set(scores["clips"]) == {"first", "second"}
        for key in OPE:
            mean = np.mean([of[key] for of in scores["clips"].values()])
            assert scores[key] == pytest.approx(mean) and 0 <= scores[key] <= 1
    assert figures["trackers"]["csrt"]["success_auc"] > 0.6  # a textured target on a calm background is no riddle
    settings = figures["settings"]
    assert settings["clips"] == 2 and settings["frames"] == 16 and settings["deterministic"] is True
    assert settings["models"] == open_models().hashes()
    out = capsys.readouterr()
    assert out.err == ""  # no progress line where there is no terminal
    lines = out.out.splitlines()
    assert lines[0].split() == ["attntrack", "csrt", "kcf"]
    assert [line.split()[0] for line in lines[1:]] == ["clip", "first", "second", "mean"]
    assert lines[-1].split()[2] == f"{figures['trackers']['attntrack']['success_auc']:.3f}"


def test_redetection_counts_the_cases_in_which_the_target_is_found_again(tmp_path, capsys):
    folder = tmp_path / "clips"
    folder.mkdir()
    boxes = write_clip(folder / "patch.mp4", frames=105)
    (folder / "patch.txt").write_text("".join(f"{b.x},{b.y},{b.w},{b.h}\n" for b in boxes))
    figures = evaluate(folder, tmp_path / "e.json", "--redetect", "--against", "kcf")
    for scores in figures["trackers"].values():
        assert set(scores) == OPE | {"clips", "redetection"}
        assert scores["redetection"]["cases"] == 1 and set(scores["redetection"]["clips"]) == {"patch"}
    ours, kcf = (figures["trackers"][name]["redetection"] for name in ("attntrack", "kcf"))
    assert ours["back_within_15"] == 1.0 and 1 <= ours["clips"]["patch"]["delays"][0] <= 15
    assert ours["not_tracked_while_absent"] > 0.5
    assert kcf["back_within_15"] == 0.0 and kcf["clips"]["patch"]["delays"] == [None]  # it never looks elsewhere
    assert figures["settings"]["redetect"] is True
    lines = capsys.readouterr().out.splitlines()
    assert lines[-4].split() == ["attntrack", "kcf"] and lines[-1].split()[:3] == ["all", "cases", "1"]


def test_clips_too_short_for_redetection_say_what_it_takes(clips, capsys):
    assert main(["evaluate", str(clips), "--redetect"]) == 1
    assert "it takes 105 frames" in capsys.readouterr().err


def test_attention_by_itself(tmp_path, capsys):
    folder = tmp_path / "clips"
    folder.mkdir()
    for name, hidden in (("all", ()), ("gone", (20, 21))):
        boxes = write_clip(folder / f"{name}.mp4", frames=41, hidden=hidden)
        rows = ("nan,nan,nan,nan" if b is None else f"{b.x},{b.y},{b.w},{b.h}" for b in boxes)
        (folder / f"{name}.txt").write_text("\n".join(rows) + "\n")
    found = evaluate(folder, tmp_path / "e.json", "--attention")
    assert set(found) == {"attention", "settings"} and found["settings"]["every"] == 10
    total, clips = found["attention"], found["attention"]["clips"]
    assert set(clips) == {"all", "gone"}
    assert (clips["all"]["frames"], clips["all"]["absent_frames"], clips["all"]["absent_dark"]) == (4, 0, None)
    assert (clips["gone"]["frames"], clips["gone"]["absent_frames"]) == (3, 1)
    assert total["absent_dark"] == clips["gone"]["absent_dark"]
    for key in ("peak_in_box", "peak_near", "top3_in_box", "energy_outside"):
        assert total[key] == pytest.approx((clips["all"][key] + clips["gone"][key]) / 2)
    assert total["peak_in_box"] > 0.5 and total["top3_in_box"] > 0.5  # nothing else on these frames looks like it
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == ["clip", "frames", "absent", "peak", "near", "top3", "outside", "dark"]
    assert lines[3].split()[-1] == "-" and lines[-1].split()[0] == "mean"


def test_attention_by_itself_knows_no_other_trackers(clips, capsys):
    assert main(["evaluate", str(clips), "--attention", "--against", "kcf"]) == 2
    assert "measured by itself" in capsys.readouterr().err


def test_models_of_ones_own(clips, tmp_path):
    other = shutil.copytree(open_models().folder, tmp_path / "models")
    figures = evaluate(clips, tmp_path / "e.json", "--models", str(other))
    assert figures["settings"]["models"] == open_models().hashes()
    assert main(["evaluate", str(clips), "--models", str(tmp_path / "none")]) == 1


def test_two_runs_and_two_processes_agree(clips, tmp_path):
    once = evaluate(clips, tmp_path / "a.json", "--threads", "1")
    again = evaluate(clips, tmp_path / "b.json", "--threads", "1", "--jobs", "2")
    assert once["trackers"] == again["trackers"]


@pytest.mark.parametrize(
    ("protocol", "keys", "heading"),
    [
        ("got10k", {"ao", "sr_50", "sr_75"}, "AO"),
        ("lasot", set(), "NP"),
        ("longterm", {"lt_f", "lt_precision", "lt_recall", "lt_threshold"}, "Re"),
    ],
)
def test_protocols(clips, tmp_path, capsys, protocol, keys, heading):
    figures = evaluate(clips, tmp_path / "e.json", "--protocol", protocol)
    scores = figures["trackers"]["attntrack"]
    assert set(scores) == OPE | keys | {"clips"}
    assert heading in capsys.readouterr().out.splitlines()[1].split()


def test_untrained_heads_are_others_and_leave_the_real_ones_alone(clips, tmp_path):
    before = open_models().hashes()
    one = clips / "second.mp4"
    one.unlink()
    figures = evaluate(clips, tmp_path / "e.json", "--untrained")
    settings = figures["settings"]
    assert settings["untrained"] is True
    assert {name for name in open_models().graphs if settings["models"][name] != before[name]} == UNTRAINED
    assert open_models().hashes() == before


def test_random_weights_replace_the_trained_ones_only(tmp_path):
    from app.cli.untrained import write_untrained

    real, other = open_models(), open_models(write_untrained(tmp_path, 3))
    changed = {name for name in real.graphs if real.hashes()[name] != other.hashes()[name]}
    assert changed == UNTRAINED
    for name in real.graphs:
        assert other.path(name).is_file()
    assert not np.allclose(real.head()["w4"], other.head()["w4"])
    assert {k: v.shape for k, v in real.head().items()} == {k: v.shape for k, v in other.head().items()}


@pytest.mark.parametrize("name", ["csrt", "kcf"])
def test_peers_follow_an_easy_target(name):
    peer = Peer(name)
    peer.init(textured_image(0), moving_box(0))
    for index in range(1, 6):
        box, confidence = peer.update(textured_image(index))
        assert confidence == 1.0
        assert abs(box.center[0] - moving_box(index).center[0]) < 8


def test_nano_without_its_files_says_what_it_needs(clips, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ATTNTRACK_PEERS", raising=False)
    assert main(["evaluate", str(clips), "--against", "nano"]) == 1
    assert "v2_backbone.onnx and v2_head.onnx" in capsys.readouterr().err


def test_damaged_files_of_nano(clips, tmp_path, capsys):
    for name in ("v2_backbone.onnx", "v2_head.onnx"):
        (tmp_path / name).write_bytes(b"no network")
    assert main(["evaluate", str(clips), "--against", "nano", "--peer-models", str(tmp_path)]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("attntrack: OpenCV cannot load the files of nano")


def test_a_clip_with_too_few_frames_names_it(clips, capsys):
    path = clips / "first.txt"
    path.write_text(path.read_text() * 2)
    assert main(["evaluate", str(clips), "--quiet"]) == 1
    assert "first.mp4 ends after 8 frames, but its truth has 16 boxes" in capsys.readouterr().err


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_first_box_of_no_use_names_its_clip(clips, capsys, jobs):
    path = clips / "second.txt"
    path.write_text("10,10,1,1\n" + path.read_text().split("\n", 1)[1])
    assert main(["evaluate", str(clips), "--quiet", "--jobs", jobs]) == 1
    err = capsys.readouterr().err
    assert err.startswith("attntrack: the first true box of the clip second is of no use: the box is smaller than")
    assert err.count("\n") == 1


def test_bad_folders_and_outputs_fail_before_the_work(clips, tmp_path, capsys):
    assert main(["evaluate", str(tmp_path / "none")]) == 1
    assert "is not a folder" in capsys.readouterr().err
    assert main(["evaluate", str(clips), "--json", str(tmp_path / "none" / "e.json")]) == 1
    assert "is not there" in capsys.readouterr().err
    assert main(["evaluate", str(clips), "--json", str(tmp_path)]) == 1
    assert "is a folder" in capsys.readouterr().err
    beside_a_file = clips / "first.txt" / "e.json"
    assert main(["evaluate", str(clips), "--json", str(beside_a_file)]) == 1
    assert "is not there" in capsys.readouterr().err


def test_clips_of_one_name_are_told_apart(tmp_path):
    for category in ("bird", "fish"):
        home = tmp_path / category / "one"
        home.mkdir(parents=True)
        (home / "0001.jpg").touch()
        (home / "groundtruth.txt").write_text("1,2,3,4\n")
    assert [clip.name for clip in find_clips(tmp_path)] == ["bird/one", "fish/one"]
