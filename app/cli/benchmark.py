"""Measure speed and memory on this machine, and of other trackers frame by frame in the same process.

A frame's time is decoding and tracking together, for every tracker. The first frames are not counted. Without SOURCE
the bundled demo clip (640x480) is taken. Learning runs beside tracking, as it does in real use.
Beside other trackers it is finished before their turn and counts as ours.

Of a camera or stream a frame's time is from its arrival to its box, and the frames that were dropped are counted.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import engine
from app.cli.arguments import add_backend, add_peers, box, count, positive
from app.cli.demo import demo_clip
from app.cli.interrupt import StopOnInterrupt
from app.cli.live_server import serving
from app.cli.memory import age_s, peak_rss_mb
from app.cli.output import write_text
from engine.backends.base import BackendInfo
from engine.backends.calibration import processor
from engine.backends.select import open_backend
from engine.config import TrackerConfig
from engine.datasets import read_truth
from engine.errors import SourceError
from engine.formats.base import check_target
from engine.peers import PEER_NAMES, Peer, check_peers
from engine.progress import Progress
from engine.sources import coming, open_source
from engine.sources.base import FrameSource, SourceInfo
from engine.tracking.multi import MultiTracker
from engine.types import Box, Frame

Figures = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("source", metavar="SOURCE", nargs="?", help="a video (default: the bundled demo clip)")
    parser.add_argument("--box", type=box, metavar="X,Y,W,H", help="the target on the first frame")
    parser.add_argument("--frames", type=positive, default=600, metavar="N", help="frames to measure at most")
    parser.add_argument(
        "--warm-up", type=count, default=20, metavar="N", help="first frames not to count (default: 20)"
    )
    add_peers(parser, PEER_NAMES)
    parser.add_argument(
        "--window",
        action="store_true",
        help="measure the window instead: how late its thread is and how long it paints, all overlays on, "
        "SOURCE looped for --frames N",
    )
    parser.add_argument(
        "--sweep",
        type=Path,
        metavar="F.svg",
        help="measure instead what 1 to 16 targets and larger frames cost, and draw it",
    )
    parser.add_argument(
        "--soak", type=positive, metavar="N", help="measure instead the memory over so many frames of a drawn stream"
    )
    parser.add_argument(
        "--live",
        type=positive,
        nargs="?",
        const=30,
        metavar="RATE",
        help="measure on the demo clip sent as a camera would, at so many frames a second (default: 30)",
    )
    parser.add_argument("--json", type=Path, metavar="F", help="write all figures to this file")
    parser.add_argument("--deterministic", action="store_true", help="learn in line, so that learning counts in full")
    parser.add_argument("--seed", type=count, default=0, metavar="N", help="seed of the tracker's random numbers")
    add_backend(parser)
    parser.add_argument("--quiet", action="store_true", help="no progress line and no table")


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Measure, print the table and write the figures; 0."""
    if args.json:
        check_target(args.json)
    check_peers(args.against, args.peer_models)
    if args.sweep or args.soak:
        return _run_other(args, parser)
    if args.live:
        if args.source or args.window or args.against:
            parser.error("--live goes without SOURCE, --window and --against: it has a source that waits for nobody")
        with serving(args.live) as address:
            return _run_on(args, address, args.box or _source_and_box(None, None)[1])
    path, start_box = _source_and_box(args.source, args.box)
    if args.window:
        from app.cli.benchmark_window import run_window

        return run_window(args, parser, path, start_box)
    return _run_on(args, path, start_box)


def _run_on(args: argparse.Namespace, path: str, start_box: Box | None) -> int:
    began = time.perf_counter()
    with open_backend(args.backend, args.threads) as backend:
        backend.warm_up()
        start_ms = (time.perf_counter() - began) * 1e3
        launch_s = age_s()
        source = open_source(path)  # not before: a live one does not wait
        try:
            tracker = MultiTracker(backend, TrackerConfig(deterministic=args.deterministic), args.seed)
            try:
                figures = _measure(args, source, tracker, start_box)
            finally:
                tracker.close()
            figures["start_ms"] = start_ms
            figures["launch_ms"] = None if launch_s is None else launch_s * 1e3
            figures["settings"] |= _settings(args, path, source.info, backend.info)
        finally:
            source.close()
    _say(args, figures, table(figures))
    return 0


