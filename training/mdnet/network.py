"""The classifier's shared neck, its RoI features, and the head whose weights are learned online."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.trunk import F8_CHANNELS, F16_CHANNELS

CROP = 256
STRIDE = 8
SIDE = CROP // STRIDE
BINS = 5
MAP_CHANNELS = 64
FEATURES = MAP_CHANNELS * BINS * BINS
HIDDEN = 256
HEAD_NAMES = ("w4", "b4", "w5", "b5", "w6", "b6")
HEAD_SHAPES = {
    "w4": (FEATURES, HIDDEN),
    "b4": (HIDDEN,),
    "w5": (HIDDEN, HIDDEN),
    "b5": (HIDDEN,),
    "w6": (HIDDEN, 1),
    "b6": (1,),
}
# SAME padding moves the centre of a stride-8 cell right and down by half a pixel of every stride-2 layer's input
CELL_SHIFT = 3.5

Head = Mapping[str, Tensor]


@dataclass(frozen=True)
class NeckConfig:
    """Sizes of the neck."""

    hidden: int = 64


class SharedNeck(nn.Module):
    """Stride-8 and stride-16 features joined at stride 8, normalised over the channels of each cell."""

    def __init__(self, config: NeckConfig = NeckConfig()) -> None:
        super().__init__()
        self.fine = nn.Conv2d(F8_CHANNELS, config.hidden, 1)
        self.coarse = nn.Conv2d(F16_CHANNELS, config.hidden, 1)
        self.mix = nn.Conv2d(2 * config.hidden, MAP_CHANNELS, 1)

    def forward(self, f8: Tensor, f16: Tensor) -> Tensor:
        """``(N, 40, 32, 32)``, ``(N, 112, 16, 16)`` -> ``(N, 64, 32, 32)`` with a mean square of 1 a cell."""
        coarse = functional.interpolate(self.coarse(f16), scale_factor=2.0, mode="bilinear", align_corners=False)
        x = self.mix(functional.relu(torch.cat([self.fine(f8), coarse], dim=1)))
        return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-3)


def roi_features(features: Tensor, boxes: Tensor) -> Tensor:
    """RoIAlign with one bilinear point a bin; outside the map its edge goes on.

    Written as four gathers of whole cells: several times faster on a CPU than GridSample, which works channel by
    channel.

    Args:
        features: ``(N, 64, 32, 32)`` maps of N crops.
        boxes: ``(N, K, 4)`` x, y, w, h in crop pixels.

    Returns:
        ``(N * K, 1600)``: bins row by row, the channel the fastest index.
    """
    crops, count = boxes.shape[0], boxes.shape[1]
    offsets = (torch.arange(BINS, dtype=boxes.dtype, device=boxes.device) + 0.5) / BINS
    x = (boxes[..., 0:1] + boxes[..., 2:3] * offsets - CELL_SHIFT) * (1.0 / STRIDE) - 0.5
    y = (boxes[..., 1:2] + boxes[..., 3:4] * offsets - CELL_SHIFT) * (1.0 / STRIDE) - 0.5
    x, y = x.clamp(0.0, SIDE - 1.0), y.clamp(0.0, SIDE - 1.0)
    x0, y0 = x.floor().clamp(max=SIDE - 2.0), y.floor().clamp(max=SIDE - 2.0)
    fx, fy = (x - x0)[:, :, None, :, None], (y - y0)[:, :, :, None, None]
    first = torch.arange(crops, device=boxes.device)[:, None, None, None] * (SIDE * SIDE)
    corner = (first + y0.long()[:, :, :, None] * SIDE + x0.long()[:, :, None, :]).reshape(-1)
    cells = features.permute(0, 2, 3, 1).reshape(crops * SIDE * SIDE, MAP_CHANNELS)
    shape = (crops, count, BINS, BINS, MAP_CHANNELS)
    left, right = cells[corner].reshape(shape), cells[corner + 1].reshape(shape)
    top = left + (right - left) * fx
    left, right = cells[corner + SIDE].reshape(shape), cells[corner + SIDE + 1].reshape(shape)
    bottom = left + (right - left) * fx
    return (top + (bottom - top) * fy).reshape(crops * count, FEATURES)


def head_logits(roi: Tensor, head: Head) -> Tensor:
    """``(N, 1600)`` RoI features -> ``(N,)`` logits of being the target."""
    h4 = functional.relu(roi @ head["w4"] + head["b4"])
    h5 = functional.relu(h4 @ head["w5"] + head["b5"])
    return (h5 @ head["w6"] + head["b6"])[:, 0]


def new_head(seed: int = 0) -> dict[str, Tensor]:
    """An untrained head: He-initialised hidden layers, a last layer of zeros."""
    generator = torch.Generator().manual_seed(seed)
    head = {name: torch.zeros(shape) for name, shape in HEAD_SHAPES.items()}
    for name in ("w4", "w5"):
        shape = HEAD_SHAPES[name]
        head[name] = torch.randn(shape, generator=generator) * (2.0 / shape[0]) ** 0.5
    return head


class ScoreGraph(nn.Module):
    """The neck, RoI features and head as they are exported: the head's weights are inputs."""

    def __init__(self, neck: SharedNeck) -> None:
        super().__init__()
        self.neck = neck

    def forward(
        self,
        f8: Tensor,
        f16: Tensor,
        boxes: Tensor,
        w4: Tensor,
        b4: Tensor,
        w5: Tensor,
        b5: Tensor,
        w6: Tensor,
        b6: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Logits ``(N,)`` and RoI features ``(N, 1600)`` of boxes ``(N, 4)`` in one crop."""
        roi = roi_features(self.neck(f8, f16), boxes[None])
        head = {"w4": w4, "b4": b4, "w5": w5, "b5": b5, "w6": w6, "b6": b6}
        return head_logits(roi, head), roi
