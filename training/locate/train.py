"""Trains ``locate`` from a pool of features."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from training.data.pool import Pool
from training.export import export_locate
from training.locate.batches import Batch, BatchConfig, BatchSource, dev_batches
from training.locate.losses import LossConfig, boxes_of, giou, locate_losses
from training.locate.network import CELLS, STRIDE, Locate, LocateConfig
from training.schedule import Average, Clock, ScheduleConfig, load_checkpoint, save_checkpoint, set_rate

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LocateTraining:
    """Everything that decides a run."""

    network: LocateConfig = field(default_factory=LocateConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    batch: BatchConfig = field(default_factory=BatchConfig)
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
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
        at_peak = edges[torch.arange(size), :, peak]
        x, y = (peak % CELLS + 0.5) * STRIDE, (peak // CELLS + 0.5) * STRIDE
        inside = (x > truth[:, 0]) & (x < truth[:, 2]) & (y > truth[:, 1]) & (y < truth[:, 3])
        everywhere = edges.permute(0, 2, 1).reshape(-1, 4)
        ious = giou(everywhere, truth.repeat_interleave(CELLS * CELLS, dim=0))[1].reshape(size, -1)
        self._sums += torch.stack([giou(at_peak, truth)[1].sum(), inside.sum(), ious.amax(dim=1).sum()])
        self._count += size

    def result(self) -> LocateFigures:
        """The means."""
        return LocateFigures(*(self._sums / self._count).tolist())


@torch.no_grad()
def evaluate(network: Locate, batches: list[Batch]) -> LocateFigures:
    """Figures of the network over fixed batches."""
    network.eval()
    figures = Figures()
    for batch in batches:
        figures.add(network(*batch[:4]), batch.boxes)
    network.train()
    return figures.result()


def train_locate(
    config: LocateTraining, pool: Path, dev: Path, out: Path, publish: Path | None = None
) -> LocateFigures:
    """Trains, or goes on from ``out/last.pt``, and returns the best development figures.

    Args:
        config: The run. A checkpoint's own run is gone on with under this configuration's schedule.
        pool: Folder of the training features, filled before or meanwhile.
        dev: Folder of the development features.
        out: Checkpoints ``last.pt`` and ``best.pt``, and TensorBoard's files.
        publish: Model folder that gets ``locate.onnx`` whenever the development IoU has notably improved.
    """
    torch.manual_seed(config.seed)
    network = Locate(config.network).to(memory_format=torch.channels_last)
    average = Average(network, config.schedule.average)
    schedule = config.schedule
    optimizer = torch.optim.AdamW(network.parameters(), schedule.rate, weight_decay=schedule.weight_decay)
    clock, best = Clock(schedule), LocateFigures(0.0, 0.0, 0.0)
    if (out / "last.pt").exists():
        state = load_checkpoint(out / "last.pt")
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        average.state, average.updates = state["average"], state["updates"]
        clock, best = Clock(schedule, state["step"], state["seconds"]), LocateFigures(**state["best"])
    source = BatchSource(Pool.open(pool), config.batch, config.seed + clock.step)
    checks = dev_batches(Pool.open(dev))
    writer = SummaryWriter(str(out / "tensorboard"))
    published, saved = best.iou, time.monotonic()
    shadow = Locate(config.network).to(memory_format=torch.channels_last)
    running = 0.0
    while clock.progress < 1.0:
        batch = source.draw()
        set_rate(optimizer, clock.rate())
        losses = locate_losses(network(*batch[:4]), batch.boxes, batch.present, config.loss)
        optimizer.zero_grad(set_to_none=True)
        losses.total.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), config.clip_norm)
        optimizer.step()
        average.update(network)
        clock.step += 1
        running = losses.total.item() if running == 0.0 else 0.98 * running + 0.02 * losses.total.item()
        if clock.step % 50 == 0:
            for name, value in losses._asdict().items():
                writer.add_scalar(f"loss/{name}", value.item(), clock.step)
            log.info("step %d, %.0f s, loss %.4f, rate %.2e", clock.step, clock.seconds, running, clock.rate())
        due = time.monotonic() - saved > 60 * schedule.checkpoint_minutes
        if not due and clock.progress < 1.0:
            continue
        shadow.load_state_dict(average.state)
        figures = evaluate(shadow, checks)
        for name, value in vars(figures).items():
            writer.add_scalar(f"dev/{name}", value, clock.step)
        log.info("step %d, dev %s", clock.step, figures)
        better = figures.iou > best.iou
        best = figures if better else best
        if better:
            save_checkpoint(out / "best.pt", config, network=average.state, figures=vars(figures), step=clock.step)
        if publish is not None and better and figures.iou > published + config.notable:
            export_locate(shadow, publish)
            published = figures.iou
        save_checkpoint(
            out / "last.pt",
            config,
            network=network.state_dict(),
            optimizer=optimizer.state_dict(),
            average=average.state,
            updates=average.updates,
            step=clock.step,
            seconds=clock.seconds,
            best=vars(best),
        )
        saved = time.monotonic()
    writer.close()
    return best
