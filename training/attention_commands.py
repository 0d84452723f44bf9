"""``attntrack train attention``."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import torch

from training.attention_feed import AttentionSpace, clip_scenes, feeding_attention, prepare_attention
from training.attention_train import AttentionTrainConfig, AttentionTraining
from training.workspace import Workspace


def add_arguments(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``attention`` to the verb train."""
    base = AttentionTrainConfig()
    parser = subparsers.add_parser("attention", help="train the network that finds the target on the whole frame")
    parser.add_argument("data", type=Path, help="folder with train/ and images/")
    parser.add_argument("work", type=Path, help="folder for samples, checkpoints and logs")
    parser.add_argument("--minutes", type=float, default=base.schedule.minutes, help="length of the content phase")
    parser.add_argument(
        "--adversarial-minutes", type=float, default=base.adversarial_minutes, help="length of the GAN's phase"
    )
    parser.add_argument("--frames", type=int, choices=(1, 2, 3), default=3, help="frames looked at (default 3)")
    parser.add_argument("--capacity", type=int, default=5000, help="samples kept a frame shape, 0.32 MB each")
    parser.add_argument("--threads", type=int, default=1, help="processor threads (default 1)")
    parser.add_argument("--seed", type=int, default=0, help="seed of everything random (default 0)")
    parser.add_argument("--models", type=Path, help="model folder that gets the result (default: WORK/models)")
    parser.set_defaults(handler=run_attention)


def run_attention(chosen: argparse.Namespace) -> int:
    """Trains the attention network, going on from its last checkpoint if there is one."""
    torch.set_num_threads(chosen.threads)
    cv2.setNumThreads(chosen.threads)
    space = AttentionSpace(Workspace(chosen.data, chosen.work, seed=chosen.seed), chosen.capacity)
    base = AttentionTrainConfig(seed=chosen.seed)
    config = replace(
        base,
        network=replace(base.network, frames=chosen.frames),
        schedule=replace(base.schedule, minutes=chosen.minutes),
        adversarial_minutes=chosen.adversarial_minutes,
    )
    dev = prepare_attention(space)
    with feeding_attention(space):
        models = chosen.models or space.space.work / "models"
        training = AttentionTraining(space.folder, space.rings(), dev, config, models, clip_scenes(space).single)
        training.run()
    sys.stdout.write(f"development: {training.best:.4f} (scores.jsonl in {space.folder} has its parts)\n")
    return 0
