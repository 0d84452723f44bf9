"""The trunk as it computes with 8-bit integers, in PyTorch: so that its weights can be tuned to that.

Simulated is what :func:`training.quantise.quantised` makes of the graph: weights rounded by output channel,
activations by tensor between the ends of their mean range, gradients going straight through the rounding
(Jacob et al., CVPR 2018).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.trunk import TAP8, InvertedResidual, SameConv, Trunk

FIRST_BLOCK = 1
"""The first block in 8 bits."""
WEIGHT_LEVELS = 64
"""Levels of a weight on each side of zero: 7 bits, as the graph has them."""
LEVELS = 255
PACE = 0.02
"""Share of a new batch in the ranges of the activations."""


class Activation(nn.Module):
    """Values rounded to 256 levels between the ends of their range, which follows what it sees while training."""

    low: Tensor
    high: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("low", torch.tensor(torch.nan))
        self.register_buffer("high", torch.tensor(torch.nan))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` -> the same, rounded."""
        if self.training or self.low.isnan():
            self._follow(x.detach())
        step = (self.high - self.low).clamp_min(1e-6) / LEVELS
        zero = torch.round(-self.low / step)
        return (_rounded(x / step + zero).clamp(0, LEVELS) - zero) * step

    def _follow(self, x: Tensor) -> None:
        low = x.amin((1, 2, 3)).mean().clamp_max(0.0)
        high = x.amax((1, 2, 3)).mean().clamp_min(0.0)
        share = 1.0 if self.low.isnan() else PACE
        self.low.copy_(torch.lerp(self.low.nan_to_num(), low, share))
        self.high.copy_(torch.lerp(self.high.nan_to_num(), high, share))


class EightBitBlock(nn.Module):
    """A block whose convolutions, and what lies between them, are in 8 bits."""

    def __init__(self, block: InvertedResidual) -> None:
        super().__init__()
        self.block = block
        self.expanded, self.filtered, self.projected = Activation(), Activation(), Activation()
        self.added = Activation() if block.shortcut else None

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` -> ``(N, C', H / stride, W / stride)``; every block but the first expands."""
        block = self.block
        assert block.expand is not None
        y = self.expanded(functional.relu6(_convolve(block.expand, x)))
        y = self.filtered(functional.relu6(_convolve(block.depthwise, y)))
        y = self.projected(_convolve(block.project, y))
        return y if self.added is None else self.added(x + y)


class EightBitTrunk(nn.Module):
    """A trunk in 8 bits from its second block on; it shares the trunk's weights, and those before are left alone."""

    def __init__(self, trunk: Trunk) -> None:
        super().__init__()
        self.trunk = trunk
        self.entered = Activation()
        self.blocks = nn.ModuleList(EightBitBlock(block) for block in trunk.blocks[FIRST_BLOCK:])

    def weights(self) -> list[nn.Parameter]:
        """Those that rounding concerns."""
        return list(self.blocks.parameters())

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """``(N, 3, H, W) float32`` BGR 0..255 -> f8 ``(N, 40, H/8, W/8)``, f16 ``(N, 112, H/16, W/16)``."""
        trunk = self.trunk
        with torch.no_grad():
            x = functional.relu6(trunk.stem(image * trunk.scale + trunk.shift))
            for block in trunk.blocks[:FIRST_BLOCK]:
                x = block(x)
        x = f8 = self.entered(x)
        for i, block in enumerate(self.blocks, FIRST_BLOCK):
            x = block(x)
            if i == TAP8:
                f8 = x
        return f8, x


def _rounded(x: Tensor) -> Tensor:
    """To whole numbers, with the gradient of what was there before."""
    return x + (x.round() - x).detach()


def _convolve(layer: SameConv, x: Tensor) -> Tensor:
    conv = layer.conv
    step = conv.weight.detach().abs().amax((1, 2, 3), keepdim=True).clamp_min(1e-8) / WEIGHT_LEVELS
    weight = _rounded(conv.weight / step) * step
    return functional.conv2d(layer.padded(x), weight, conv.bias, conv.stride, conv.padding, groups=conv.groups)
