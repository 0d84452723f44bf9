"""The network that finds the target in a search crop and gives a box at every cell."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models import LOCATE_SLOTS, SLOTS
from training.trunk import F8_CHANNELS, F16_CHANNELS

CELLS = 16
STRIDE = 16
TEMPLATE_CELLS = 64


@dataclass(frozen=True)
class LocateConfig:
    """Sizes of the network. ``box_scale`` is the distance in crop pixels that a raw output of 0 stands for."""

    width: int = 96
    fine: int = 48
    tower: int = 3
    box_scale: float = 32.0
    key_gain: float = 10.0


class Neck(nn.Module):
    """Stride-8 and stride-16 features joined at stride 16: 2x2 stride-2 convolution beside a 1x1, then a 1x1."""

    def __init__(self, config: LocateConfig) -> None:
        super().__init__()
        self.fine = nn.Conv2d(F8_CHANNELS, config.fine, 2, 2, bias=False)
        self.coarse = nn.Conv2d(F16_CHANNELS, config.width, 1, bias=False)
        self.norm = nn.BatchNorm2d(config.fine + config.width)
        self.join = nn.Conv2d(config.fine + config.width, config.width, 1)

    def forward(self, f8: Tensor, f16: Tensor) -> Tensor:
        """``(N, 40, 2h, 2w)``, ``(N, 112, h, w)`` -> ``(N, width, h, w)``."""
        x = torch.cat([self.fine(f8), self.coarse(f16)], dim=1)
        return self.join(functional.relu(self.norm(x)))


class Tower(nn.Module):
    """A stack of depthwise 3x3 and 1x1 convolutions with a shortcut around each pair."""

    def __init__(self, config: LocateConfig) -> None:
        super().__init__()
        width = config.width
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(),
                nn.Conv2d(width, width, 1, bias=False),
                nn.BatchNorm2d(width),
            )
            for _ in range(config.tower)
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, width, 16, 16)`` -> the same shape."""
        for layer in self.layers:
            x = functional.relu(x + layer(x))
        return x


class Locate(nn.Module):
    """Search features and target memory -> raw score, quality and box maps.

    Evidence: cosine of every search cell with the 64 cells of the first template, the strongest such cosine over
    the recent templates and the first one turned over, and the search features gated by the pooled target.
    """

    def __init__(self, config: LocateConfig = LocateConfig()) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.neck = Neck(config)
        self.key_search = nn.Conv2d(width, width, 1)
        self.key_target = nn.Conv2d(width, width, 1)
        self.fuse = nn.Sequential(
            nn.Conv2d(2 * TEMPLATE_CELLS + 2 * width, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
        )
        self.find, self.bound = Tower(config), Tower(config)
        self.score = nn.Conv2d(width, 1, 1)
        self.quality = nn.Conv2d(width, 1, 1)
        self.ltrb = nn.Conv2d(width, 4, 1)
        nn.init.constant_(self.score.bias, -4.0)  # targets are rare: start near their share of the cells
        nn.init.zeros_(self.ltrb.bias)

    def forward(self, f8: Tensor, f16: Tensor, memory8: Tensor, memory16: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Raw maps for a batch.

        Args:
            f8: ``(N, 40, 32, 32)`` of the search crops.
            f16: ``(N, 112, 16, 16)`` of the search crops.
            memory8: ``(N * 8, 40, 16, 16)``, slots of one target one after another, slot 0 the first frame, the last
                four the first frame turned over.
            memory16: ``(N * 8, 112, 8, 8)``.

        Returns:
            Score logits ``(N, 1, 16, 16)``, quality logits ``(N, 1, 16, 16)`` and left, top, right, bottom
            ``(N, 4, 16, 16)`` in crop pixels from the cell's centre.
        """
        return self.compare(self.neck(f8, f16), self.neck(memory8, memory16))

    def compare(self, search: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The maps from the neck's features ``(N, width, 16, 16)`` of search crops and ``(N * 8, width, 8, 8)``."""
        width, batch = self.config.width, search.shape[0]
        query = functional.normalize(self.key_search(search), dim=1, eps=1e-6)
        keys = functional.normalize(self.key_target(target), dim=1, eps=1e-6)
        keys = keys.reshape(batch, LOCATE_SLOTS, width, TEMPLATE_CELLS).transpose(2, 3)
        keys = keys.reshape(batch, LOCATE_SLOTS * TEMPLATE_CELLS, width)
        match = torch.bmm(keys, query.reshape(batch, width, CELLS * CELLS)) * self.config.key_gain
        match = match.reshape(batch, LOCATE_SLOTS, TEMPLATE_CELLS, CELLS, CELLS)
        first, recent = match[:, 0], match[:, 1:].amax(dim=1)
        centre = target[:, :, 2:6, 2:6].mean(dim=(2, 3)).reshape(batch, LOCATE_SLOTS, width)  # the target's own extent
        pooled = 0.5 * (centre[:, 0] + centre[:, 1:SLOTS].mean(dim=1))
        gated = search * pooled.reshape(batch, width, 1, 1)
        x = self.fuse(torch.cat([first, recent, search, gated], dim=1))
        found, bound = self.find(x), self.bound(x)
        ltrb = torch.exp(self.ltrb(bound).clamp(-5.0, 3.0)) * self.config.box_scale
        return self.score(found), self.quality(bound), ltrb


EXTENT = 0.95
"""What the exported boxes' sides are multiplied with. Of objects that training has not shown, the network takes in more
than the annotated box: by 5 % a side with the crop in place, by 9 % when its own boxes place the crop (development)."""


class LocateGraph(nn.Module):
    """The network as it is exported: one search crop, one target's memory, probabilities out."""

    def __init__(self, network: Locate) -> None:
        super().__init__()
        self.network = network

    def forward(self, f8: Tensor, f16: Tensor, memory8: Tensor, memory16: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Score and quality ``(1, 16, 16)`` in 0..1 and ltrb ``(1, 4, 16, 16)`` in crop pixels."""
        score, quality, ltrb = self.network(f8, f16, memory8, memory16)
        trim = (1 - EXTENT) / 2 * (ltrb + ltrb[:, [2, 3, 0, 1]])  # the same of either side, so the middle stays
        return torch.sigmoid(score[:, 0]), torch.sigmoid(quality[:, 0]), ltrb - trim
