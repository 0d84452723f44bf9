"""How well a head, adapted to one frame, ranks the boxes of later frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from training.data.pool import Pool
from training.mdnet.domains import crops_of
from training.mdnet.network import SharedNeck, head_logits
from training.mdnet.start import adapt, roi_of

KNOWN = 2  # the last crop of the memory in a development episode
LATER = (4, 5)  # searched 5 and 45 frames after it


@dataclass(frozen=True)
class RankFigures:
    """Area under the ROC curve of IoU > .7 against IoU < .5, accuracy at logit 0, and the mean loss.

    ``hard_auc`` counts the quarter of the negatives of each frame that scores highest.
    """

    auc: float
    hard_auc: float
    accuracy: float
    loss: float


def ranking_auc(positive: Tensor, negative: Tensor) -> float:
    """Share of pairs in which the positive scores higher; ties count half."""
    difference = positive[:, None] - negative[None, :]
    return float(((difference > 0).float() + 0.5 * (difference == 0).float()).mean())


@torch.no_grad()
def evaluate_head(
    neck: SharedNeck, head: Mapping[str, Tensor], pool: Pool, steps: int, rate: float, seed: int = 0, every: int = 1
) -> RankFigures:
    """Figures over the development pool, each episode adapted on its own from the given head."""
    rng = np.random.default_rng(seed)
    rows = []
    for slot in pool.filled()[::every]:
        known = crops_of(pool, int(slot), np.array([KNOWN]), 64, 320, rng)
        adapted = adapt(dict(head), *roi_of(neck, known), steps, rate, rng)
        for crop in LATER:
            positives, negatives = roi_of(neck, crops_of(pool, int(slot), np.array([crop]), 32, 128, rng))
            p, q = head_logits(positives, adapted), head_logits(negatives, adapted)
            accuracy = 0.5 * float((p > 0).float().mean() + (q < 0).float().mean())
            loss = 0.5 * float(torch.nn.functional.softplus(-p).mean() + torch.nn.functional.softplus(q).mean())
            hard = ranking_auc(p, q.topk(len(q) // 4).values)
            rows.append((ranking_auc(p, q), hard, accuracy, loss))
    return RankFigures(*(float(value) for value in np.mean(rows, axis=0)))
