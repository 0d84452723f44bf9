"""The attention network: three frames' features and the target's memory in, a map of the whole frame out.

It is the generator of the conditional GAN in :mod:`training.gan`. It never sees where the target was: it is to be
an independent witness.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.trunk import F8_CHANNELS, F16_CHANNELS

SLOTS = 4
MEMORY_CELLS = 64
MATCHED_CELLS = 25
MOMENT_EPS = 1e-4


@dataclass(frozen=True)
class AttentionNetConfig:
    """Sizes of the network. ``frames`` is 1, 2 or 3: how many of the newest frames it looks at."""

    frames: int = 3
    width: int = 96
    fine: int = 32
    key: int = 64
    middle: int = 64
    last: int = 16
    expand16: int = 2
    expand8: int = 1
    blocks16: int = 4
    blocks8: int = 3
    key_gain: float = 6.0


class ConvNorm(nn.Sequential):
    """Convolution without bias, batch norm, and ReLU6 unless ``linear``."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, groups: int = 1, linear: bool = False) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        if not linear:
            layers.append(nn.ReLU6())
        super().__init__(*layers)


class Residual(nn.Module):
    """Inverted residual block: 1x1 expansion, depthwise 3x3, linear 1x1 projection, shortcut."""

    def __init__(self, width: int, expand: int) -> None:
        super().__init__()
        hidden = width * expand
        self.layers = nn.Sequential(
            ConvNorm(width, hidden), ConvNorm(hidden, hidden, 3, groups=hidden), ConvNorm(hidden, width, linear=True)
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, width, H, W)`` -> the same shape."""
        return x + self.layers(x)


def match(query: Tensor, keys: Tensor, gain: float) -> Tensor:
    """Cosine times ``gain`` of every cell of ``(N, C, H, W)`` with ``(N, C, K)`` keys -> ``(N, K, H, W)``."""
    batch, channels, height, width = query.shape
    query = functional.normalize(query, dim=1, eps=1e-6).reshape(batch, channels, height * width)
    keys = functional.normalize(keys, dim=1, eps=1e-6)
    return torch.bmm(keys.transpose(1, 2), query).reshape(batch, keys.shape[2], height, width) * gain


def standing(scores: Tensor) -> Tensor:
    """Each map ``(N, K, H, W)`` in standard deviations above its own mean over the frame.

    A convolution sees a neighbourhood only; this tells it how a cell compares with the rest of the frame.
    """
    centred = scores - scores.mean(dim=(2, 3), keepdim=True)
    return centred * torch.rsqrt(centred.square().mean(dim=(2, 3), keepdim=True) + MOMENT_EPS)


class AttentionNet(nn.Module):
    """Features of three frames and the target -> logits of the attention map at stride 4."""

    def __init__(self, config: AttentionNetConfig = AttentionNetConfig()) -> None:
        super().__init__()
        self.config = config
        width, fine, key, middle = config.width, config.fine, config.key, config.middle
        self.neck16 = ConvNorm(F16_CHANNELS, width)
        self.neck8 = ConvNorm(F8_CHANNELS, fine)
        # a 3-D convolution that is valid in time is a 2-D one over the frames' channels; here it is separable
        stack = config.frames * width
        self.temporal = nn.Sequential(ConvNorm(stack, stack, 3, groups=stack), ConvNorm(stack, width))
        self.key16 = nn.Conv2d(width, key, 1)
        self.key8 = nn.Conv2d(width + fine, key, 1)
        self.evidence16 = ConvNorm(2 * MEMORY_CELLS + MATCHED_CELLS + 4, middle)
        self.film = nn.Sequential(nn.Linear(3 * width + fine, middle), nn.ReLU6(), nn.Linear(middle, 2 * width))
        self.fuse16 = ConvNorm(3 * width + middle, width)
        self.tower16 = nn.Sequential(*(Residual(width, config.expand16) for _ in range(config.blocks16)))
        self.down16 = ConvNorm(width, middle)
        self.fuse8 = ConvNorm(middle + 2 * fine + MATCHED_CELLS + 4, middle)
        self.tower8 = nn.Sequential(*(Residual(middle, config.expand8) for _ in range(config.blocks8)))
        self.down8 = ConvNorm(middle, config.last)
        self.last = nn.Sequential(ConvNorm(config.last, config.last, 3), nn.Conv2d(config.last, 1, 3, padding=1))
        nn.init.zeros_(self.film[2].weight)
        nn.init.zeros_(self.film[2].bias)
        nn.init.constant_(self.last[1].bias, -2.0)  # targets are small: start near their share of the map

    def forward(
        self, f16: tuple[Tensor, Tensor, Tensor], f8: Tensor, memory16: Tensor, matched16: Tensor, matched8: Tensor
    ) -> Tensor:
        """Logits ``(N, 1, H/4, W/4)`` for a batch of frames H x W.

        Args:
            f16: ``(N, 112, H/16, W/16)`` of the frames t-2, t-1, t.
            f8: ``(N, 40, H/8, W/8)`` of frame t.
            memory16: ``(N * 4, 112, 8, 8)``: crops around the target, slots of one target one after another.
            matched16: ``(N, 112, 5, 5)``: the target's cells in the first frame's own features.
            matched8: ``(N, 40, 5, 5)``.
        """
        config = self.config
        frames = [self.neck16(f) for f in f16[-config.frames :]]
        now, skip = frames[-1], self.neck8(f8)
        moving = self.temporal(torch.cat(frames, dim=1))
        memory, coarse, fine = self.neck16(memory16), self.neck16(matched16), self.neck8(matched8)
        pooled, small = self._pool(memory, coarse, fine)

        evidence = self.evidence16(self._match16(now, memory, coarse))
        gain, shift = self.film(torch.cat([pooled, small], dim=1))[:, :, None, None].chunk(2, dim=1)
        gated = now * (pooled[:, : config.width])[:, :, None, None]
        x = self.fuse16(torch.cat([moving * (1 + gain) + shift, now, gated, evidence], dim=1))
        x = self._double(self.down16(self.tower16(x)))

        match8 = self._match8(now, skip, coarse, fine)
        x = self.fuse8(torch.cat([x, skip, skip * small[:, :, None, None], match8], dim=1))
        x = self._double(self.down8(self.tower8(x)))
        return self.last(x)

    def _pool(self, memory: Tensor, coarse: Tensor, fine: Tensor) -> tuple[Tensor, Tensor]:
        """The target in one vector each: ``(N, 3 width)`` of first, recent and matched cells, ``(N, fine)``."""
        width = self.config.width
        centre = memory[:, :, 2:6, 2:6].mean(dim=(2, 3)).reshape(-1, SLOTS, width)  # about the target's own extent
        pooled = torch.cat([centre[:, 0], centre[:, 1:].mean(dim=1), coarse.mean(dim=(2, 3))], dim=1)
        return pooled, fine.mean(dim=(2, 3))

    def _match16(self, now: Tensor, memory: Tensor, coarse: Tensor) -> Tensor:
        """``(N, 157, h, w)``: cosines with first, recent and matched cells, and where each group's best stands out."""
        key, gain = self.config.key, self.config.key_gain
        query = self.key16(now)
        slots = self.key16(memory).reshape(-1, SLOTS, key, MEMORY_CELLS).transpose(1, 2)
        slots = slots.reshape(-1, key, SLOTS * MEMORY_CELLS)
        scores = match(query, slots, gain)
        scores = scores.reshape(-1, SLOTS, MEMORY_CELLS, *query.shape[2:])
        first, recent = scores[:, 0], scores[:, 1:].amax(dim=1)
        matched = match(query, self.key16(coarse).flatten(2), gain)
        best = torch.cat([s.amax(dim=1, keepdim=True) for s in (first, recent, matched)], dim=1)
        best = torch.cat([best, matched.mean(dim=1, keepdim=True)], dim=1)
        return torch.cat([first, recent, matched, standing(best)], dim=1)

    def _match8(self, now: Tensor, skip: Tensor, coarse: Tensor, fine: Tensor) -> Tensor:
        """``(N, 29, 2h, 2w)``: cosines at stride 8 with the 25 matched cells; small targets live on these."""
        query = self.key8(torch.cat([self._double(now), skip], dim=1))
        keys = self.key8(torch.cat([coarse, fine], dim=1))
        scores = match(query, keys.flatten(2), self.config.key_gain)
        inner = scores[:, [6, 7, 8, 11, 12, 13, 16, 17, 18]]
        best = torch.stack([scores.amax(1), scores.mean(1), inner.amax(1), inner.mean(1)], dim=1)
        return torch.cat([scores, standing(best)], dim=1)

    @staticmethod
    def _double(x: Tensor) -> Tensor:
        return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class AttendGraph(nn.Module):
    """The network as it is exported: one target on one frame, probabilities out."""

    def __init__(self, network: AttentionNet) -> None:
        super().__init__()
        self.network = network

    def forward(
        self,
        f16_t2: Tensor,
        f16_t1: Tensor,
        f16_t0: Tensor,
        f8: Tensor,
        memory16: Tensor,
        matched16: Tensor,
        matched8: Tensor,
    ) -> Tensor:
        """``attention`` ``(1, 1, H/4, W/4)`` in 0..1."""
        return torch.sigmoid(self.network((f16_t2, f16_t1, f16_t0), f8, memory16, matched16, matched8))
