from __future__ import annotations

import onnx
import pytest
from onnx import numpy_helper

from engine.models import bundled_models, open_models
from training.manifest import TOTAL_LIMIT, total_bytes

CARDS = {
    "features.md": ("features", "encode_wide", "encode_classic", "encode_square"),
    "locate.md": ("locate",),
    "classifier.md": ("score", "learn"),
}


@pytest.mark.parametrize("network", ["encode", "attend"])
def test_the_graphs_for_all_shapes_of_frames_hold_the_same_weights(network):
    models = open_models()
    variants = [name for name in models.graphs if name.startswith(f"{network}_")]
    weights = []
    for name in variants:
        constants = onnx.load(models.path(name)).graph.initializer
        weights.append({numpy_helper.to_array(item).tobytes() for item in constants if len(item.dims) == 4})
    assert len(weights) == 3 and len(weights[0]) > 20
    assert all(each == weights[0] for each in weights)


def test_8_bit_trunks_were_made_from_the_graphs_that_are_there():
    graphs = open_models().manifest["graphs"]
    made = {name: entry["int8"]["made_from"] for name, entry in graphs.items() if "int8" in entry}
    assert made == {name: graphs[name]["sha256"] for name in made}, "run attntrack train quantise"


@pytest.mark.parametrize("card", CARDS)
def test_a_card_describes_the_published_files(card):
    text = (bundled_models() / card).read_text(encoding="utf-8")
    hashes = open_models().hashes()
    for name in CARDS[card]:
        assert hashes[name] in text, f"{card} describes another {name}.onnx"
    for word in ("Data" if card != "features.md" else "Weights", "Command", "Limits", "seed"):
        assert word in text


def test_the_classifiers_card_knows_the_head():
    manifest = open_models().manifest["head"]
    text = (bundled_models() / "classifier.md").read_text(encoding="utf-8")
    assert manifest["sha256"] in text
    assert {"init_lr", "init_steps", "update_lr", "update_steps"} <= set(manifest)


def test_all_graphs_together_are_small_and_intact():
    models = open_models()
    for name in models.graphs:
        assert models.path(name).is_file()
    models.head()
    assert total_bytes(bundled_models()) <= TOTAL_LIMIT
