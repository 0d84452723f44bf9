import json
import shutil

import pytest

import engine.backends.flavour
import engine.models
from app.cli import main
from engine.backends.cache import PlanCache


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return PlanCache(tmp_path / "cache" / "attntrack" / "plans")


@pytest.fixture
def two_graphs(monkeypatch, tmp_path, half_models):
    """As if the program came with two small graphs only."""
    folder = tmp_path / "models"
    folder.mkdir()
    graphs = {name: half_models.manifest["graphs"][name] for name in ("learn", "score")}
    (folder / "manifest.json").write_text(json.dumps({**half_models.manifest, "graphs": graphs}))
    for name in ("learn.onnx", "score.onnx", "score.fp16.onnx", "head.npz"):
        shutil.copy(half_models.folder / name, folder)
    monkeypatch.setattr(engine.models, "bundled_models", lambda: folder)


def test_every_graph_is_compiled_without_a_gpu(capsys, cache):
    assert main(["build", "--target", "sm86"]) == 0
    lines = capsys.readouterr().out.splitlines()
    graphs = engine.models.open_models().graphs
    assert [line.split()[0] for line in lines[:-1]] == list(graphs)
    assert all("compiled in" in line and " sm86 " in line for line in lines[:-1])
    assert str(cache.folder) in lines[-1]
    assert len(list(cache.folder.glob("*.plan"))) == len(graphs)


def test_precisions_targets_and_what_is_there_already(two_graphs, capsys):
    assert main(["build", "--target", "sm86", "--target", "8.9", "--target", "sm_86"]) == 0
    lines = capsys.readouterr().out.splitlines()[:-1]
    assert [line.split()[:3] for line in lines] == [
        ["learn", "fp32", "sm86"],
        ["score", "fp16", "sm86"],
        ["learn", "fp32", "sm89"],
        ["score", "fp16", "sm89"],
    ]
    assert "has no float16 variant" in lines[0] and "float16" not in lines[1]
    assert main(["build", "--target", "sm86", "--precision", "fp32"]) == 0
    learn, score = capsys.readouterr().out.splitlines()[:-1]
    assert learn.endswith("cached")
    assert "compiled in" in score and " fp32 " in score
    assert main(["build", "--target", "sm86", "--precision", "fp32", "--again"]) == 0
    assert "cached" not in capsys.readouterr().out


def test_without_a_gpu_it_says_what_can_be_done(monkeypatch, capsys, tmp_path):
    from engine.backends import cuda
    from engine.errors import BackendError

    def none(device=0):
        raise BackendError("no CUDA GPU can be used here (made up); use --backend onnxruntime")

    monkeypatch.setattr(cuda, "open_cuda", none)
    assert main(["build"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("attntrack: no CUDA GPU can be used here")
    assert "or compile for another machine with --target sm" in err
    assert err.count("\n") == 1


def test_without_tensorrt_there_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr(engine.backends.flavour, "FLAVOURS", ("no_such_tensorrt",))
    assert main(["build", "--target", "sm86"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "attntrack: TensorRT is not installed; install it with: pip install 'attntrack[gpu]'\n"


def test_a_target_that_cannot_be_compiled_for_is_named(two_graphs, capsys):
    assert main(["build", "--target", "sm90"]) == 1
    assert "has no target sm90, only sm75" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "fast", "86x", "sm"])
def test_what_is_no_capability_is_wrong_usage(text, capsys):
    assert main(["build", "--target", text]) == 2
    assert "is not a compute capability" in capsys.readouterr().err


def test_ctrl_c_stops_the_build(two_graphs, monkeypatch, capsys, cache):
    import app.cli.build

    class Impatient(app.cli.build.StopOnInterrupt):
        def __enter__(self):
            self.requested = True
            return self

    monkeypatch.setattr(app.cli.build, "StopOnInterrupt", Impatient)
    assert main(["build", "--target", "sm86"]) == 1
    assert "cancelled" in capsys.readouterr().err
    assert not list(cache.folder.glob("*")) if cache.folder.exists() else True
