"""``attntrack train ablate``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from engine.datasets import Clip, find_clips
from engine.errors import FormatError
from engine.progress import Progress
from training.ablation.cells import CellFile, measure_all, plan_cells, shortened
from training.ablation.looks import LOOKS
from training.ablation.overlay import overlaid
from training.ablation.table import Made, page, rows_of
from training.ablation.variants import BASE, VARIANTS, Tools

NAMES = tuple(variant.name for variant in VARIANTS)


def add_arguments(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``ablate`` to the verb train."""
    parser = subparsers.add_parser(
        "ablate",
        help="measure what each part of the tracker is worth, and write one table",
        epilog=f"rows: {', '.join(NAMES)}",
    )
    parser.add_argument("--clips", type=Path, required=True, metavar="FOLDER", help="annotated clips, any layout")
    parser.add_argument("--only", metavar="NAME,..", help="of these, the clips with these names")
    parser.add_argument("--limit", type=int, metavar="FRAMES", help="first frames of each clip (default: all)")
    parser.add_argument("--seeds", type=int, default=1, help="runs of what has chance in it (default 1)")
    parser.add_argument("--rows", metavar="NAME,..", help="rows to measure beside the first (default: all)")
    parser.add_argument(
        "--models",
        action="append",
        default=[],
        metavar="ROW=FOLDER",
        help="attention networks of a row that needs its own, as frames1=FOLDER; without ROW= those of all others",
    )
    parser.add_argument("--peer-models", type=Path, metavar="DIR", help="files of NanoTrack, as for evaluate")
    parser.add_argument("--out", type=Path, default=Path("docs/ablations.md"), help="page to write")
    parser.add_argument("--cells", type=Path, help="results kept here, so that a stopped run goes on (default: beside)")
    parser.add_argument("--note", default="", help="to be said on the page, as how long a row's networks learned")
    parser.add_argument("--threads", type=int, help="CPU threads a network may use")
    parser.add_argument("--jobs", type=int, default=1, help="processes to share the cells among (default 1)")
    parser.set_defaults(handler=run_ablations)


def run_ablations(chosen: argparse.Namespace) -> int:
    """Measures what is not measured yet and writes the page."""
    with tempfile.TemporaryDirectory(prefix="attntrack-") as scratch:
        return _run(chosen, Path(scratch))


def _run(chosen: argparse.Namespace, scratch: Path) -> int:
    whole = _chosen_clips(chosen)
    clips = [shortened(clip, chosen.limit) for clip in whole]
    tools = Tools(_models(chosen.models, scratch), chosen.threads, chosen.peer_models)
    wanted = set(NAMES) if chosen.rows is None else {BASE.name, *_names(chosen.rows, set(NAMES), "row")}
    variants = [variant for variant in VARIANTS if variant.name in wanted]
    left_out = {variant.name: why for variant in variants if (why := variant.missing(tools))}
    measured = [variant for variant in variants if variant.name not in left_out]
    networks = {variant.models for variant in measured}
    looks = [look for look in LOOKS if look.models in networks]
    results = CellFile(chosen.cells or chosen.out.with_suffix(".cells.json"))
    # attention alone first: it takes minutes where the trackers take hours
    cells = plan_cells(looks, whole, 1, tools) + plan_cells(measured, clips, chosen.seeds, tools)
    on = {(clip.name, len(clip.truth)): clip for clip in (*whole, *clips)}
    missing = [(cell, on[cell.clip, cell.frames]) for cell in cells if cell not in results]
    try:
        with Progress(len(missing), "cells") as progress:
            for cell, figures in measure_all(missing, tools, chosen.jobs):
                results.add(cell, figures)
                progress.step(f"{cell.row} {cell.clip}")
    finally:
        tools.close()
    made = Made(_command(chosen), clips, whole, chosen.note)
    text = page(variants, looks, rows_of(cells, results), left_out, made)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(cells)} cells, {len(missing)} of them measured now: {chosen.out}\n")
    return 0


def _chosen_clips(chosen: argparse.Namespace) -> list[Clip]:
    clips = find_clips(chosen.clips)
    if chosen.only is None:
        return clips
    names = _names(chosen.only, {clip.name for clip in clips}, "clip")
    return [clip for clip in clips if clip.name in names]


def _names(text: str, known: set[str], what: str) -> list[str]:
    names = [part.strip() for part in text.split(",") if part.strip()]
    for name in names:
        if name not in known:
            raise FormatError(f"there is no {what} {name!r}: choose from {', '.join(sorted(known))}")
    return names


def _models(given: list[str], scratch: Path) -> dict[str, Path | None]:
    """Complete folders of networks by row: what a row's own folder lacks comes from that of all others."""
    models: dict[str, Path | None] = {"": None}
    rows = {variant.models for variant in VARIANTS if variant.models}
    for text in given:
        row, sign, folder = text.rpartition("=")
        if sign and row not in rows:
            raise FormatError(f"--models {text}: no row {row!r} has networks of its own: {', '.join(sorted(rows))}")
        models[row] = Path(folder)
    own = {row: overlaid(models[""], folder, scratch / row) for row, folder in models.items() if row and folder}
    return {"": models[""], **own}


def _command(chosen: argparse.Namespace) -> str:
    parts = [f"attntrack train ablate --clips {chosen.clips.name}"]
    for name in ("only", "limit", "rows"):
        value = getattr(chosen, name)
        parts += [] if value is None else [f"--{name} {value}"]
    parts.append(f"--seeds {chosen.seeds}")
    parts += [
        f"--models {Path(text).name if '=' not in text else text.split('=')[0] + '=..'}" for text in chosen.models
    ]
    return " ".join(parts)
