"""Domains of the classifier's training: the boxes and maps of some targets, one episode each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.data.pool import Pool
from training.mdnet.samples import negative_boxes, positive_boxes


class Crops(NamedTuple):
    """Features of N crops and K boxes in each: the first ``positives`` of them the target, the others not."""

    f8: Tensor
    f16: Tensor
    boxes: Tensor
    positives: int


def crops_of(
    pool: Pool, slot: int, chosen: NDArray[np.int64], positives: int, negatives: int, rng: np.random.Generator
) -> Crops:
    """Some crops of one episode with boxes ``(N, K, 4) float32`` drawn around the truth."""
    truth = np.array(pool.labels["boxes"][slot], dtype=np.float64)
    boxes = np.stack(
        [
            np.concatenate([positive_boxes(truth[n], positives, rng), negative_boxes(truth[n], negatives, rng)])
            for n in chosen
        ]
    )
    f8 = torch.from_numpy(np.stack([pool.f8[slot, n] for n in chosen])).float()
    f16 = torch.from_numpy(np.stack([pool.f16[slot, n] for n in chosen])).float()
    return Crops(f8, f16, torch.from_numpy(boxes.astype(np.float32)), positives)


def join(parts: list[Crops]) -> Crops:
    """Crops of several episodes one after another; all have as many boxes and positives."""
    return Crops(
        torch.cat([p.f8 for p in parts]),
        torch.cat([p.f16 for p in parts]),
        torch.cat([p.boxes for p in parts]),
        parts[0].positives,
    )


def distinct(pool: Pool, count: int, rng: np.random.Generator) -> list[int]:
    """Slots of ``count`` episodes, each of another target (fewer if the pool has fewer targets)."""
    slots: list[int] = []
    seen: set[int] = set()
    for slot in rng.permutation(pool.filled()):
        target = int(pool.labels["target"][slot])
        if target not in seen:
            seen.add(target)
            slots.append(int(slot))
        if len(slots) == count:
            break
    return slots
