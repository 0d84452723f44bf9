from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.geometry import Mapping2D
from engine.tracking.attention import AttentionTarget, EncodedFrame, attend
from engine.tracking.discriminant import learn_discriminant
from training.evidence import raised


class Dark:
    """An attention network that gives the same map whatever it is asked."""

    def __init__(self, values):
        self.values = values

    def run(self, graph, feeds):
        return {"attention": self.values[None, None]}


def test_training_raises_the_map_as_the_program_does():
    rng = np.random.default_rng(0)
    f16 = rng.normal(size=(1, 112, 12, 20)).astype(np.float32)
    f8 = rng.normal(size=(1, 40, 24, 40)).astype(np.float32)
    found = learn_discriminant(f8, f16, np.array([80.0, 60.0, 70.0, 50.0]))
    logits = rng.normal(scale=5.0, size=(48, 80)).astype(np.float32)
    logits[0, :3] = (-30.0, 30.0, 0.0)
    encoded = EncodedFrame(f16, f16, f16, f8, Mapping2D(0.0, 0.0, 1.0, 1.0), "wide", (320, 192))
    target = AttentionTarget(np.zeros((1, 112, 5, 5)), np.zeros((1, 40, 5, 5)), found)
    shown = attend(Dark(1 / (1 + np.exp(-logits))), encoded, target, np.zeros((4, 112, 8, 8), np.float32))
    tensors = [torch.from_numpy(a) for a in (logits[None, None], f8, f16, found.weights[None].copy())]
    learned = torch.sigmoid(raised(*tensors))[0, 0].numpy()
    np.testing.assert_allclose(learned, shown.values, atol=1e-4)
    assert np.abs(shown.values - 1 / (1 + np.exp(-logits))).max() > 0.1
    assert pytest.approx(learned[20, 30], abs=1e-4) == shown.values[20, 30]
