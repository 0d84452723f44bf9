import json
import subprocess
import sys

import numpy as np
import pytest

from engine.backends.parity import sample_feeds
from engine.backends.select import open_backend
from engine.errors import BackendError
from engine.models import ModelStore, open_models


@pytest.fixture(scope="module")
def backend():
    with open_backend("onnxruntime", threads=1) as opened:
        yield opened


def test_it_says_what_it_is(backend):
    assert (backend.info.name, backend.info.device) == ("onnxruntime", "CPU")


def test_every_graph_runs(backend):
    backend.warm_up()
    out = backend.run("features", {"image": np.zeros((1, 3, 256, 256), np.float32)})
    assert out["f8"].shape == (1, 40, 32, 32)
    assert out["f16"].shape == (1, 112, 16, 16)


def test_wrong_feeds_are_a_backend_error(backend):
    with pytest.raises(BackendError, match="'features' failed"):
        backend.run("features", {"image": np.zeros((1, 3, 10, 10), np.float32)})


def test_auto_opens_something_that_works_everywhere():
    with open_backend("auto") as opened:
        assert opened.info.name in ("onnxruntime", "tensorrt")


def test_an_unknown_backend_is_refused():
    with pytest.raises(BackendError, match="choose one of"):
        open_backend("abacus")


def test_the_8_bit_trunk_sees_about_the_same(backend):
    image = sample_feeds(backend)["features"]["image"]
    wanted = backend.run("features", {"image": image})
    with open_backend("onnxruntime-int8", threads=1) as rough:
        assert (rough.info.name, rough.info.precision) == ("onnxruntime-int8", "int8+fp32")
        found = rough.run("features", {"image": image})
        assert rough.run("encode_wide", {"image": np.zeros((1, 3, 192, 320), np.float32)})["f16"].shape[2:] == (12, 20)
    for name, values in wanted.items():
        difference = np.linalg.norm(found[name] - values) / np.linalg.norm(values)
        assert 0 < difference < 0.25, name


def test_only_what_is_harmless_is_in_8_bits_unless_more_is_asked_for(backend, monkeypatch):
    monkeypatch.setattr(ModelStore, "int8_graphs", lambda self, harmless=False: ("encode_wide",) if harmless else ())
    feeds = sample_feeds(backend)
    with open_backend("onnxruntime-mixed", threads=1) as mixed:
        assert (mixed.info.name, mixed.info.precision) == ("onnxruntime-mixed", "int8+fp32")
        found = {graph: mixed.run(graph, feeds[graph])["f16"] for graph in ("features", "encode_wide")}
    exact = {graph: backend.run(graph, feeds[graph])["f16"] for graph in found}
    assert (found["features"] == exact["features"]).all()
    assert not (found["encode_wide"] == exact["encode_wide"]).all()
    monkeypatch.setattr(ModelStore, "int8_graphs", lambda self, harmless=False: ())
    with pytest.raises(BackendError, match="found to cost no accuracy; use --backend onnxruntime"):
        open_backend("onnxruntime-mixed")


def test_models_without_8_bit_variants_say_so(tmp_path):
    manifest = {**open_models().manifest, "graphs": {"features": {"file": "features.onnx"}}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BackendError, match="no 8-bit variants; use --backend onnxruntime"):
        open_backend("onnxruntime-int8", models=tmp_path)


RUNS_IN_TWO_THREADS = """
from concurrent.futures import ThreadPoolExecutor
from app.cli.memory import rss_mb
from engine.backends.parity import sample_feeds
from engine.backends.select import open_backend

with open_backend("onnxruntime", threads=2) as backend, ThreadPoolExecutor(2) as pool:
    feeds = sample_feeds(backend)
    backend.warm_up()
    before = rss_mb()
    for graph, given in feeds.items():
        list(pool.map(backend.run, [graph] * 10, [given] * 10))
    print(rss_mb() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much memory a process has now")
def test_after_warming_up_runs_at_the_same_time_take_next_to_no_more_memory():
    """Else memory grows whenever two runs of a graph first meet: by 109 MB with an arena for each session."""
    done = subprocess.run([sys.executable, "-c", RUNS_IN_TWO_THREADS], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 30
