"""Trains ``locate`` from a pool of features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from training.data.pool import Pool
from training.export import export_locate
from training.from_graphs import published_locate
from training.locate.batches import Batch, BatchConfig, BatchSource, dev_batches
from training.locate.losses import LossConfig, boxes_of, giou, locate_losses
from training.locate.network import CELLS, STRIDE, Locate, LocateConfig
from training.loop import ALONE, Check, RunPlan, Session, Turn, run
from training.origin import SETTLING, begins_with
from training.parallel import half, to_device, to_float
from training.schedule import ScheduleConfig
from training.settled import settle_norms
from training.supervised import Supervised


@dataclass(frozen=True)
class LocateTraining:
    """Everything that decides a run."""

    network: LocateConfig = field(default_factory=LocateConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    batch: BatchConfig = field(default_factory=BatchConfig)
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    origin: str = ""
    seed: int = 0
    clip_norm: float = 5.0
    notable: float = 0.005  # gain of the development IoU that is worth publishing


@dataclass(frozen=True)
class LocateFigures:
    """Mean IoU at the score's peak, share of peaks inside the true box, IoU with the best of all cells' boxes."""

    iou: float
    inside: float
    best_iou: float


class Figures:
    """Sums up :class:`LocateFigures` over batches."""

    def __init__(self) -> None:
        self._sums, self._count = torch.zeros(3), 0

    def add(self, maps: tuple[Tensor, Tensor, Tensor], boxes: Tensor) -> None:
        """Counts one batch: maps of the network, true boxes ``(N, 4)`` x, y, w, h."""
        score, _, ltrb = maps
        truth = torch.cat([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], dim=1)
        size = len(truth)
        peak = score.reshape(size, -1).argmax(dim=1)
        edges = boxes_of(ltrb).reshape(size, 4, -1)
        at_peak = edges[torch.arange(size, device=boxes.device), :, peak]
        x, y = (peak % CELLS + 0.5) * STRIDE, (peak // CELLS + 0.5) * STRIDE
        inside = (x > truth[:, 0]) & (x < truth[:, 2]) & (y > truth[:, 1]) & (y < truth[:, 3])
        everywhere = edges.permute(0, 2, 1).reshape(-1, 4)
        ious = giou(everywhere, truth.repeat_interleave(CELLS * CELLS, dim=0))[1].reshape(size, -1)
        self._sums += torch.stack([giou(at_peak, truth)[1].sum(), inside.sum(), ious.amax(dim=1).sum()]).cpu()
        self._count += size

    def result(self) -> LocateFigures:
        """The means."""
        return LocateFigures(*(self._sums / self._count).tolist())


@torch.no_grad()
def evaluate(network: Locate, batches: list[Batch]) -> LocateFigures:
    """Figures of the network over fixed batches."""
    network.eval()
    figures, device = Figures(), next(network.parameters()).device
    for batch in (to_device(batch, device) for batch in batches):
        figures.add(network(*batch[:4]), batch.boxes)
    network.train()
    return figures.result()


def train_locate(
    config: LocateTraining, pool: Path, dev: Path, out: Path, publish: Path | None = None, session: Session = ALONE
) -> LocateFigures:
    """Trains, or goes on from ``out/last.pt``, and returns the best development figures.

    Args:
        config: The run. A checkpoint's own run is gone on with under this configuration's schedule.
        pool: Folder of the training features, filled before or meanwhile.
        dev: Folder of the development features.
        out: Checkpoints, scores, and TensorBoard's files.
        publish: Model folder that gets ``locate.onnx`` whenever the development IoU has notably improved.
        session: Processes and time of this call.
    """
    torch.manual_seed(config.seed)
    network = Locate(config.network)
    source, checks = BatchSource(Pool.open(pool), config.batch), dev_batches(Pool.open(dev))
    origin = begins_with(config.origin, out)
    if origin is not None:
        network = published_locate(origin, config.network)
        rng = np.random.default_rng(config.seed)
        settle_norms(network, lambda batch: network(*batch[:4]), [source.draw(rng) for _ in range(SETTLING)])
    network = network.to(memory_format=torch.channels_last)

    def losses(module: nn.Module, batch: Batch, _: Turn) -> Mapping[str, Tensor]:
        with half(session.ranks.device):
            maps = module(*batch[:4])
        return locate_losses(to_float(maps), batch.boxes, batch.present, config.loss)._asdict()

    def check(averaged: nn.Module) -> Check:
        assert isinstance(averaged, Locate)
        figures = evaluate(averaged, checks)
        return Check(figures.iou, vars(figures))

    trainee = Supervised(network, source.draw, losses, check, config.schedule, session.ranks, config.clip_norm)
    plan = RunPlan(
        "locate",
        out,
        config.schedule,
        config,
        config.seed,
        session,
        None if publish is None else lambda averaged: export_locate(cast(Locate, averaged), publish),
        config.notable,
        judged_first=origin is not None,
    )
    return LocateFigures(**run(trainee, plan).figures)
