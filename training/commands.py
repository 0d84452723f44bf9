"""The verbs ``attntrack train`` and ``attntrack data``."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

from engine.errors import FormatError
from engine.models import bundled_models
from training import ablate_commands, attention_commands, data_commands
from training.attention_train import load_attention
from training.backbone.feed import teaching
from training.backbone.network import tuned_locate
from training.backbone.taught import TaughtPool
from training.backbone.train import BackboneTraining, train_backbone
from training.data.clips import read_clips
from training.data.episodes import EpisodeConfig
from training.data.pool import Pool
from training.export import export_locate, export_trunk
from training.export_attention import export_attention
from training.locate.network import Locate, LocateConfig
from training.locate.train import LocateTraining, train_locate
from training.loop import BEST, Session, Unfinished
from training.mdnet.train import ClassifierTraining, load_classifier, publish_classifier, train_classifier
from training.quantise import clip_pictures, quantise
from training.run_options import add_run_options, fed, open_session, paced
from training.schedule import load_checkpoint
from training.trunk import tuned_trunk
from training.workspace import Workspace, feeding, prepare

Handler = Callable[[argparse.Namespace], int]


def main(verb: str, arguments: Sequence[str]) -> int:
    """Runs ``train`` or ``data`` with the arguments after the verb and returns the exit status."""
    parser = argparse.ArgumentParser(prog=f"attntrack {verb}", allow_abbrev=False)
    add_arguments(parser.add_subparsers(dest="what", required=True, metavar="WHAT"), verb)
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%X", stream=sys.stderr)
    handler: Handler = chosen.handler
    try:
        return handler(chosen)
    except Unfinished as pause:
        sys.stdout.write(f"{pause}\n")
        return 0


def add_arguments(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], verb: str) -> None:
    """Adds everything that the verb can do; each parser carries its function as ``handler``."""
    if verb == "data":
        data_commands.add_arguments(subparsers)
        return
    backbone = subparsers.add_parser(
        "backbone", help="tune the trunk for tracking, before the other networks; without data export it as it is"
    )
    add_run_options(backbone, 90.0, needed=False)
    _add_capacity(backbone)
    backbone.add_argument("--teacher", type=Path, help="backbone of another tracker as ONNX file, to learn from")
    backbone.set_defaults(handler=run_backbone)
    for name, what, run, minutes in (
        ("locate", "train the network that finds the target's box", run_locate, 55.0),
        ("mdnet", "train the classifier and the start of its online learning", run_classifier, 30.0),
    ):
        parser = subparsers.add_parser(name, help=what)
        add_run_options(parser, minutes)
        _add_capacity(parser)
        parser.set_defaults(handler=run)
    quantise = subparsers.add_parser("quantise", help="make the 8-bit trunks, after every new trunk")
    quantise.add_argument("data", type=Path, help="folder with train/, whose clips give the ranges of the features")
    quantise.add_argument("--models", type=Path, help="model folder (default: the one that comes with the program)")
    quantise.add_argument("--pictures", type=int, default=160, help="pictures to measure on (default 160)")
    quantise.add_argument("--seed", type=int, default=0, help="seed of what is drawn (default 0)")
    quantise.set_defaults(handler=run_quantise)
    export = subparsers.add_parser("export", help="write the best networks of a work folder as graphs")
    export.add_argument("work", type=Path, help="work folder of earlier runs")
    export.add_argument("--models", type=Path, required=True, help="model folder to write to")
    export.set_defaults(handler=export_best)
    attention_commands.add_arguments(subparsers)
    ablate_commands.add_arguments(subparsers)


def _add_capacity(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--capacity", type=int, default=4000, help="episodes kept at a time, 0.84 MB each")


def run_backbone(chosen: argparse.Namespace) -> int:
    """Tunes the trunk's last stages together with ``locate``; from then on the work folder's features are its own."""
    if chosen.data is None:
        export_trunk(chosen.models or bundled_models())
        return 0
    if chosen.work is None:
        raise FormatError("training needs two folders: the data and one for its own files")
    base = BackboneTraining(seed=chosen.seed, lesson=1.0 if chosen.teacher else 0.0)
    config = replace(base, schedule=paced(base.schedule, chosen.minutes, chosen.steps))
    space = Workspace(chosen.data, chosen.work, chosen.capacity, chosen.seed)
    plain = replace(space, work=space.work / "plain")  # features of the ImageNet trunk, whatever was tuned before

    def feed() -> AbstractContextManager[None]:
        prepare(plain)
        return teaching(plain, plain.work / "taught", chosen.teacher)

    with open_session(chosen) as session, fed(session, feed):
        taught = TaughtPool.open(plain.work / "taught")
        best = train_backbone(config, taught, Pool.open(plain.dev), space.tuned.parent, session=session)
    if session.ranks.first:
        models = chosen.models or space.work / "models"
        export_trunk(models, tuned_trunk(space.tuned))
        export_locate(tuned_locate(space.tuned), models)
    _say(session, f"development: IoU {best.iou:.3f}, peak in box {best.inside:.3f}")
    return 0


def run_locate(chosen: argparse.Namespace) -> int:
    """Trains ``locate``, going on from its last checkpoint if there is one."""
    base = LocateTraining(seed=chosen.seed)
    config = replace(base, schedule=paced(base.schedule, chosen.minutes, chosen.steps))
    with _episodes(chosen) as (space, session):
        models = chosen.models or space.work / "models"
        best = train_locate(config, space.pool, space.dev, space.work / "locate", models, session)
    _say(session, f"development: IoU {best.iou:.3f}, peak in box {best.inside:.3f}")
    return 0


def run_classifier(chosen: argparse.Namespace) -> int:
    """Trains the classifier, half of the time each of its two phases."""
    base = ClassifierTraining(seed=chosen.seed)
    config = replace(
        base,
        domain_schedule=paced(base.domain_schedule, chosen.minutes / 2, chosen.steps),
        start_schedule=paced(base.start_schedule, chosen.minutes / 2, chosen.steps),
    )
    with _episodes(chosen) as (space, session):
        models = chosen.models or space.work / "models"
        best = train_classifier(config, space.pool, space.dev, space.work / "mdnet", models, session)
    _say(session, f"development: AUC {best.auc:.4f}, against hard negatives {best.hard_auc:.4f}")
    return 0


@contextmanager
def _episodes(chosen: argparse.Namespace) -> Iterator[tuple[Workspace, Session]]:
    """A prepared workspace whose pool is kept fresh."""
    space = Workspace(chosen.data, chosen.work, chosen.capacity, chosen.seed)
    with open_session(chosen) as session, fed(session, lambda: _fed_episodes(space)):
        yield space, session


def _fed_episodes(space: Workspace) -> AbstractContextManager[None]:
    prepare(space)
    return feeding(space, EpisodeConfig())


def _say(session: Session, text: str) -> None:
    if session.ranks.first:
        sys.stdout.write(f"{text}\n")


def run_quantise(chosen: argparse.Namespace) -> int:
    """Writes the 8-bit trunks and says how far their features are off."""
    pictures = clip_pictures(read_clips(chosen.data / "train"), chosen.pictures, chosen.seed)
    for trunk, error in quantise(chosen.models or bundled_models(), pictures).items():
        sys.stdout.write(f"{trunk}: {len(pictures)} pictures, relative error of the features {error:.3f}\n")
    return 0


def export_best(chosen: argparse.Namespace) -> int:
    """Exports whatever trained networks the work folder holds."""
    space = Workspace(chosen.work, chosen.work)
    tuned = space.tuned.exists()
    export_trunk(chosen.models, tuned_trunk(space.tuned) if tuned else None)
    if tuned:
        export_locate(tuned_locate(space.tuned), chosen.models)
    if (chosen.work / "locate" / "best.pt").exists():
        state = load_checkpoint(chosen.work / "locate" / "best.pt")
        network = Locate(LocateConfig(**state["config"]["network"]))
        network.load_state_dict(state["network"])
        export_locate(network, chosen.models)
    if (chosen.work / "mdnet" / "start" / BEST).exists():
        publish_classifier(*load_classifier(chosen.work / "mdnet"), chosen.models)
    attention = load_attention(chosen.work / "attention")
    if attention is not None:
        export_attention(attention, chosen.models)
    return 0
