"""``attntrack train attention``."""

from __future__ import annotations

import argparse

from training.attention_train import AttentionTrainConfig
from training.run_options import add_run_options, models_of, open_session, origin_of, pace_of, say, space_of
from training.stages import Adversarial, Pace, train_attender


def add_arguments(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``attention`` to the verb train."""
    base = AttentionTrainConfig()
    parser = subparsers.add_parser("attention", help="train the network that finds the target on the whole frame")
    add_run_options(parser, base.schedule.minutes, 5000)
    parser.add_argument(
        "--adversarial-minutes",
        type=float,
        default=base.adversarial_minutes,
        help=f"length of the GAN's phase after it (default {base.adversarial_minutes}; 0: none)",
    )
    parser.add_argument(
        "--adversarial-weight",
        type=float,
        default=base.loss.adversarial,
        help=f"of the judge in that phase, beside the content loss (default {base.loss.adversarial}; 0: content alone)",
    )
    parser.add_argument(
        "--judge-rate",
        type=float,
        default=base.judge_rate,
        help=f"learning rate of the judge (default {base.judge_rate}, as the network's in that phase)",
    )
    parser.add_argument("--frames", type=int, choices=(1, 2, 3), default=3, help="frames looked at (default 3)")
    parser.set_defaults(handler=run_attention)


def run_attention(chosen: argparse.Namespace) -> int:
    """Trains the attention network, going on from its last checkpoint if there is one."""
    space = space_of(chosen)
    adversarial = Adversarial(
        Pace(chosen.adversarial_minutes, chosen.steps), chosen.adversarial_weight, chosen.judge_rate
    )
    with open_session(chosen) as session:
        best = train_attender(
            space, session, pace_of(chosen), adversarial, chosen.frames, models_of(chosen), origin_of(chosen)
        )
        say(session, f"development: {best:.4f} (scores.jsonl in {space.attention} have its parts)")
    return 0
