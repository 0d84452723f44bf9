import subprocess
import sys

import pytest

import engine
from app.cli import VERBS, main


def test_help_lists_every_verb(capsys):
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    for verb in VERBS:
        assert f"  {verb}" in out


@pytest.mark.parametrize("verb", ["track", "evaluate", "benchmark", "build", "doctor"])
def test_every_verb_explains_itself(verb, capsys):
    assert main([verb, "--help"]) == 0
    assert f"usage: attntrack {verb}" in capsys.readouterr().out


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"attntrack {engine.__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["--fly"],
        ["track"],
        ["track", "clip.mp4", "--fly"],
        ["track", "clip.mp4", "--box", "1,2,3"],
        ["track", "clip.mp4", "--box", "1,2,nan,4"],
        ["track", "clip.mp4", "--box", "1,2,inf,4"],
        ["track", "clip.mp4", "--box", "1,2,0,4"],
        ["track", "clip.mp4", "--box", "1,2,3,-4"],
        ["track", "clip.mp4", "--box", "a,b,c,d"],
        ["track", "clip.mp4", "--box", "1,2,30,40", "--format", "xls"],
        ["track", "clip.mp4", "--box", "1,2,30,40", "--overlay", "box,sparkles"],
        ["track", "clip.mp4", "--box", "1,2,30,40", "--backend", "abacus"],
        ["track", "clip.mp4", "--box", "1,2,30,40", "--start", "-1"],
        ["evaluate", "clips", "--against", "csrt,hawk"],
        ["evaluate", "clips", "--protocol", "mine"],
        ["evaluate", "clips", "--jobs", "0"],
    ],
)
def test_wrong_usage_is_one_line_and_status_2(arguments, capsys):
    assert main(arguments) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith("attntrack: ") and streams.err.count("\n") == 1


def test_without_a_verb_the_help_is_shown(capsys):
    assert main([]) == 2
    assert "verbs:" in capsys.readouterr().err


def test_help_loads_nothing_heavy():
    heavy = "{'numpy', 'cv2', 'onnxruntime'}"
    code = f"import sys; from app.cli import main; main(['--help']); print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("set()\n")


@pytest.mark.parametrize("verb", ["train", "data"])
def test_training_verbs_say_what_they_need(verb, capsys, monkeypatch):
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "torch" else real(name, *rest))
    assert main([verb, "check"]) == 1
    assert "pip install 'attntrack[train]'" in capsys.readouterr().err


def test_ctrl_c_outside_of_tracking_is_one_line(capsys, monkeypatch):
    import app.cli.doctor

    def interrupted(args, parser):
        raise KeyboardInterrupt

    monkeypatch.setattr(app.cli.doctor, "run", interrupted)
    assert main(["doctor"]) == 1
    assert capsys.readouterr().err == "attntrack: stopped before it was done\n"