def _run_other(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    alone = (args.source, args.box, args.against, args.window, args.live, args.sweep and args.soak)
    if any(alone):
        parser.error("--sweep and --soak go alone: each has a source and targets of its own")
    if args.sweep:
        from app.cli import benchmark_sweep

        benchmark_sweep.check_figure(args.sweep)
        check_target(args.sweep)
        figures = benchmark_sweep.run_sweep(args)
        text = benchmark_sweep.table(figures)
    else:
        from app.cli import benchmark_soak

        figures = benchmark_soak.run_soak(args)
        text = benchmark_soak.table(figures)
    figures["settings"] |= {"deterministic": args.deterministic, "threads": args.threads, "version": engine.__version__}
    _say(args, figures, text)
    return 0


def _say(args: argparse.Namespace, figures: Figures, text: str) -> None:
    if not args.quiet:
        sys.stdout.write(text)
    if args.json:
        write_text(args.json, json.dumps(figures, indent=2) + "\n")


def _source_and_box(source: str | None, given: Box | None) -> tuple[str, Box | None]:
    """What to open, and the box: the one given, else the first of the truth beside the video, else none."""
    if source is None:
        clip = demo_clip()
        return str(clip.source), given or Box.from_array(clip.truth[0])
    beside = Path(source).with_suffix(".txt")
    if given is None and beside.is_file():
        given = Box.from_array(read_truth(beside)[0])
    return source, given


def _measure(args: argparse.Namespace, source: FrameSource, tracker: MultiTracker, start: Box | None) -> Figures:
    """Run everybody over the frames, one frame after the other."""
    frame = source.read()
    if frame is None:
        raise SourceError("The source has no frame to measure on.")
    start = start or _central(frame)
    began = time.perf_counter()
    tracker.init(frame, {1: start})
    init_ms = (time.perf_counter() - began) * 1e3
    peers = {name: Peer(name, args.peer_models) for name in args.against}
    for peer in peers.values():
        peer.init(frame.image, start)
    ours: list[float] = []
    stages: dict[str, list[float]] = {}
    theirs: dict[str, list[float]] = {name: [] for name in peers}
    first_box_ms = 0.0
    live, dropped_before = source.info.live, 0
    wanted = args.frames + args.warm_up
    known = source.info.frame_count
    total = wanted if known is None else min(wanted, known - 1)
    with StopOnInterrupt() as stop, Progress(total, quiet=args.quiet) as progress:
        for i in range(wanted):
            before = time.perf_counter()
            frame = source.read()
            decoded = time.perf_counter()
            if frame is None or stop.requested:
                break
            result = tracker.update(frame, coming=coming(source))
            if peers:
                tracker.wait()  # their turn must not give learning time for nothing, nor learning slow them
            tracked = time.perf_counter()
            if i == 0:
                first_box_ms = init_ms + (tracked - decoded) * 1e3
            counted = i >= args.warm_up
            if i == args.warm_up:
                dropped_before = source.dropped
            if counted:
                update_ms = (tracked - decoded) * 1e3
                if live and frame.arrival_s is not None:
                    # waiting for a camera is nobody's fault; a frame that waits to be taken is ours
                    took = {"take": (time.monotonic() - frame.arrival_s) * 1e3 - update_ms}
                else:
                    took = {"decode": (decoded - before) * 1e3}
                ours.append(sum(took.values()) + update_ms)
                for stage, value in {**took, **result.timings.stages}.items():
                    stages.setdefault(stage, []).append(value)
            for name, peer in peers.items():
                began = time.perf_counter()
                peer.update(frame.image)
                if counted:
                    theirs[name].append((time.perf_counter() - began + decoded - before) * 1e3)
            progress.step()
    if not ours:
        raise SourceError(f"The source has no frame after the {args.warm_up} of the warm-up: take a longer one.")
    return {
        **_summary(ours),
        "fps": 1e3 * len(ours) / sum(ours),
        **({"dropped": source.dropped - dropped_before} if live else {}),
        "peak_rss_mb": peak_rss_mb(),
        "first_box_ms": first_box_ms,
        "stages": {stage: _summary(values) for stage, values in stages.items()},
        "peers": {name: _summary(values) for name, values in theirs.items()},
        "settings": {"frames": len(ours), "box": [start.x, start.y, start.w, start.h]},
    }


def _central(frame: Frame) -> Box:
    """A box in the middle, a quarter of the frame's sides: good enough to measure speed with."""
    width, height = frame.size
    return Box(width * 0.375, height * 0.375, width * 0.25, height * 0.25)


def _summary(values: Sequence[float]) -> dict[str, float]:
    return {"median_ms": float(np.median(values)), "p99_ms": float(np.percentile(values, 99))}


def _settings(args: argparse.Namespace, path: str, info: SourceInfo, backend: BackendInfo) -> Figures:
    return {
        "source": Path(path).name,
        "width": info.width,
        "height": info.height,
        "warm_up": args.warm_up,
        "time": "arrival to box" if info.live else "decode + update",
        "deterministic": args.deterministic,
        "backend": f"{backend.name} {backend.version} {backend.device} {backend.precision}",
        "threads": args.threads,
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "processor": processor(),
        "python": platform.python_version(),
        "version": engine.__version__,
    }


def table(figures: Figures) -> str:
    """The figures as text."""
    settings = figures["settings"]
    lines = [
        f"{settings['source']}, {settings['width']}x{settings['height']}, {settings['frames']} frames, "
        f"{settings['backend']}, {settings['cores']} cores",
        "",
        f"{'':<14}{'median ms':>10}{'p99 ms':>10}",
    ]
    rows = {"attntrack": figures, **{f"  {k}": v for k, v in figures["stages"].items()}, **figures["peers"]}
    lines += [f"{name:<14}{row['median_ms']:>10.1f}{row['p99_ms']:>10.1f}" for name, row in rows.items()]
    memory = "" if figures["peak_rss_mb"] is None else f", at most {figures['peak_rss_mb']:.0f} MB in memory"
    launch = "" if figures["launch_ms"] is None else f" ({figures['launch_ms']:.0f} from the program's start)"
    lines += [
        "",
        f"{figures['fps']:.1f} frames/s, first box after {figures['first_box_ms']:.0f} ms, "
        f"ready after {figures['start_ms']:.0f} ms{launch}{memory}",
    ]
    if "dropped" in figures:
        lines.append(f"live: times are from a frame's arrival to its box; {figures['dropped']} frames dropped")
    return "\n".join(lines) + "\n"
