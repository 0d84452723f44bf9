"""Trains the attention network from a pool of samples: its content loss first, then as half of a GAN."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Set
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.utils.tensorboard import SummaryWriter

from engine.tracking.attention import Variant
from training.attention_batch import BatchConfig, BatchMaker
from training.attention_eval import AttentionScore, evaluate, maps_of
from training.attention_net import AttentionNet, AttentionNetConfig
from training.attention_pool import SampleRing
from training.export_attention import export_attention
from training.gan import Adversary, Discriminator, LossConfig, content_loss, map_iou
from training.schedule import Average, Clock, ScheduleConfig, load_checkpoint, save_checkpoint, set_rate

log = logging.getLogger(__name__)
SHOWN = 12
REPORT_STEPS = 20


@dataclass(frozen=True)
class AttentionTrainConfig:
    """One run. The adversarial phase follows the content phase on its averaged weights."""

    network: AttentionNetConfig = field(default_factory=AttentionNetConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    schedule: ScheduleConfig = field(default_factory=lambda: ScheduleConfig(steps=6000, minutes=50.0))
    adversarial_minutes: float = 10.0
    adversarial_steps: int = 800
    adversarial_rate: float = 3e-4
    l2: float = 1e-4
    batch: BatchConfig = field(default_factory=BatchConfig)
    evaluate_minutes: float = 6.0
    seed: int = 0


class AttentionTraining:
    """A run in a folder: ``last.pt`` to go on from, ``best.pt``, ``scores.jsonl``, figures, TensorBoard's log."""

    def __init__(
        self,
        folder: Path,
        pool: Mapping[Variant, SampleRing],
        dev: Mapping[Variant, SampleRing],
        config: AttentionTrainConfig,
        models: Path | None = None,
        exchangeable: Set[int] = frozenset(),
    ) -> None:
        torch.manual_seed(config.seed)
        self.folder, self.dev, self.config, self.models = folder, dict(dev), config, models
        self.network = AttentionNet(config.network).to(memory_format=torch.channels_last)
        self.batches = BatchMaker(pool, config.batch, exchangeable, config.seed)
        self.board = SummaryWriter(str(folder / "board"))
        self.best = float("-inf")
        self._step = 0

    def run(self) -> None:
        """Both phases; the best weights on the development clips are exported as they come."""
        average = self._content_phase()
        self.network.load_state_dict(average.state)
        if self.config.adversarial_minutes > 0:
            self._adversarial_phase()
        self.board.close()

    def _content_phase(self) -> Average:
        config = self.config
        clock, average = Clock(config.schedule), Average(self.network, config.schedule.average)
        steps = torch.optim.AdamW(
            self.network.parameters(), lr=config.schedule.rate, weight_decay=config.schedule.weight_decay
        )
        start = self.folder / "last.pt"
        if start.exists():
            state = load_checkpoint(start)
            self.network.load_state_dict(state["network"])
            steps.load_state_dict(state["optimizer"])
            average.state, average.updates = state["average"], state["updates"]
            clock, self.best = Clock(config.schedule, state["step"], state["seconds"]), state["best"]
        next_evaluation = clock.seconds + 60 * config.evaluate_minutes
        while clock.progress < 1:
            set_rate(steps, clock.rate())
            self.network.train()
            batch = self.batches.draw()
            logits = batch.logits(self.network)
            loss = content_loss(logits, batch.truth, config.loss)
            steps.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
            steps.step()
            average.update(self.network)
            clock.step += 1
            self._step = clock.step
            if clock.step % REPORT_STEPS == 0:
                self._report("content", {"content": float(loss.detach()), "iou": map_iou(logits.detach(), batch.truth)})
            if clock.seconds > next_evaluation or clock.progress >= 1:
                self._evaluate(average, "content")
                save_checkpoint(
                    start,
                    config,
                    network=self.network.state_dict(),
                    optimizer=steps.state_dict(),
                    average=average.state,
                    updates=average.updates,
                    step=clock.step,
                    seconds=clock.seconds,
                    best=self.best,
                )
                next_evaluation = clock.seconds + 60 * config.evaluate_minutes
        return average

    def _adversarial_phase(self) -> None:
        config = self.config
        schedule = replace(
            config.schedule, steps=config.adversarial_steps, minutes=config.adversarial_minutes, warm_up=1
        )
        clock, average = Clock(schedule), Average(self.network, 0.99)
        adversary = Adversary(self.network, Discriminator(), config.loss, config.adversarial_rate, config.l2)
        next_evaluation = 60 * config.evaluate_minutes
        base = self._step
        while clock.progress < 1:
            self.network.train()
            losses = adversary.step(self.batches.draw())
            average.update(self.network)
            clock.step += 1
            self._step = base + clock.step
            if clock.step % REPORT_STEPS == 0:
                self._report("gan", asdict(losses))
            if clock.seconds > next_evaluation or clock.progress >= 1:
                self._evaluate(average, "gan")
                next_evaluation = clock.seconds + 60 * config.evaluate_minutes

    def _report(self, phase: str, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self.board.add_scalar(f"{phase}/{name}", value, self._step)
        log.info("%s step %d %s", phase, self._step, " ".join(f"{k} {v:.4f}" for k, v in values.items()))

    def _evaluate(self, average: Average, phase: str) -> AttentionScore:
        network = AttentionNet(self.config.network)
        network.load_state_dict(average.state)
        score = evaluate(network, self.dev)
        line = {"phase": phase, "step": self._step, **score.as_dict()}
        log.info("%s", line)
        with (self.folder / "scores.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        for name, value in score.as_dict().items():
            self.board.add_scalar(f"dev/{name}", value, self._step)
        figure = self._figure(network)
        cv2.imwrite(str(self.folder / "maps.png"), figure)
        self.board.add_image("dev/maps", figure[..., ::-1], self._step, dataformats="HWC")
        save_checkpoint(self.folder / f"{phase}.pt", self.config, network=average.state, score=score.as_dict())
        if score.total > self.best:
            self.best = score.total
            save_checkpoint(self.folder / "best.pt", self.config, network=average.state, score=score.as_dict())
            if self.models is not None:
                export_attention(network, self.models)
        return score

    def _figure(self, network: AttentionNet) -> np.ndarray:
        """Frames, maps and truths of some development samples side by side, ``(H, W, 3) uint8`` BGR."""
        rows = []
        for ring in self.dev.values():
            filled = ring.filled()
            if not len(filled):
                continue
            records = ring.read(filled[np.linspace(0, len(filled) - 1, SHOWN).astype(int)])
            for record, values in zip(records, maps_of(network, records), strict=True):
                frame = record["rgb"][::-1].transpose(1, 2, 0)
                grey = [np.rint(values * 255).astype(np.uint8), record["truth"]]
                strip = np.hstack([frame, *(np.repeat(m[..., None], 3, axis=2) for m in grey)])
                rows.append(cv2.resize(strip, (480, 112), interpolation=cv2.INTER_NEAREST))
        half = (len(rows) + 1) // 2
        rows += [np.zeros_like(rows[0])] * (2 * half - len(rows))
        return np.hstack([np.vstack(rows[:half]), np.vstack(rows[half:])])
