"""Score the tracker on annotated clips, and other trackers in the same call.

Every clip is tracked once from its first box to its end, without help. Learning runs in line, not beside tracking,
so that a second run gives the same figures. FOLDER holds NAME.mp4 + NAME.txt (NAME.1.txt .. for several targets in
one video; x,y,w,h a frame, nan where the target is absent), or folders as OTB, VOT, GOT-10k or LaSOT lay them out.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import engine
from app.cli.arguments import add_backend, add_peers, count, positive
from app.cli.attention_alone import attention_figures, attention_table
from app.cli.one_pass import OURS, Case, Setup, run_passes
from app.cli.output import write_text
from app.cli.redetect import NO_CASES, RedetectionCases, figures, make_cases
from app.cli.redetect import table as redetection_table
from app.cli.untrained import write_untrained
from engine import attention_alone, metrics
from engine.backends.base import BackendInfo
from engine.backends.select import open_backend
from engine.datasets import Clip, find_clips
from engine.errors import FormatError
from engine.formats.base import check_target
from engine.models import open_models
from engine.one_pass import Track
from engine.peers import PEER_NAMES, check_peers
from engine.progress import Progress

PROTOCOLS = {
    "ope": ("success_auc", "precision_20", "norm_precision"),
    "got10k": ("ao", "sr_50", "sr_75"),
    "lasot": ("success_auc", "norm_precision", "precision_20"),
    "longterm": ("lt_f", "lt_precision", "lt_recall"),
}
_HEADINGS = {
    "success_auc": "AUC",
    "precision_20": "P20",
    "norm_precision": "NP",
    "ao": "AO",
    "sr_50": "SR.5",
    "sr_75": "SR.75",
    "lt_f": "F",
    "lt_precision": "Pr",
    "lt_recall": "Re",
}
Scores = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="where the clips are")
    parser.add_argument("--protocol", choices=tuple(PROTOCOLS), default="ope", help="whose scores (default: ope)")
    parser.add_argument(
        "--redetect",
        action="store_true",
        help="also hide the target for 60 frames of each clip, and say how often it is found again",
    )
    parser.add_argument(
        "--attention",
        action="store_true",
        help="nothing but global attention by itself: where its maps are brightest, without a tracker",
    )
    add_peers(parser, PEER_NAMES)
    parser.add_argument("--json", type=Path, metavar="F", help="write all figures to this file")
    parser.add_argument("--jobs", type=positive, default=1, metavar="N", help="processes to share the clips among")
    parser.add_argument("--seed", type=count, default=0, metavar="N", help="seed of the tracker's random numbers")
    networks = parser.add_mutually_exclusive_group()
    networks.add_argument("--models", type=Path, metavar="DIR", help="networks trained by you (default: the bundled)")
    networks.add_argument("--untrained", action="store_true", help="random heads in place of the trained ones")
    add_backend(parser)
    parser.add_argument("--quiet", action="store_true", help="no progress line and no table")


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Evaluate, print the table and write the figures; 0."""
    clips = find_clips(args.folder)
    check_peers(args.against, args.peer_models)
    if args.json:
        check_target(args.json)
    if args.attention:
        if args.redetect or args.against:
            parser.error("--attention is measured by itself: without --redetect and --against")
        return _attention(args, clips)
    trackers = (OURS, *args.against)
    made = make_cases(clips) if args.redetect else RedetectionCases((), ())
    if args.redetect and not made.cases:
        raise FormatError(f"In {args.folder} {NO_CASES}.")
    cases = [*(Case(clip) for clip in clips), *made.cases]
    threads = args.threads or (max((os.cpu_count() or 1) // args.jobs, 1) if args.jobs > 1 else None)
    with tempfile.TemporaryDirectory(prefix="attntrack-") as scratch:
        models = write_untrained(Path(scratch), args.seed) if args.untrained else args.models
        setup = Setup(args.backend, threads, models, args.peer_models, args.seed)
        with open_backend(args.backend, threads, models) as backend:
            info = backend.info
        hashes = open_models(models).hashes()
        tracks: dict[tuple[str, int], Track] = {}
        with Progress(len(cases) * len(trackers), "passes", quiet=args.quiet) as progress:
            for one in run_passes(setup, trackers, cases, args.jobs):
                tracks[one.tracker, one.case] = one.track
                progress.step(f"{one.tracker} {cases[one.case].clip.name}")
    scores = {name: _score(args.protocol, [tracks[name, i] for i in range(len(clips))], clips) for name in trackers}
    if not args.quiet:
        sys.stdout.write(table(args.protocol, scores, clips))
    if made.cases:
        for name in trackers:
            hidden = [tracks[name, i] for i in range(len(clips), len(cases))]
            scores[name]["redetection"] = figures(made, hidden, clips)
        if not args.quiet:
            sys.stdout.write("\n" + redetection_table({name: scores[name]["redetection"] for name in trackers}))
    if args.json:
        settings = {
            "protocol": args.protocol,
            "frames": sum(len(clip.truth) for clip in clips),
            "seed": args.seed,
            "deterministic": True,
            "redetect": args.redetect,
            "jobs": args.jobs,
            **_settings(args, clips, threads, info, hashes),
        }
        write_text(args.json, json.dumps({"trackers": scores, "settings": settings}, indent=2) + "\n")
    return 0


def _attention(args: argparse.Namespace, clips: list[Clip]) -> int:
    """Measure attention by itself, print the table and write the figures; 0."""
    by_clip = {}
    with tempfile.TemporaryDirectory(prefix="attntrack-") as scratch:
        models = write_untrained(Path(scratch), args.seed) if args.untrained else args.models
        with (
            open_backend(args.backend, args.threads, models) as backend,
            Progress(len(clips), "clips", quiet=args.quiet) as progress,
        ):
            for clip in clips:
                by_clip[clip.name] = attention_alone.figures(attention_alone.glances(backend, clip))
                progress.step(clip.name)
            info = backend.info
        hashes = open_models(models).hashes()
    found = attention_figures(by_clip)
    if not args.quiet:
        sys.stdout.write(attention_table(found))
    if args.json:
        settings = {"every": attention_alone.EVERY, **_settings(args, clips, args.threads, info, hashes)}
        write_text(args.json, json.dumps({"attention": found, "settings": settings}, indent=2) + "\n")
    return 0


def _settings(
    args: argparse.Namespace, clips: list[Clip], threads: int | None, info: BackendInfo, hashes: dict[str, str]
) -> dict[str, Any]:
    """What decides the figures, whatever is measured."""
    return {
        "folder": str(args.folder),
        "clips": len(clips),
        "untrained": args.untrained,
        "threads": threads,
        "backend": f"{info.name} {info.version} {info.device} {info.precision}",
        "version": engine.__version__,
        "models": hashes,
    }


def _score(protocol: str, tracks: list[Track], clips: list[Clip]) -> Scores:
    """The figures of one tracker: by clip, and their mean over the clips."""
    by_clip = {clip.name: _clip_scores(protocol, one, clip) for clip, one in zip(clips, tracks, strict=True)}
    keys = list(next(iter(by_clip.values())))
    total: Scores = {key: float(np.mean([scores[key] for scores in by_clip.values()])) for key in keys}
    if protocol == "longterm":  # one threshold for all clips
        joint = [metrics.LongTermClip(t.boxes, c.truth, t.confidence) for t, c in zip(tracks, clips, strict=True)]
        total |= _long_term(joint)
    return {**total, "clips": by_clip}


def _clip_scores(protocol: str, one: Track, clip: Clip) -> Scores:
    base = metrics.ope(one.boxes, clip.truth, absent_in_total=protocol == "lasot")
    scores: Scores = {
        "success_auc": base.success_auc,
        "precision_20": base.precision_20,
        "norm_precision": base.norm_precision,
    }
    if protocol == "got10k":
        got = metrics.got10k(one.boxes, clip.truth)
        scores |= {"ao": got.ao, "sr_50": got.sr_50, "sr_75": got.sr_75}
    if protocol == "longterm":
        scores |= _long_term([metrics.LongTermClip(one.boxes, clip.truth, one.confidence)])
    return scores


def _long_term(clips: list[metrics.LongTermClip]) -> Scores:
    long = metrics.long_term(clips)
    return {"lt_precision": long.precision, "lt_recall": long.recall, "lt_f": long.f, "lt_threshold": long.threshold}


def table(protocol: str, scores: dict[str, Scores], clips: list[Clip]) -> str:
    """The figures as text: a clip a line, three columns a tracker, the means last."""
    keys = PROTOCOLS[protocol]
    width = max(len("mean"), *(len(clip.name) for clip in clips))
    first = f"{'':<{width}}  {'':>6}"
    second = f"{'clip':<{width}}  {'frames':>6}"
    for name in scores:
        first += f"   {name:<{6 * len(keys) - 1}}"
        second += "  " + "".join(f" {_HEADINGS[key]:>5}" for key in keys)
    lines = [first.rstrip(), second]
    for clip in clips:
        row = f"{clip.name:<{width}}  {len(clip.truth):>6}"
        for of in scores.values():
            row += "  " + "".join(f" {of['clips'][clip.name][key]:5.3f}" for key in keys)
        lines.append(row)
    row = f"{'mean':<{width}}  {sum(len(clip.truth) for clip in clips):>6}"
    for of in scores.values():
        row += "  " + "".join(f" {of[key]:5.3f}" for key in keys)
    return "\n".join([*lines, row]) + "\n"
