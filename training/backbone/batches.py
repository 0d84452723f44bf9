"""Batches of whole episodes: the search crops of one share the features of its memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from engine.models import SLOTS, TURNED
from training.backbone.taught import SEARCHES, TaughtPool
from training.data.episodes import CROPS, INIT, MEMORY, SEARCH, TURNED_CROPS
from training.data.pool import Pool

SHOWN = 3
"""Memory crops of an episode in a batch: the first frame, one of the later two, and the first frame turned over."""


@dataclass(frozen=True)
class EpisodeBatchConfig:
    """How episodes are put together."""

    episodes: int = 8
    negatives: float = 0.15
    only_first: float = 0.3  # share of the crops whose memory holds nothing but the first frame


class EpisodeBatch(NamedTuple):
    """Inputs of ``Joint``, the teacher's features, true boxes ``(N, 4)`` and whether the target is there."""

    search8: Tensor
    memory8: Tensor
    slots: Tensor
    lessons: Tensor
    boxes: Tensor
    present: Tensor


def draw_batch(taught: TaughtPool, config: EpisodeBatchConfig, rng: np.random.Generator) -> EpisodeBatch:
    """A batch at random.

    Each episode is followed by one with another target of its category where there is such another. A crop without
    its target is looked at for that of the other of the pair; where there is no pair, for that of any other episode.
    Of the first frame turned over each episode shows one view, which the tail has to be run for.
    """
    pool = taught.pool
    filled = pool.filled()
    category, target = pool.labels["category"], pool.labels["target"]
    chosen: list[int] = []
    partners: list[int | None] = []
    while len(chosen) < config.episodes:
        slot = int(rng.choice(filled))
        chosen.append(slot)
        partners.append(None)
        alike = filled[(category[filled] == category[slot]) & (target[filled] != target[slot])]
        if len(alike) and len(chosen) < config.episodes:
            partners[-1] = len(chosen)
            partners.append(len(chosen) - 1)
            chosen.append(int(rng.choice(alike)))
    recent = rng.integers(MEMORY.start, MEMORY.stop, len(chosen))
    turned = rng.integers(TURNED_CROPS.start, TURNED_CROPS.stop, len(chosen))
    slots, present = [], []
    for row, slot in enumerate(chosen):
        pair = partners[row]
        partner = int(rng.integers(len(chosen))) if pair is None else pair
        for _ in range(SEARCHES):
            absent = rng.random() < config.negatives and target[chosen[partner]] != target[slot]
            memory = partner if absent else row
            later = rng.random() >= config.only_first
            picks = rng.integers(0, 2, SLOTS - 1) if later else np.zeros(SLOTS - 1, dtype=np.int64)
            slots.append([SHOWN * memory + int(p) for p in (0, *picks, *[2] * TURNED)])
            present.append(not absent)
    search8 = np.concatenate([pool.f8[s, SEARCH.start : SEARCH.stop] for s in chosen])
    rows = zip(chosen, recent, turned, strict=True)
    memory8 = np.concatenate([pool.f8[s, [INIT, int(n), int(t)]] for s, n, t in rows])
    boxes = np.concatenate([pool.labels["boxes"][s, SEARCH.start : SEARCH.stop] for s in chosen])
    return EpisodeBatch(
        torch.from_numpy(search8).float(),
        torch.from_numpy(memory8).float(),
        torch.tensor(slots),
        torch.from_numpy(np.concatenate([taught.lessons[s] for s in chosen])).float(),
        torch.from_numpy(boxes),
        torch.tensor(present),
    )


def dev_episodes(pool: Pool, size: int = 8) -> list[EpisodeBatch]:
    """Every search crop of a development pool with its own memory, always in the same order."""
    batches = []
    filled = pool.filled()
    for start in range(0, len(filled), size):
        part = filled[start : start + size]
        f8 = torch.from_numpy(np.stack([pool.f8[s] for s in part])).float()
        shown = [INIT, *range(MEMORY.start, MEMORY.stop), *range(CROPS)[TURNED_CROPS]]
        memory8 = f8[:, shown].reshape(-1, *f8.shape[2:])
        rows = torch.arange(len(part))[:, None] * len(shown)
        slots = (rows + torch.tensor([0, 1, 2, 0, 3, 4, 5, 6])).repeat_interleave(SEARCHES, dim=0)
        boxes = torch.from_numpy(np.concatenate([pool.labels["boxes"][s, SEARCH.start : SEARCH.stop] for s in part]))
        search8 = f8[:, SEARCH.start : SEARCH.stop].reshape(-1, *f8.shape[2:])
        there = torch.ones(len(boxes), dtype=torch.bool)
        batches.append(EpisodeBatch(search8, memory8, slots, torch.empty(0), boxes, there))
    return batches
