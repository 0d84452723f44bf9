"""``attntrack train all``: every stage one after the other, as on a machine that is lent for some hours."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import FormatError
from training.cards import write_card
from training.export_best import export_best
from training.loop import Session
from training.run_options import add_run_options, models_of, open_session, origin_of, say, space_of
from training.stages import Adversarial, Pace, train_attender, train_locator, train_mdnet, tune_backbone
from training.workspace import Workspace

DEFAULT_WORK = Path("attntrack-training")
FINISHED = "finished"


@dataclass(frozen=True)
class Stage:
    """A stage's name, its share of the time, and what it does in so many minutes; what it returns is shown."""

    name: str
    share: float
    run: Callable[[Pace], object]


def add_arguments(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``all`` to the verb train."""
    parser = subparsers.add_parser("all", help="every stage one after the other, from a folder or one packed file")
    add_run_options(parser, 240.0, needed=False)
    parser.add_argument("--pack", type=Path, metavar="FILE.zip", help="a packed file in place of the data folder")
    parser.add_argument("--teacher", type=Path, help="backbone of another tracker as ONNX file, for the trunk's tuning")
    parser.add_argument(
        "--frozen-trunk",
        action="store_true",
        help="leave the trunk as it is: as ImageNet has taught it, or as the models to start from have it",
    )
    parser.set_defaults(handler=run_all)


def run_all(chosen: argparse.Namespace) -> int:
    """Goes through the stages, over those that are finished, and exports the best of each."""
    _fill_in(chosen)
    space, models, origin = space_of(chosen), models_of(chosen), origin_of(chosen)
    start = f" --start {origin} --start-rate {chosen.start_rate:g}" if origin else ""
    with open_session(chosen) as session:
        for stage in _stages(chosen, space, session, models, origin):
            done = space.work / FINISHED / stage.name
            minutes = f"{stage.share * chosen.minutes:g} minutes, {chosen.steps} steps{start}\n"
            finished = done.exists() and done.read_text(encoding="utf-8") == minutes
            if session.ranks.agree(finished):
                say(session, f"{stage.name}: finished before")
                continue
            result = stage.run(Pace(stage.share * chosen.minutes, chosen.steps, chosen.start_rate))
            say(session, f"{stage.name}: {result}")
            if session.ranks.first:
                done.parent.mkdir(parents=True, exist_ok=True)
                done.write_text(minutes, encoding="utf-8")
        if session.ranks.first:
            export_best(space.work, models)
            card = write_card(
                space, models, f"attntrack train all {chosen.data.name} --minutes {chosen.minutes:g}{start}"
            )
            say(session, f"networks in {models}, what they are in {card}")
    return 0


def _fill_in(chosen: argparse.Namespace) -> None:
    if chosen.pack is not None:
        # with a file there is no data folder, so that the first name given is the work folder's
        if chosen.work is not None:
            raise FormatError("give the data once: as a folder, or with --pack as a file")
        chosen.data, chosen.work = chosen.pack, chosen.data
    if chosen.data is None:
        raise FormatError("nothing to train on: give a folder of data, or --pack FILE.zip")
    chosen.work = chosen.work or DEFAULT_WORK


def _stages(chosen: argparse.Namespace, space: Workspace, session: Session, models: Path, origin: str) -> list[Stage]:
    def backbone(pace: Pace) -> object:
        return tune_backbone(space, session, pace, chosen.teacher, models, origin)

    def locate(pace: Pace) -> object:
        return train_locator(space, session, pace, models, origin)

    def mdnet(pace: Pace) -> object:
        return train_mdnet(space, session, pace, models, origin)

    def attention(pace: Pace) -> object:
        adversarial = Adversarial(replace(pace, minutes=0.3 * pace.minutes))
        return train_attender(space, session, replace(pace, minutes=0.7 * pace.minutes), adversarial, 3, models, origin)

    first = Stage("locate", 0.4, locate) if chosen.frozen_trunk else Stage("backbone", 0.4, backbone)
    return [first, Stage("mdnet", 0.2, mdnet), Stage("attention", 0.4, attention)]
