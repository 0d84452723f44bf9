"""The ablation page: the trackers' table, that of attention alone, and what attention is worth to other trackers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from engine.datasets import Clip
from training.ablation.cells import Cell, CellFile
from training.ablation.looks import Look
from training.ablation.measures import ASTRAY, AUC, NEAR, OUTSIDE, PEAK, PRECISION, TOP3
from training.ablation.variants import BASE, PEERS, Variant, helped

LOST = 20.0
"""Frames on end without any overlap after which a tracker has lost its target."""


@dataclass(frozen=True)
class Row:
    """A row's figures, each ``(seeds, clips) float64``."""

    clips: Sequence[str]
    figures: Mapping[str, NDArray[np.float64]]

    def by_seed(self, figure: str) -> NDArray[np.float64]:
        """The means over the clips ``(seeds,)``."""
        return np.asarray(self.figures[figure].mean(axis=1))

    def by_clip(self, figure: str) -> NDArray[np.float64]:
        """The means over the seeds ``(clips,)``."""
        return np.asarray(self.figures[figure].mean(axis=0))


def rows_of(cells: Sequence[Cell], results: CellFile) -> dict[str, Row]:
    """A row for every name whose cells are all measured."""
    rows: dict[str, Row] = {}
    for name in dict.fromkeys(cell.row for cell in cells):
        own = [cell for cell in cells if cell.row == name]
        if not all(cell in results for cell in own):
            continue
        seeds, clips = sorted({cell.seed for cell in own}), list(dict.fromkeys(cell.clip for cell in own))
        found = {(cell.seed, cell.clip): results[cell] for cell in own}
        names = results[own[0]]
        rows[name] = Row(clips, {n: np.array([[found[s, c][n] for c in clips] for s in seeds]) for n in names})
    return rows


@dataclass(frozen=True)
class Made:
    """How a page was made: the command, the clips it followed and those it looked at, and a sentence of the maker's."""

    command: str
    clips: Sequence[Clip]
    whole: Sequence[Clip]
    note: str = ""


def page(
    variants: Sequence[Variant],
    looks: Sequence[Look],
    rows: Mapping[str, Row],
    left_out: Mapping[str, str],
    made: Made,
) -> str:
    """The whole page; ``left_out`` says why variants have no row."""
    seeds = max((len(row.by_seed(AUC)) for row in rows.values() if AUC in row.figures), default=0)
    names = ", ".join(clip.name for clip in made.clips)
    lines = [
        "# Ablations",
        "",
        "What each part is worth: the same clips, one thing changed at a time. Made by the command",
        "",
        f"    {made.command}",
        "",
        *([made.note, ""] if made.note else []),
        "## The tracker",
        "",
        f"{len(made.clips)} clips, {_frames(made.clips)} frames ({names}), {seeds} "
        f"seed{'s' if seeds != 1 else ''}, one pass, no resets. Success AUC and precision at 20 px are means over the "
        "clips; +- is the standard deviation over seeds. The change is in the mean AUC against the first row, with its "
        "standard error over the clips: what is smaller than twice that is noise.",
        "",
        "| variant | success AUC | precision@20 | change |",
        "|---|---|---|---|",
        *_sections(variants, {v.name: _tracked(v, rows) for v in variants if v.name in rows}, 4),
    ]
    if left_out:
        titles = {variant.name: variant for variant in variants}
        lines += ["", "Left out:", ""]
        lines += [f"- {_full_title(titles[name])}: {reason}" for name, reason in left_out.items()]
    found = {look.name: _looked(look, rows) for look in looks if look.name in rows}
    if found:
        lines += [
            "",
            "## Attention alone",
            "",
            "No tracker, no prior place, the first frame as all that is known: every tenth frame of the same clips, "
            f"whole ({_frames(made.whole)} frames). Means over the clips, in brackets their standard error: brightest "
            "cell in the true box, the same within 8 px of the network's picture, centre of one of three regions in "
            "the true box, share of the map's energy outside it.",
            "",
            "| networks | peak in box | near | one of three | energy outside |",
            "|---|---|---|---|---|",
            *_sections(looks, found, 5),
        ]
    rescued = [line for name, title in PEERS.items() for line in _rescued(name, title, rows)]
    if rescued:
        lines += [
            "",
            "## Other trackers with attention's help, where they need it",
            "",
            f"Those of the clips on which the tracker alone loses its target: no overlap for {LOST:.0f} frames on end. "
            "Success AUC.",
            "",
            "| tracker, clip | alone | with attention |",
            "|---|---|---|",
            *rescued,
        ]
    return "\n".join(lines) + "\n"


def _frames(clips: Sequence[Clip]) -> int:
    return sum(len(clip.truth) for clip in clips)


def _sections(members: Sequence[Variant | Look], lines: Mapping[str, str], columns: int) -> list[str]:
    """The lines of the members that have one, by name, each section under its heading."""
    out = []
    for section, group in groupby(members, key=lambda member: member.section):
        there = [member for member in group if member.name in lines]
        if there and section:
            out.append(f"| **{section}** |" + " |" * (columns - 1))
        out += [lines[member.name] for member in there]
    return out


def _full_title(variant: Variant) -> str:
    return f"{variant.section}, {variant.title}" if variant.section else variant.title


def _tracked(variant: Variant, rows: Mapping[str, Row]) -> str:
    row, base = rows[variant.name], rows.get(BASE.name)
    seeds = row.by_seed(AUC)
    auc = f"{seeds.mean():.3f}" + (f" +- {seeds.std(ddof=1):.3f}" if len(seeds) > 1 else "")
    change = ""
    if base is not None and variant.name != BASE.name:
        difference = row.by_clip(AUC) - base.by_clip(AUC)
        change = f"{difference.mean():+.3f}"
        if len(difference) > 1:
            change += f" ({_error(difference):.3f})"
    return f"| {variant.title} | {auc} | {row.by_seed(PRECISION).mean():.3f} | {change} |"


def _looked(look: Look, rows: Mapping[str, Row]) -> str:
    values = (rows[look.name].by_clip(name) for name in (PEAK, NEAR, TOP3, OUTSIDE))
    return f"| {look.title} | {' | '.join(_with_error(each[np.isfinite(each)]) for each in values)} |"


def _rescued(name: str, title: str, rows: Mapping[str, Row]) -> list[str]:
    if name not in rows or helped(name) not in rows:
        return []
    alone, with_help = rows[name].by_clip(AUC), rows[helped(name)].by_clip(AUC)
    lost = np.flatnonzero(rows[name].by_clip(ASTRAY) >= LOST)
    lines = [f"| {title}, {rows[name].clips[i]} | {alone[i]:.3f} | {with_help[i]:.3f} |" for i in lost]
    if len(lost):
        lines.append(f"| **{title}, mean of {len(lost)}** | {alone[lost].mean():.3f} | {with_help[lost].mean():.3f} |")
    return lines


def _with_error(values: NDArray[np.float64]) -> str:
    if not len(values):  # too short a clip to be looked at
        return "-"
    return f"{values.mean():.3f}" + (f" ({_error(values):.3f})" if len(values) > 1 else "")


def _error(values: NDArray[np.float64]) -> float:
    """Standard error of the mean."""
    return float(values.std(ddof=1) / np.sqrt(len(values)))
