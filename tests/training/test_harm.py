import json
import shutil

import pytest

from engine.datasets import find_clips
from engine.errors import FormatError
from engine.models import bundled_models, open_models
from engine.testing import write_clip
from training import harm
from training.commands import main
from training.quantise import TRUNKS


@pytest.fixture
def models(tmp_path):
    """The bundled models, of whose 8-bit variants nothing is known."""
    folder = tmp_path / "models"
    shutil.copytree(bundled_models(), folder)
    harm.register_loss(folder, open_models(folder).int8_graphs(), 1.0, "none")
    return folder


@pytest.fixture
def clips(tmp_path):
    folder = tmp_path / "clips"
    folder.mkdir()
    boxes = write_clip(folder / "moving.mp4", frames=12)
    (folder / "moving.txt").write_text("".join(f"{b.x},{b.y},{b.w},{b.h}\n" for b in boxes))
    return folder


@pytest.fixture(params=TRUNKS)
def trunk(request, models):
    if open_models(models).int8_path(TRUNKS[request.param][0]) is None:
        pytest.fail("run attntrack train quantise")
    return request.param


def test_it_is_measured_noted_and_said(trunk, models, clips, capsys):
    assert main("train", ["harm", trunk, str(clips), "--models", str(models), "--seeds", "1"]) == 0
    said = capsys.readouterr().out
    store = open_models(models)
    losses = {graph: store.int8_loss(graph) for graph in TRUNKS[trunk]}
    assert len(set(losses.values())) == 1 and all(abs(loss) < 1 for loss in losses.values())
    assert f"{trunk} in 8 bits: 1 clips" in said
    assert ("harmless" in said) == (set(TRUNKS[trunk]) <= set(store.int8_graphs(harmless=True)))
    others = [graph for graph in store.int8_graphs() if graph not in losses]
    assert all(store.int8_loss(graph) is None for graph in others)


def test_what_the_rounded_trunk_loses_is_the_loss(models, clips, monkeypatch):
    rounded = []

    def accuracy(backend, clip, seeds):
        rounded.append(backend.info.precision != "fp32")
        return [0.5, 0.7] if not rounded[-1] else [0.52, 0.69]

    monkeypatch.setattr(harm, "_of_attention", accuracy)
    found = harm.measure_harm(models, "encode", find_clips(clips), 1)
    assert found == pytest.approx(0.01) and rounded == [False, True]
    assert open_models(models).int8_loss("encode_wide") == pytest.approx(0.01)


def test_a_trunk_without_8_bits_cannot_be_measured(models, clips):
    file = models / "manifest.json"
    manifest = json.loads(file.read_text())
    del manifest["graphs"]["features"]["int8"]
    file.write_text(json.dumps(manifest))
    with pytest.raises(FormatError, match="no 8-bit features: run attntrack train quantise"):
        harm.measure_harm(models, "features", find_clips(clips), 1)
