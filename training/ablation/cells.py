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
from typing import Any, Protocol

import engine
from engine.datasets import Clip
from engine.errors import FormatError
from engine.models import open_models
from training.ablation.looks import LOOKS
from training.ablation.measures import Figures
from training.ablation.variants import VARIANTS, Tools


class Row(Protocol):
    """A row of a table: whose networks it needs, whether chance has a part in it, and how it is measured."""

    @property
    def name(self) -> str:
        """Under which its results are kept."""
        ...

    @property
    def models(self) -> str:
        """Name of its networks."""
        ...

    @property
    def seeded(self) -> bool:
        """Whether it is to be measured with every seed."""
        ...

    def measure(self, tools: Tools, seed: int, clip: Clip) -> Figures:
        """Its figures on one clip."""
        ...


ROWS: Mapping[str, Row] = {row.name: row for row in (*VARIANTS, *LOOKS)}


@dataclass(frozen=True)
class Cell:
    """One measurement to be made: names of row and clip, seed, and what else decides the result."""

    row: str
    clip: str
    seed: int
    frames: int
    code: str

    @property
    def key(self) -> str:
        """Under which the result is kept."""
        return "/".join(str(value) for value in asdict(self).values())


class CellFile:
    """Results by cell, written after each, so that a run that was stopped goes on where it was."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._results: dict[str, Figures] = {}
        if path.exists():
            try:
                self._results = {key: dict(value) for key, value in json.loads(path.read_text("utf-8")).items()}
            except (ValueError, TypeError, AttributeError) as error:
                raise FormatError(f"{path} is no file of ablation results; name another with --cells") from error

    def __contains__(self, cell: Cell) -> bool:
        return cell.key in self._results

    def __getitem__(self, cell: Cell) -> Figures:
        return self._results[cell.key]

    def add(self, cell: Cell, result: Figures) -> None:
        """Keep a result, on disk too."""
        self._results[cell.key] = result
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(self._results, indent=1) + "\n", "utf-8")
        os.replace(part, self._path)


def fingerprint(tools: Tools, models: str) -> str:
    """A short name of these networks and of the code that runs them: where they are others, so is the cell."""
    whole = hashlib.sha256(json.dumps(open_models(tools.models[models]).hashes(), sort_keys=True).encode())
    for folder in (Path(engine.__file__).parent, Path(__file__).parent):
        for path in sorted(folder.rglob("*.py")):
            whole.update(path.read_bytes())
    return whole.hexdigest()[:12]


def shortened(clip: Clip, frames: int | None) -> Clip:
    """The first frames of a clip."""
    return clip if frames is None else replace(clip, truth=clip.truth[:frames])


def plan_cells(rows: Sequence[Row], clips: Sequence[Clip], seeds: int, tools: Tools) -> list[Cell]:
    """Every cell of a table, seed by seed, so that a table is complete for one seed before the next begins."""
    codes = {models: fingerprint(tools, models) for models in {row.models for row in rows}}
    return [
        Cell(row.name, clip.name, seed, len(clip.truth), codes[row.models])
        for seed in range(seeds)
        for clip in clips
        for row in rows
        if seed == 0 or row.seeded
    ]


def measure(cell: Cell, clip: Clip, tools: Tools) -> Figures:
    """The figures of one cell."""
    return ROWS[cell.row].measure(tools, cell.seed, clip)


def measure_all(work: Sequence[tuple[Cell, Clip]], tools: Tools, jobs: int) -> Iterator[tuple[Cell, Figures]]:
    """The figures of the cells, each on its clip, as they come, in ``jobs`` processes (1: in this one)."""
    if jobs == 1:
        for cell, clip in work:
            yield cell, measure(cell, clip, tools)
        return
    arguments: tuple[Any, ...] = (dict(tools.models), tools.threads, tools.peer_models)
    with multiprocessing.get_context("spawn").Pool(jobs, _start, arguments) as pool:
        yield from pool.imap_unordered(_measure, work)


_tools: Tools  # of a worker process


def _start(models: Mapping[str, Path | None], threads: int | None, peer_models: Path | None) -> None:
    global _tools
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    _tools = Tools(models, threads, peer_models)


def _measure(item: tuple[Cell, Clip]) -> tuple[Cell, Figures]:
    return item[0], measure(item[0], item[1], _tools)
