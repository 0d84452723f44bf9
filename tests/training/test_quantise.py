import numpy as np
import onnx
import pytest

from engine.models import open_models
from engine.testing import textured_image
from training.data.clips import read_clips
from training.export import export_trunk
from training.quantise import FILE, GRAPHS, clip_pictures, quantise


@pytest.fixture(scope="module")
def quantised(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    export_trunk(folder)
    pictures = np.stack([textured_image(9 * i, 256, 256) for i in range(6)])
    return folder, quantise(folder, pictures)


def test_one_file_stands_in_for_every_graph_of_the_trunk(quantised):
    folder, error = quantised
    store = open_models(folder)
    assert 0 < error < 0.3
    assert {store.int8_path(name) for name in GRAPHS} == {folder / FILE}
    assert (folder / FILE).stat().st_size < store.path("features").stat().st_size / 2
    assert store.int8_size("encode_wide") == {"height": 192, "width": 320}
    assert store.manifest["graphs"]["features"]["int8"]["error"] == pytest.approx(error, rel=0.1)


def test_the_first_layers_stay_exact(quantised):
    graph = onnx.load(quantised[0] / FILE).graph
    weights = {item.name: item.data_type for item in graph.initializer}
    read = [node.input[1] for node in graph.node if node.op_type == "Conv"]
    exact = [weights.get(name) == onnx.TensorProto.FLOAT for name in read]
    assert exact[:3] == [True] * 3 and not any(exact[3:])


def test_a_new_trunk_takes_its_variant_out(tmp_path):
    export_trunk(tmp_path)
    quantise(tmp_path, np.stack([textured_image(9 * i, 256, 256) for i in range(3)]))
    assert (tmp_path / FILE).exists()
    export_trunk(tmp_path)
    assert [open_models(tmp_path).int8_path(name) for name in GRAPHS] == [None] * 4
    assert not (tmp_path / FILE).exists()


def test_pictures_are_crops_and_frames_of_the_clips(data_folder):
    pictures = clip_pictures(read_clips(data_folder / "train"), 6)
    assert pictures.shape[1:] == (256, 256, 3) and pictures.dtype == np.uint8
    assert 2 <= len(pictures) <= 6
    assert (clip_pictures(read_clips(data_folder / "train"), 6) == pictures).all()
