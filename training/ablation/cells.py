"""Cells of the table: one variant on one clip with one seed, measured once and kept in a JSON file."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import engine
from engine import metrics
from engine.datasets import Clip
from engine.errors import FormatError
from engine.models import open_models
from engine.one_pass import follow
from training.ablation.variants import VARIANTS, Tools, Variant

BY_NAME = {variant.name: variant for variant in VARIANTS}


@dataclass(frozen=True)
class Cell:
    """One measurement to be made: names of variant and clip, seed, and what else decides the result."""

    variant: str
    clip: str
    seed: int
    frames: int
    code: str

    @property
    def key(self) -> str:
        """Under which the result is kept."""
        return "/".join(str(value) for value in asdict(self).values())


@dataclass(frozen=True)
class Result:
    """Scores of one cell."""

    success_auc: float
    precision_20: float


class CellFile:
    """Results by cell, written after each, so that a run that was stopped goes on where it was."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._results: dict[str, Result] = {}
        if path.exists():
            try:
                self._results = {key: Result(**value) for key, value in json.loads(path.read_text("utf-8")).items()}
            except (ValueError, TypeError, AttributeError) as error:
                raise FormatError(f"{path} is no file of ablation results; name another with --cells") from error

    def __contains__(self, cell: Cell) -> bool:
        return cell.key in self._results

    def __getitem__(self, cell: Cell) -> Result:
        return self._results[cell.key]

    def add(self, cell: Cell, result: Result) -> None:
        """Keep a result, on disk too."""
        self._results[cell.key] = result
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps({k: asdict(v) for k, v in self._results.items()}, indent=1) + "\n", "utf-8")
        os.replace(part, self._path)


def fingerprint(tools: Tools, variant: Variant) -> str:
    """A short name of the networks and of the code that a variant runs: where they are others, so is the cell."""
    whole = hashlib.sha256(json.dumps(open_models(tools.models[variant.models]).hashes(), sort_keys=True).encode())
    for folder in (Path(engine.__file__).parent, Path(__file__).parent):
        for path in sorted(folder.rglob("*.py")):
            whole.update(path.read_bytes())
    return whole.hexdigest()[:12]


def shortened(clip: Clip, frames: int | None) -> Clip:
    """The first frames of a clip."""
    return clip if frames is None else replace(clip, truth=clip.truth[:frames])


def plan_cells(variants: Sequence[Variant], clips: Sequence[Clip], seeds: int, tools: Tools) -> list[Cell]:
    """Every cell of the table, seed by seed, so that a table is complete for one seed before the next begins."""
    names = {variant.name: fingerprint(tools, variant) for variant in variants}
    return [
        Cell(variant.name, clip.name, seed, len(clip.truth), names[variant.name])
        for seed in range(seeds)
        for clip in clips
        for variant in variants
        if seed == 0 or variant.seeded
    ]


def measure(cell: Cell, clip: Clip, tools: Tools) -> Result:
    """The scores of one cell."""
    follower = BY_NAME[cell.variant].make(tools, cell.seed)
    try:
        track = follow(follower, clip)
    finally:
        follower.close()
    scores = metrics.ope(track.boxes, clip.truth)
    return Result(scores.success_auc, scores.precision_20)


def measure_all(
    cells: Sequence[Cell], clips: Mapping[str, Clip], tools: Tools, jobs: int
) -> Iterator[tuple[Cell, Result]]:
    """The results of the cells, as they come, in ``jobs`` processes (1: in this one)."""
    if jobs == 1:
        for cell in cells:
            yield cell, measure(cell, clips[cell.clip], tools)
        return
    work = [(cell, clips[cell.clip]) for cell in cells]
    arguments: tuple[Any, ...] = (dict(tools.models), tools.threads, tools.peer_models)
    with multiprocessing.get_context("spawn").Pool(jobs, _start, arguments) as pool:
        yield from pool.imap_unordered(_measure, work)


_tools: Tools  # of a worker process


def _start(models: Mapping[str, Path | None], threads: int | None, peer_models: Path | None) -> None:
    global _tools
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    _tools = Tools(models, threads, peer_models)


def _measure(item: tuple[Cell, Clip]) -> tuple[Cell, Result]:
    return item[0], measure(item[0], item[1], _tools)
