import numpy as np
import pytest

from engine.backends.select import open_backend
from engine.errors import BackendError


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
