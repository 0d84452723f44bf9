"""The verbs ``attntrack train`` and ``attntrack data``."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from engine.datasets import find_clips
from engine.errors import FormatError
from engine.models import MOST_LOST, bundled_models
from training import ablate_commands, all_commands, attention_commands, data_commands
from training.attention_train import PHASES
from training.average import average_checkpoints
from training.cards import write_card
from training.data.clips import read_clips
from training.export import export_trunk
from training.export_best import export_best, export_phase
from training.harm import measure_harm
from training.loop import Unfinished
from training.quantise import TRUNKS, clip_pictures, quantise
from training.run_options import add_run_options, models_of, open_session, origin_of, pace_of, say, space_of
from training.stages import train_locator, train_mdnet, tune_backbone
from training.workspace import Workspace

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
    backbone.add_argument("--teacher", type=Path, help="backbone of another tracker as ONNX file, to learn from")
    backbone.set_defaults(handler=run_backbone)
    for name, what, run, minutes in (
        ("locate", "train the network that finds the target's box", run_locate, 55.0),
        ("mdnet", "train the classifier and the start of its online learning", run_classifier, 30.0),
    ):
        parser = subparsers.add_parser(name, help=what)
        add_run_options(parser, minutes)
        parser.set_defaults(handler=run)
    quantise = subparsers.add_parser("quantise", help="make the 8-bit trunks, after every new trunk")
    quantise.add_argument("data", type=Path, help="folder with train/, whose clips give the ranges of the features")
    quantise.add_argument("--models", type=Path, help="model folder (default: the one that comes with the program)")
    quantise.add_argument("--trunk", choices=TRUNKS, help="only this one (default: both)")
    quantise.add_argument("--pictures", type=int, default=400, help="pictures to learn from at most (default 400)")
    quantise.add_argument("--steps", type=int, default=800, help="steps of tuning the weights for it (default 800)")
    quantise.add_argument("--threads", type=int, default=1, help="processor threads (default 1)")
    quantise.add_argument("--seed", type=int, default=0, help="seed of what is drawn (default 0)")
    quantise.set_defaults(handler=run_quantise)
    harm = subparsers.add_parser(
        "harm", help="measure what an 8-bit trunk costs on annotated clips: what is harmless is used unasked"
    )
    harm.add_argument("trunk", choices=TRUNKS, help="the whole frame's trunk, or that of the surroundings")
    harm.add_argument("clips", type=Path, help="folder of clips with true boxes that nothing was trained on")
    harm.add_argument("--models", type=Path, help="model folder (default: the one that comes with the program)")
    harm.add_argument("--seeds", type=int, default=3, help="passes over each clip with the features (default 3)")
    harm.set_defaults(handler=run_harm)
    average = subparsers.add_parser("average", help="write the mean of two checkpoints' weights")
    average.add_argument("first", type=Path, help="best.pt of a run")
    average.add_argument("second", type=Path, help="that of another run of the same network")
    average.add_argument("--out", type=Path, required=True, help="file to write, or folder of a run for its best.pt")
    average.add_argument("--share", type=float, default=0.5, help="the second one's share (default 0.5)")
    average.set_defaults(handler=run_average)
    export = subparsers.add_parser("export", help="write the best networks of a work folder as graphs")
    export.add_argument("work", type=Path, help="work folder of earlier runs")
    export.add_argument("--models", type=Path, required=True, help="model folder to write to")
    export.add_argument("--phase", choices=PHASES, help="attention alone, as this phase of its training left it")
    export.add_argument("--data", type=Path, help="the data they were trained on, to be counted in the card")
    export.set_defaults(handler=run_export)
    attention_commands.add_arguments(subparsers)
    all_commands.add_arguments(subparsers)
    ablate_commands.add_arguments(subparsers)


def run_backbone(chosen: argparse.Namespace) -> int:
    """Tunes the trunk, or without data exports it as it is."""
    if chosen.data is None:
        export_trunk(chosen.models or bundled_models())
        return 0
    if chosen.work is None:
        raise FormatError("training needs two folders: the data and one for its own files")
    with open_session(chosen) as session:
        best = tune_backbone(
            space_of(chosen), session, pace_of(chosen), chosen.teacher, models_of(chosen), origin_of(chosen)
        )
        say(session, f"development: IoU {best.iou:.3f}, peak in box {best.inside:.3f}")
    return 0


def run_locate(chosen: argparse.Namespace) -> int:
    """Trains ``locate``, going on from its last checkpoint if there is one."""
    with open_session(chosen) as session:
        best = train_locator(space_of(chosen), session, pace_of(chosen), models_of(chosen), origin_of(chosen))
        say(session, f"development: IoU {best.iou:.3f}, peak in box {best.inside:.3f}")
    return 0


def run_classifier(chosen: argparse.Namespace) -> int:
    """Trains the classifier, half of the time each of its two phases."""
    with open_session(chosen) as session:
        best = train_mdnet(space_of(chosen), session, pace_of(chosen), models_of(chosen), origin_of(chosen))
        say(session, f"development: AUC {best.auc:.4f}, against hard negatives {best.hard_auc:.4f}")
    return 0


def run_quantise(chosen: argparse.Namespace) -> int:
    """Writes the 8-bit trunks and says how far their features are off."""
    torch.set_num_threads(chosen.threads)
    pictures = clip_pictures(read_clips(chosen.data / "train"), chosen.pictures, chosen.seed)
    trunks = [chosen.trunk] if chosen.trunk else list(TRUNKS)
    for trunk, error in quantise(
        chosen.models or bundled_models(), pictures, chosen.steps, trunks, chosen.seed
    ).items():
        sys.stdout.write(f"{trunk}: {len(pictures)} pictures, relative error of the features {error:.3f}\n")
    return 0


def run_harm(chosen: argparse.Namespace) -> int:
    """Notes in the manifest what an 8-bit trunk costs, and says it."""
    clips = find_clips(chosen.clips)
    loss = measure_harm(chosen.models or bundled_models(), chosen.trunk, clips, chosen.seeds)
    verdict = "harmless" if loss <= MOST_LOST else "used only if it is asked for"
    sys.stdout.write(f"{chosen.trunk} in 8 bits: {len(clips)} clips, accuracy {-loss:+.4f}, {verdict}\n")
    return 0


def run_average(chosen: argparse.Namespace) -> int:
    """Writes the mean of two checkpoints, to be exported or trained on from."""
    path = average_checkpoints(chosen.first, chosen.second, chosen.out, chosen.share)
    sys.stdout.write(f"{path}: the mean of both; how good it is, evaluate will tell\n")
    return 0


def run_export(chosen: argparse.Namespace) -> int:
    """Exports whatever trained networks the work folder holds, with a card that says where they come from."""
    if chosen.phase is None:
        export_best(chosen.work, chosen.models)
    else:
        export_phase(chosen.work, chosen.models, chosen.phase)
    space = Workspace(chosen.data or chosen.work, chosen.work)
    write_card(space, chosen.models, f"attntrack train export {chosen.work.name} --models {chosen.models.name}")
    return 0
