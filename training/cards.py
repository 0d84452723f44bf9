"""Model cards: what networks were trained on, how, and how good they were, written from what the runs left behind."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from training.data.clips import Clip, read_clips, split_clips
from training.data.photos import survey_photos
from training.loop import BEST, LAST
from training.schedule import load_checkpoint
from training.workspace import Workspace

CARD = "card.md"
RUNS = {
    "trunk and locate": Path("backbone"),
    "locate": Path("locate"),
    "classifier, shared layers": Path("mdnet", "domains"),
    "classifier, start of online learning": Path("mdnet", "start"),
    "attention, content": Path("attention", "content"),
    "attention, adversarial": Path("attention", "gan"),
}
"""Runs by what they train, and their folders below a work folder."""


def write_card(space: Workspace, models: Path, command: str) -> Path:
    """Writes ``card.md`` beside the networks of a work folder, and returns it."""
    lines = ["# Model card", "", "Networks of AttnTrack, trained by", "", f"    {command}", ""]
    lines += _data(space)
    for name, folder in RUNS.items():
        path = space.work / folder
        if (path / LAST).exists():
            lines += ["", f"## {name[0].upper()}{name[1:]}", "", *_run(path)]
    manifest = json.loads((models / "manifest.json").read_text(encoding="utf-8"))
    lines += ["", "## Files", "", "| graph | bytes | sha256 |", "|---|---|---|"]
    lines += [f"| {name} | {entry['bytes']} | {entry['sha256'][:16]} |" for name, entry in manifest["graphs"].items()]
    path = models / CARD
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _data(space: Workspace) -> list[str]:
    if not space.clips.is_dir():
        return ["## Data", "", "The data folder was not at hand when this was written."]
    clips = read_clips(space.clips)
    split = split_clips(clips)
    lines = ["## Data", "", "| clips | boxes | kind of box |", "|---|---|---|"]
    for label in sorted({clip.label for clip in clips}):
        own = [clip for clip in clips if clip.label == label]
        lines.append(f"| {len(own)} | {sum(map(_boxes, own))} | {label} |")
    lines += ["", f"{len(split.dev)} clips were kept to choose weights by: {', '.join(split.dev)}."]
    if space.photos.is_dir():
        survey = survey_photos(space.photos)
        kinds: Counter[str] = Counter()
        for found in survey.found:
            kinds[found.layout] += len(found.stills)
        listed = ", ".join(f"{count} photos ({layout})" for layout, count in sorted(kinds.items()))
        lines += ["", f"Photos: {listed}; {len(survey.plain)} pictures without annotations."]
    return lines


def _boxes(clip: Clip) -> int:
    return sum(int(np.isfinite(target[:, 0]).sum()) for target in clip.targets)


def _run(folder: Path) -> list[str]:
    last = load_checkpoint(folder / LAST)
    config: Mapping[str, Any] = last["config"]
    lines = [f"{last['step']} steps, {last['seconds'] / 60:.0f} minutes, seed {config.get('seed', 0)}."]
    if (folder / BEST).exists():
        best = load_checkpoint(folder / BEST)
        figures = ", ".join(f"{name} {value:.4f}" for name, value in best["figures"].items())
        told = f"Best on the development clips, after {best['step']} steps: {figures}."
        lines += ["", f"The mean of two checkpoints' weights: {best['mean_of']}." if "mean_of" in best else told]
    return [*lines, "", "```", *_flat(config), "```"]


def _flat(config: Mapping[str, Any], prefix: str = "") -> list[str]:
    """One line a setting, ``part.name = value``."""
    lines: list[str] = []
    for name, value in config.items():
        if isinstance(value, Mapping):
            lines += _flat(value, f"{prefix}{name}.")
        else:
            lines.append(f"{prefix}{name} = {value}")
    return lines
