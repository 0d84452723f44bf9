import copy
import shutil

import numpy as np
import pytest

from engine.errors import BackendError
from engine.models import HEAD_NAMES, ModelStore, bundled_models, open_models, sha256_of

GRAPHS = {
    "features",
    "encode_wide",
    "encode_classic",
    "encode_square",
    "score",
    "learn",
    "locate",
    "attend_wide",
    "attend_classic",
    "attend_square",
}


def test_the_bundled_models_are_whole():
    store = open_models()
    assert set(store.graphs) == GRAPHS
    for graph in store.graphs:
        assert sha256_of(store.path(graph)) == store.hashes()[graph]


def test_all_graphs_together_stay_small():
    store = open_models()
    assert sum(store.path(graph).stat().st_size for graph in store.graphs) <= 25e6


def test_the_head_has_the_layers_the_graphs_take():
    head = open_models().head()
    shapes = {name: head[name].shape for name in HEAD_NAMES}
    assert shapes == {
        "w4": (1600, 256),
        "b4": (256,),
        "w5": (256, 256),
        "b5": (256,),
        "w6": (256, 1),
        "b6": (1,),
    }
    assert all(array.dtype == np.float32 for array in head.values())


def test_a_damaged_model_is_not_loaded(tmp_path):
    folder = tmp_path / "models"
    shutil.copytree(bundled_models(), folder)
    with (folder / "learn.onnx").open("ab") as file:
        file.write(b"x")
    with pytest.raises(BackendError, match="damaged"):
        open_models(folder).path("learn")
    (folder / "learn.onnx").unlink()
    with pytest.raises(BackendError, match="missing"):
        open_models(folder).path("learn")


@pytest.mark.parametrize("text", [None, "not json", "{}", '{"graphs": 3}'])
def test_a_folder_without_models_says_so(tmp_path, text):
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(BackendError, match="no models in"):
        open_models(tmp_path)


def test_an_unknown_graph_is_named():
    with pytest.raises(BackendError, match="'dream'"):
        open_models().path("dream")


def test_8_bits_are_harmless_as_long_as_the_models_are_those_they_were_measured_with():
    manifest = copy.deepcopy(open_models().manifest)
    store = ModelStore(bundled_models(), manifest)
    graphs = store.int8_graphs()
    for entry in manifest["graphs"].values():
        entry.get("int8", {}).pop("loss", None)
    assert store.int8_graphs(harmless=True) == () and all(store.int8_loss(graph) is None for graph in graphs)
    for graph, accuracy in zip(graphs, [0.004, 0.006, -0.01], strict=False):
        manifest["graphs"][graph]["int8"]["loss"] = {"accuracy": accuracy, "models": store.digest()}
    assert [store.int8_loss(graph) for graph in graphs[:3]] == [0.004, 0.006, -0.01]
    assert store.int8_graphs(harmless=True) == (graphs[0], graphs[2])
    manifest["graphs"]["learn"]["sha256"] = "0" * 64
    assert store.int8_graphs(harmless=True) == (), "another model may need what the 8 bits have lost"
