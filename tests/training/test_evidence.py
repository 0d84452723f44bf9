from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.geometry import Mapping2D
from engine.tracking.attention import AttentionTarget, EncodedFrame, attend
from engine.tracking.discriminant import learn_discriminant
from engine.tracking.exemplars import keep_exemplars
from training.evidence import LEARNED, Learned, joined, learn


class Fixed:
    """An attention network that gives the same map whatever it is asked."""

    def __init__(self, values):
        self.values = values

    def run(self, graph, feeds):
        return {"attention": self.values[None, None]}


@pytest.mark.parametrize("side", [50.0, 20.0, 3.0])
def test_training_joins_the_map_as_the_program_does(side):
    rng = np.random.default_rng(0)
    f16 = rng.normal(1.0, size=(1, 112, 12, 20)).astype(np.float32)
    f8 = rng.normal(1.0, size=(1, 40, 24, 40)).astype(np.float32)
    box = np.array([80.0, 60.0, side, side])
    logits = rng.normal(scale=5.0, size=(48, 80)).astype(np.float32)
    logits[0, :3] = (-30.0, 30.0, 0.0)
    cells = np.zeros((1, 112, 5, 5), np.float32), np.zeros((1, 40, 5, 5), np.float32)
    target = AttentionTarget(*cells, learn_discriminant(f8, f16, box), keep_exemplars(f8, f16, box))
    encoded = EncodedFrame(f16, f16, f16, f8, Mapping2D(0.0, 0.0, 1.0, 1.0), "wide", (320, 192))
    network = 1 / (1 + np.exp(-logits))
    shown = attend(Fixed(network), encoded, target, np.zeros((4, 112, 8, 8), np.float32)).values
    record = np.zeros((), np.dtype(list(LEARNED)))
    learn(record, f8, f16, box)
    learned = Learned(*(torch.from_numpy(np.float32(record[field[0]])[None]) for field in LEARNED))
    ours = torch.sigmoid(joined(torch.from_numpy(logits)[None, None], torch.tensor(f8), torch.tensor(f16), learned))
    np.testing.assert_allclose(ours[0, 0].numpy(), shown, atol=5e-3)  # exemplars are kept in float16
    assert np.abs(shown - network).max() > 0.2
