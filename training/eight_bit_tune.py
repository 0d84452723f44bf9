"""Weights of the trunk for 8 bits: tuned until the rounded trunk says what the exact one does."""

from __future__ import annotations

import copy
import logging
import math

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from engine.types import UInt8Array
from training.eight_bit import EightBitTrunk
from training.from_graphs import convolutions, trunk_of
from training.schedule import Clock, ScheduleConfig, set_rate
from training.trunk import Trunk

_LOG = logging.getLogger(__name__)

BATCH = 4
RATE = 1e-4
"""Learning rate of Adam at the start; it falls to 0 as a cosine does. Three times that destroys more than it tunes."""
GAIN, OFFSET = (0.7, 1.2), (-20.0, 20.0)
"""Ranges of contrast and brightness of the pictures."""
SAY_EVERY = 50


def tuned(graph: onnx.ModelProto, pictures: UInt8Array, steps: int, seed: int = 0) -> onnx.ModelProto:
    """The exact trunk with other weights, of use only to be rounded to 8 bits.

    What is made small is the difference between the features of the rounded trunk and those of the exact one as it was,
    by the square of their norm: no boxes or labels are asked for. Pictures are ``(N, 256, 256, 3) uint8`` BGR.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    exact = trunk_of(graph).to(memory_format=torch.channels_last)
    trunk = copy.deepcopy(exact)
    exact.requires_grad_(False)
    rounded = EightBitTrunk(trunk)
    adam = torch.optim.Adam(rounded.weights(), lr=RATE)
    clock = Clock(ScheduleConfig(steps=steps, minutes=math.inf, rate=RATE, final_rate=0.0, warm_up=1))
    for step in range(steps):
        clock.step = step
        set_rate(adam, clock.rate())
        images = _draw(pictures, rng)
        with torch.no_grad():
            wanted = exact(images)
        loss = torch.stack([_difference(a, b) for a, b in zip(rounded(images), wanted, strict=True)]).sum()
        adam.zero_grad()
        loss.backward()
        adam.step()
        if step % SAY_EVERY == 0:
            _LOG.info("step %d of %d, squared relative error of both features %.5f", step, steps, float(loss.detach()))
    return _with_weights(graph, trunk)


def _with_weights(graph: onnx.ModelProto, trunk: Trunk) -> onnx.ModelProto:
    model = onnx.ModelProto()
    model.CopyFrom(graph)
    constants = {item.name: item for item in model.graph.initializer}
    for path, names in convolutions(graph).items():
        conv = trunk.get_submodule(path)
        assert isinstance(conv, nn.Conv2d)
        for parameter, name in zip((conv.weight, conv.bias), names, strict=True):
            assert parameter is not None and name is not None
            values = np.ascontiguousarray(parameter.detach().numpy())
            constants[name].CopyFrom(numpy_helper.from_array(values, name))
    return model


def _draw(pictures: UInt8Array, rng: np.random.Generator) -> Tensor:
    """``(4, 3, 256, 256) float32``: some of the pictures, mirrored or not, in another light."""
    images = pictures[rng.integers(0, len(pictures), BATCH)].astype(np.float32)
    if rng.random() < 0.5:
        images = images[:, :, ::-1]
    gain, offset = rng.uniform(*GAIN, (BATCH, 1, 1, 1)), rng.uniform(*OFFSET, (BATCH, 1, 1, 1))
    images = np.clip(images * gain + offset, 0.0, 255.0).astype(np.float32)
    return torch.from_numpy(images).permute(0, 3, 1, 2)  # channels last, as it lies in memory


def _difference(found: Tensor, wanted: Tensor) -> Tensor:
    """Square of the relative error."""
    return (found - wanted).square().sum() / wanted.square().sum()
