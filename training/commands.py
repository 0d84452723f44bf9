"""The verbs ``attntrack train`` and ``attntrack data``."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from engine.errors import FormatError
from engine.models import bundled_models
from training import attention_commands, data_commands
from training.backbone.feed import teaching
from training.backbone.network import tuned_locate
from training.backbone.train import BackboneTraining, train_backbone
from training.data.episodes import EpisodeConfig
from training.data.pool import Pool
from training.export import export_locate, export_trunk
from training.locate.network import Locate, LocateConfig
from training.locate.train import LocateTraining, train_locate
from training.mdnet.multi_domain import Shared
from training.mdnet.network import HEAD_NAMES, NeckConfig
from training.mdnet.train import ClassifierTraining, publish_classifier, train_classifier
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
    return handler(chosen)


def add_arguments(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], verb: str) -> None:
    """Adds everything that the verb can do; each parser carries its function as ``handler``."""
    if verb == "data":
        data_commands.add_arguments(subparsers)
        return
    backbone = subparsers.add_parser(
        "backbone", help="tune the trunk for tracking, before the other networks; without data export it as it is"
    )
    _add_folders(backbone, needed=False)
    backbone.add_argument("--teacher", type=Path, help="backbone of another tracker as ONNX file, to learn from")
    backbone.add_argument("--minutes", type=float, default=90.0, help="length of the run (default 90)")
    backbone.add_argument("--threads", type=int, default=1, help="processor threads (default 1)")
    backbone.add_argument("--models", type=Path, help="model folder that gets the result (default: WORK/models)")
    backbone.set_defaults(handler=run_backbone)
    for name, what, run, minutes in (
        ("locate", "train the network that finds the target's box", run_locate, 55.0),
        ("mdnet", "train the classifier and the start of its online learning", run_classifier, 30.0),
    ):
        parser = subparsers.add_parser(name, help=what)
        _add_folders(parser)
        parser.add_argument("--minutes", type=float, default=minutes, help=f"length of the run (default {minutes})")
        parser.add_argument("--threads", type=int, default=1, help="processor threads (default 1)")
        parser.add_argument("--models", type=Path, help="model folder that gets the result (default: WORK/models)")
        parser.set_defaults(handler=run)
    export = subparsers.add_parser("export", help="write the best networks of a work folder as graphs")
    export.add_argument("work", type=Path, help="work folder of earlier runs")
    export.add_argument("--models", type=Path, required=True, help="model folder to write to")
    export.set_defaults(handler=export_best)
    attention_commands.add_arguments(subparsers)


def _add_folders(parser: argparse.ArgumentParser, needed: bool = True) -> None:
    count = None if needed else "?"
    parser.add_argument("data", type=Path, nargs=count, help="folder with train/ and images/")
    parser.add_argument("work", type=Path, nargs=count, help="folder for features, checkpoints and logs")
    parser.add_argument("--seed", type=int, default=0, help="seed of everything random (default 0)")
    parser.add_argument("--capacity", type=int, default=4000, help="episodes kept at a time, 0.84 MB each")


def _space(chosen: argparse.Namespace) -> Workspace:
    return Workspace(chosen.data, chosen.work, chosen.capacity, chosen.seed)


def run_backbone(chosen: argparse.Namespace) -> int:
    """Tunes the trunk's last stages together with ``locate``; from then on the work folder's features are its own."""
    if chosen.data is None:
        export_trunk(chosen.models or bundled_models())
        return 0
    if chosen.work is None:
        raise FormatError("training needs two folders: the data and one for its own files")
    torch.set_num_threads(chosen.threads)
    space, base = _space(chosen), BackboneTraining(seed=chosen.seed, lesson=1.0 if chosen.teacher else 0.0)
    config = replace(base, schedule=replace(base.schedule, minutes=chosen.minutes))
    models, out = chosen.models or space.work / "models", space.tuned.parent
    plain = replace(space, work=space.work / "plain")  # features of the ImageNet trunk, whatever was tuned before
    prepare(plain)
    with teaching(plain, plain.work / "taught", chosen.teacher) as taught:
        best = train_backbone(config, taught, Pool.open(plain.dev), out)
    export_trunk(models, tuned_trunk(space.tuned))
    export_locate(tuned_locate(space.tuned), models)
    sys.stdout.write(f"development: IoU {best.iou:.3f}, peak in box {best.inside:.3f}\n")
    return 0


def run_locate(chosen: argparse.Namespace) -> int:
    """Trains ``locate``, going on from its last checkpoint if there is one."""
    torch.set_num_threads(chosen.threads)
    space, base = _space(chosen), LocateTraining(seed=chosen.seed)
    config = replace(base, schedule=replace(base.schedule, minutes=chosen.minutes))
    prepare(space)
    with feeding(space, EpisodeConfig()):
        best = train_locate(
            config, space.pool, space.dev, space.work / "locate", chosen.models or space.work / "models"
        )
    sys.stdout.write(f"development: IoU {best.iou:.3f}, peak in box {best.inside:.3f}\n")
    return 0


def run_classifier(chosen: argparse.Namespace) -> int:
    """Trains the classifier, half of the time each of its two phases."""
    torch.set_num_threads(chosen.threads)
    space, base = _space(chosen), ClassifierTraining(seed=chosen.seed)
    config = replace(
        base,
        domain_schedule=replace(base.domain_schedule, minutes=chosen.minutes / 2),
        start_schedule=replace(base.start_schedule, minutes=chosen.minutes / 2),
    )
    prepare(space)
    with feeding(space, EpisodeConfig()):
        best = train_classifier(
            config, space.pool, space.dev, space.work / "mdnet", chosen.models or space.work / "models"
        )
    sys.stdout.write(f"development: AUC {best.auc:.4f}, against hard negatives {best.hard_auc:.4f}\n")
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
    if (chosen.work / "mdnet" / "start.pt").exists():
        domains = load_checkpoint(chosen.work / "mdnet" / "domains.pt")
        shared = Shared(NeckConfig(**domains["config"]["neck"]))
        shared.load_state_dict(domains["average"])
        head = {name: load_checkpoint(chosen.work / "mdnet" / "start.pt")["best_head"][name] for name in HEAD_NAMES}
        publish_classifier(ClassifierTraining(), shared.neck.requires_grad_(False), head, chosen.models)
    return 0
