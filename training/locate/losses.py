"""What the maps of ``locate`` should be, and how far they are from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from training.locate.network import CELLS, STRIDE


@dataclass(frozen=True)
class LossConfig:
    """Weights. ``core`` is the part of the box, measured from its centre, whose cells are positive."""

    core: float = 0.45
    box: float = 2.0
    quality: float = 0.5
    alpha: float = 0.6
    gamma: float = 2.0


class CellLabels(NamedTuple):
    """Masks ``(N, 16, 16) bool``: cells that are the target, and cells that are surely not."""

    positive: Tensor
    negative: Tensor


class Losses(NamedTuple):
    """The sum that is minimised and its parts, each a scalar."""

    total: Tensor
    score: Tensor
    box: Tensor
    quality: Tensor


def cell_centres(device: torch.device) -> tuple[Tensor, Tensor]:
    """Columns x ``(1, 1, 16)`` and y ``(1, 16, 1)`` of the cells' centres in crop pixels."""
    line = (torch.arange(CELLS, dtype=torch.float32, device=device) + 0.5) * STRIDE
    return line.reshape(1, 1, CELLS), line.reshape(1, CELLS, 1)


def label_cells(boxes: Tensor, present: Tensor, config: LossConfig) -> CellLabels:
    """Labels for true boxes ``(N, 4)`` x, y, w, h; where ``present`` ``(N,) bool`` is False every cell is negative.

    The cell nearest to the centre is always positive, so that small targets have one; the rest of the box counts
    neither way.
    """
    x, y = cell_centres(boxes.device)
    cx, cy = (boxes[:, 0] + boxes[:, 2] / 2)[:, None, None], (boxes[:, 1] + boxes[:, 3] / 2)[:, None, None]
    dx, dy = (x - cx).abs(), (y - cy).abs()
    half_w, half_h = (boxes[:, 2] / 2)[:, None, None], (boxes[:, 3] / 2)[:, None, None]
    core = (dx < config.core * half_w) & (dy < config.core * half_h)
    inside = (dx < half_w + STRIDE / 4) & (dy < half_h + STRIDE / 4)
    distance = dx.square() + dy.square()
    nearest = distance == distance.amin(dim=(1, 2), keepdim=True)
    in_crop = (cx > 0) & (cx < CELLS * STRIDE) & (cy > 0) & (cy < CELLS * STRIDE)
    here = present[:, None, None]
    positive = (core | nearest) & in_crop & here
    return CellLabels(positive, ~((inside | nearest) & here))


def boxes_of(ltrb: Tensor) -> Tensor:
    """``(N, 4, 16, 16)`` distances -> ``(N, 4, 16, 16)`` left, top, right, bottom edges in crop pixels."""
    x, y = cell_centres(ltrb.device)
    return torch.stack([x - ltrb[:, 0], y - ltrb[:, 1], x + ltrb[:, 2], y + ltrb[:, 3]], dim=1)


def giou(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Generalised IoU and IoU of edges ``(N, 4)`` left, top, right, bottom."""
    overlap = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0).prod(dim=1)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(dim=1), (b[:, 2:] - b[:, :2]).prod(dim=1)
    union = (area_a + area_b - overlap).clamp(min=1e-6)
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(dim=1).clamp(min=1e-6)
    iou = overlap / union
    return iou - (hull - union) / hull, iou


def locate_losses(
    maps: tuple[Tensor, Tensor, Tensor], boxes: Tensor, present: Tensor, config: LossConfig = LossConfig()
) -> Losses:
    """Focal loss of the score, GIoU of the boxes and cross-entropy of the quality on the positive cells.

    Args:
        maps: Score logits, quality logits ``(N, 1, 16, 16)`` and distances ``(N, 4, 16, 16)``.
        boxes: True boxes ``(N, 4)`` x, y, w, h in crop pixels.
        present: ``(N,) bool``, False where the memory shows another object.
        config: Weights of the parts.
    """
    score, quality, ltrb = maps
    positive, negative = label_cells(boxes, present, config)
    logits = score[:, 0]
    p = torch.sigmoid(logits)
    log_p, log_q = functional.logsigmoid(logits), functional.logsigmoid(-logits)
    focal = -config.alpha * (1 - p) ** config.gamma * log_p * positive
    focal = focal - (1 - config.alpha) * p**config.gamma * log_q * negative
    # every picture counts the same, whatever the number of its positive cells
    cells = positive.sum(dim=(1, 2)).clamp(min=1)
    score_loss = (focal.sum(dim=(1, 2)) / cells).mean()
    picture = torch.nonzero(positive)[:, 0]
    found = boxes_of(ltrb).permute(0, 2, 3, 1)[positive]
    truth = torch.cat([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], dim=1)[picture]
    generalised, iou = giou(found, truth)
    weight = 1.0 / cells[picture] / len(boxes)
    box_loss = ((1 - generalised) * weight).sum()
    bce = functional.binary_cross_entropy_with_logits(
        quality.permute(0, 2, 3, 1)[positive][:, 0], iou.detach(), reduction="none"
    )
    quality_loss = (bce * weight).sum()
    total = score_loss + config.box * box_loss + config.quality * quality_loss
    return Losses(total, score_loss, box_loss, quality_loss)
