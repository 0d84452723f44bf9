import copy

import numpy as np
import onnx
import pytest

from engine.models import ModelStore, open_models
from engine.testing import textured_image
from training.data.clips import read_clips
from training.export import export_trunk
from training.quantise import TRUNKS, clip_pictures, quantise

GRAPHS = tuple(name for names in TRUNKS.values() for name in names)


@pytest.fixture(scope="module")
def quantised(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    export_trunk(folder)
    pictures = np.stack([textured_image(9 * i, 256, 256) for i in range(6)])
    return folder, quantise(folder, pictures, steps=2)


def test_a_file_stands_in_for_all_graphs_of_the_same_weights(quantised):
    folder, errors = quantised
    store = open_models(folder)
    assert all(0 < error < 0.3 for error in errors.values()) and set(errors) == {"features", "encode"}
    assert store.int8_path("features") == folder / "features.int8.onnx"
    assert {store.int8_path(name) for name in TRUNKS["encode"]} == {folder / "encode.int8.onnx"}
    assert (folder / "encode.int8.onnx").stat().st_size < store.path("encode_wide").stat().st_size / 2
    assert store.int8_size("encode_wide") == {"height": 192, "width": 320}
    assert store.manifest["graphs"]["features"]["int8"]["error"] == pytest.approx(errors["features"], rel=0.1)


def test_the_first_layers_stay_exact(quantised):
    graph = onnx.load(quantised[0] / "features.int8.onnx").graph
    weights = {item.name: item.data_type for item in graph.initializer}
    read = [node.input[1] for node in graph.node if node.op_type == "Conv"]
    exact = [weights.get(name) == onnx.TensorProto.FLOAT for name in read]
    assert exact[:3] == [True] * 3 and not any(exact[3:])


def test_what_was_made_from_another_graph_does_not_stand_in(quantised):
    store = open_models(quantised[0])
    manifest = copy.deepcopy(store.manifest)
    manifest["graphs"]["features"]["sha256"] = "0" * 64
    changed = ModelStore(store.folder, manifest)
    assert changed.int8_path("features") is None
    assert changed.int8_path("encode_wide") is not None


def test_a_new_trunk_takes_its_variants_out(tmp_path):
    export_trunk(tmp_path)
    quantise(tmp_path, np.stack([textured_image(9 * i, 256, 256) for i in range(3)]), steps=0)
    assert len(list(tmp_path.glob("*.int8.onnx"))) == 2
    export_trunk(tmp_path)
    assert [open_models(tmp_path).int8_path(name) for name in GRAPHS] == [None] * 4
    assert not list(tmp_path.glob("*.int8.onnx"))


def test_pictures_are_crops_and_frames_of_the_clips(data_folder):
    pictures = clip_pictures(read_clips(data_folder / "train"), 6)
    assert pictures.shape[1:] == (256, 256, 3) and pictures.dtype == np.uint8
    assert 2 <= len(pictures) <= 6
    assert (clip_pictures(read_clips(data_folder / "train"), 6) == pictures).all()
