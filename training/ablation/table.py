"""The ablation table as a page of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from engine.datasets import Clip
from training.ablation.cells import Cell, CellFile
from training.ablation.variants import BASE, Variant


@dataclass(frozen=True)
class Row:
    """Mean over clips of the success AUC and the precision, by seed ``(seeds,)``, and the AUC by clip ``(clips,)``."""

    auc: NDArray[np.float64]
    precision: NDArray[np.float64]
    by_clip: NDArray[np.float64]


def rows_of(cells: Sequence[Cell], results: CellFile) -> dict[str, Row]:
    """A row for every variant whose cells are all measured."""
    rows: dict[str, Row] = {}
    for name in dict.fromkeys(cell.variant for cell in cells):
        own = [cell for cell in cells if cell.variant == name]
        if not all(cell in results for cell in own):
            continue
        seeds, clips = sorted({cell.seed for cell in own}), list(dict.fromkeys(cell.clip for cell in own))
        found = {(cell.seed, cell.clip): results[cell] for cell in own}
        auc = np.array([[found[s, c].success_auc for c in clips] for s in seeds])
        precision = np.array([[found[s, c].precision_20 for c in clips] for s in seeds])
        rows[name] = Row(auc.mean(axis=1), precision.mean(axis=1), auc.mean(axis=0))
    return rows


def page(
    variants: Sequence[Variant],
    rows: Mapping[str, Row],
    left_out: Mapping[str, str],
    clips: Sequence[Clip],
    made_by: str,
    note: str = "",
) -> str:
    """The whole page; ``left_out`` says why variants have no row, ``note`` is a sentence of whoever made it."""
    frames = sum(len(clip.truth) for clip in clips)
    seeds = max((len(row.auc) for row in rows.values()), default=0)
    lines = [
        "# Ablations",
        "",
        "What each part is worth: the same clips, one thing changed at a time. Made by the command",
        "",
        f"    {made_by}",
        "",
        f"on {len(clips)} clips, {frames} frames ({', '.join(clip.name for clip in clips)}), {seeds} "
        f"seed{'s' if seeds != 1 else ''}, one pass, no resets. Success AUC and precision at 20 px are means over "
        "the clips; +- is the standard deviation over seeds. The change is in the mean AUC against the first row, with "
        "its standard error over the clips: what is smaller than twice that is noise.",
        "",
        *([note, ""] if note else []),
        "| variant | success AUC | precision@20 | change |",
        "|---|---|---|---|",
    ]
    for section, members in groupby(variants, key=lambda variant: variant.section):
        there = [variant for variant in members if variant.name in rows]
        if there and section:
            lines.append(f"| **{section}** | | | |")
        lines += [_line(variant, rows) for variant in there]
    if left_out:
        lines += ["", "Left out:", ""]
        titles = {variant.name: variant for variant in variants}
        lines += [f"- {_full_title(titles[name])}: {reason}" for name, reason in left_out.items()]
    return "\n".join(lines) + "\n"


def _full_title(variant: Variant) -> str:
    return f"{variant.section}, {variant.title}" if variant.section else variant.title


def _line(variant: Variant, rows: Mapping[str, Row]) -> str:
    row, base = rows[variant.name], rows.get(BASE.name)
    auc = f"{row.auc.mean():.3f}" + (f" +- {row.auc.std(ddof=1):.3f}" if len(row.auc) > 1 else "")
    change = ""
    if base is not None and variant.name != BASE.name:
        difference = row.by_clip - base.by_clip
        change = f"{difference.mean():+.3f}"
        if len(difference) > 1:
            change += f" ({difference.std(ddof=1) / np.sqrt(len(difference)):.3f})"
    return f"| {variant.title} | {auc} | {row.precision.mean():.3f} | {change} |"
