"""``attntrack train attention``."""

from __future__ import annotations

import argparse
import sys
from contextlib import AbstractContextManager
from dataclasses import replace

from training.attention_feed import clip_scenes, feeding_attention, prepare_attention, rings_of
from training.attention_train import AttentionData, AttentionTrainConfig, train_attention
from training.run_options import add_run_options, fed, open_session, paced
from training.workspace import Workspace


def add_arguments(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``attention`` to the verb train."""
    base = AttentionTrainConfig()
    parser = subparsers.add_parser("attention", help="train the network that finds the target on the whole frame")
    add_run_options(parser, base.schedule.minutes)
    parser.add_argument(
        "--adversarial-minutes",
        type=float,
        default=base.adversarial_minutes,
        help=f"length of the GAN's phase after it (default {base.adversarial_minutes}; 0: none)",
    )
    parser.add_argument("--frames", type=int, choices=(1, 2, 3), default=3, help="frames looked at (default 3)")
    parser.add_argument("--capacity", type=int, default=5000, help="samples kept a frame shape, 0.32 MB each")
    parser.set_defaults(handler=run_attention)


def run_attention(chosen: argparse.Namespace) -> int:
    """Trains the attention network, going on from its last checkpoint if there is one."""
    space = Workspace(chosen.data, chosen.work, chosen.capacity, chosen.seed)
    base = AttentionTrainConfig(seed=chosen.seed)
    config = replace(
        base,
        network=replace(base.network, frames=chosen.frames),
        schedule=paced(base.schedule, chosen.minutes, chosen.steps),
        adversarial_minutes=chosen.adversarial_minutes,
        adversarial_steps=base.adversarial_steps if chosen.steps is None else chosen.steps,
    )

    def feeding() -> AbstractContextManager[None]:
        prepare_attention(space)
        return feeding_attention(space)

    with open_session(chosen) as session, fed(session, feeding):
        data = AttentionData(rings_of(space.frames), rings_of(space.held), clip_scenes(space).single)
        best = train_attention(config, data, space.attention, chosen.models or space.work / "models", session)
    if session.ranks.first:
        sys.stdout.write(f"development: {best:.4f} (scores.jsonl in {space.attention} have its parts)\n")
    return 0
