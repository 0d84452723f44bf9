"""The stages of training, each as one call: prepare what it needs, keep its samples fresh, train, publish."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from training.attention_feed import clip_scenes, feeding_attention, prepare_attention, rings_of
from training.attention_train import AttentionData, AttentionTrainConfig, train_attention
from training.backbone.feed import teaching
from training.backbone.network import joint_of, tuned_locate
from training.backbone.taught import TaughtPool
from training.backbone.train import BackboneTraining, train_backbone
from training.data.episodes import EpisodeConfig
from training.data.pool import Pool
from training.export import export_locate, export_trunk
from training.locate.train import LocateFigures, LocateTraining, train_locate
from training.loop import Session
from training.mdnet.evaluate import RankFigures
from training.mdnet.train import ClassifierTraining, train_classifier
from training.origin import SHARE, begin_models, begins_with, models_of_origin, paced
from training.schedule import ScheduleConfig, save_checkpoint
from training.trunk import tuned_trunk
from training.workspace import Workspace, feeding, open_data, prepare


@dataclass(frozen=True)
class Pace:
    """How long a stage takes: so many minutes, or so many steps a phase where that is sooner.

    ``start_rate`` is the part of the usual learning rate at which it goes on from trained weights.
    """

    minutes: float
    steps: int | None = None
    start_rate: float = SHARE

    def of(self, schedule: ScheduleConfig, share: float = 1.0) -> ScheduleConfig:
        """The schedule with a share of this length."""
        steps = schedule.steps if self.steps is None else self.steps
        return replace(schedule, minutes=share * self.minutes, steps=steps)

    def going_on(self, schedule: ScheduleConfig, origin: str, share: float = 1.0) -> ScheduleConfig:
        """The same, at the rate for what the run begins with."""
        return paced(self.of(schedule, share), origin, self.start_rate)


@dataclass(frozen=True)
class Adversarial:
    """Length of attention's second phase, and the judge's weight and learning rate in it, None for the usual ones."""

    pace: Pace
    weight: float | None = None
    judge_rate: float | None = None


def tune_backbone(
    space: Workspace, session: Session, pace: Pace, teacher: Path | None, models: Path, origin: str = ""
) -> LocateFigures:
    """Tunes the trunk's last stages together with ``locate``; from then on the work folder's features are its own."""
    base = BackboneTraining(seed=space.seed, lesson=1.0 if teacher else 0.0, teacher=teacher.name if teacher else "")
    config = replace(base, schedule=pace.going_on(base.schedule, origin), origin=origin)
    # features of the ImageNet trunk, whatever was tuned before
    plain = replace(space, data=space.root, work=space.work / "plain")

    def feed() -> AbstractContextManager[None]:
        begin_models(models, origin)
        open_data(space)
        prepare(plain)
        return teaching(plain, plain.work / "taught", teacher)

    with fed(session, feed):
        taught = TaughtPool.open(plain.work / "taught")
        best = train_backbone(config, taught, Pool.open(plain.dev), space.tuned.parent, session=session)
    if session.ranks.first:
        export_trunk(models, tuned_trunk(space.tuned))
        export_locate(tuned_locate(space.tuned), models)
    session.ranks.wait()
    return best


def train_locator(space: Workspace, session: Session, pace: Pace, models: Path, origin: str = "") -> LocateFigures:
    """Trains ``locate`` over the trunk as it is."""
    base = LocateTraining(seed=space.seed)
    config = replace(base, schedule=pace.going_on(base.schedule, origin), origin=origin)
    with fed(session, lambda: _episodes(space, models, origin)):
        return train_locate(config, space.pool, space.dev, space.work / "locate", models, session)


def train_mdnet(space: Workspace, session: Session, pace: Pace, models: Path, origin: str = "") -> RankFigures:
    """Trains the classifier, half of the time each of its two phases."""
    base = ClassifierTraining(seed=space.seed)
    config = replace(
        base,
        domain_schedule=pace.going_on(base.domain_schedule, origin, 0.5),
        start_schedule=pace.of(base.start_schedule, 0.5),
        origin=origin,
    )
    with fed(session, lambda: _episodes(space, models, origin)):
        return train_classifier(config, space.pool, space.dev, space.work / "mdnet", models, session)


def train_attender(
    space: Workspace,
    session: Session,
    pace: Pace,
    adversarial: Adversarial,
    frames: int,
    models: Path,
    origin: str = "",
) -> float:
    """Trains the attention network by its content, then as half of a GAN; its score on the held-out samples."""
    base = AttentionTrainConfig(seed=space.seed)
    config = replace(
        base,
        network=replace(base.network, frames=frames),
        schedule=pace.going_on(base.schedule, origin),
        origin=origin,
        adversarial_minutes=adversarial.pace.minutes,
        adversarial_steps=base.adversarial_steps if adversarial.pace.steps is None else adversarial.pace.steps,
        loss=base.loss if adversarial.weight is None else replace(base.loss, adversarial=adversarial.weight),
        judge_rate=base.judge_rate if adversarial.judge_rate is None else adversarial.judge_rate,
    )

    def feed() -> AbstractContextManager[None]:
        begin_models(models, origin)
        prepare_attention(space)
        return feeding_attention(space)

    with fed(session, feed):
        data = AttentionData(rings_of(space.frames), rings_of(space.held), clip_scenes(space).single)
        return train_attention(config, data, space.attention, models, session)


def begin_trunk(space: Workspace, origin: str) -> None:
    """Makes the trunk of the models that a run goes on from the work folder's, unless it has one: they belong together.

    Raises:
        FormatError: there are networks over the ImageNet trunk in the work folder.
    """
    if not origin or space.tuned.exists():
        return
    for run in ("locate", "mdnet/domains"):
        begins_with(origin, space.work / run)
    config = BackboneTraining(origin=origin)
    network = joint_of(models_of_origin(origin), config.network)
    save_checkpoint(space.tuned, config, network=network.state_dict(), figures={}, step=0)


def _episodes(space: Workspace, models: Path, origin: str) -> AbstractContextManager[None]:
    begin_trunk(space, origin)
    begin_models(models, origin)
    prepare(space)
    return feeding(space, EpisodeConfig().turning(space.turned))


@contextmanager
def fed(session: Session, feed: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """The block is entered when the first process has prepared the data and keeps feeding it."""
    if not session.ranks.first:
        session.ranks.wait()
        yield
        return
    with feed():
        session.ranks.wait()
        yield
