"""The part of `attntrack benchmark` that measures the window."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import Any

from app.cli.output import write_text
from engine.progress import Progress
from engine.types import Box


def run_window(args: argparse.Namespace, parser: argparse.ArgumentParser, path: str, box: Box | None) -> int:
    """Measure, print the table and write the figures; 0."""
    if args.against:
        parser.error("--window measures the window: other trackers have none")
    if box is None:
        parser.error("--window needs the target's --box on the first frame of SOURCE")
    with Progress(args.frames, quiet=args.quiet) as progress:
        shown = 0

        def tell(frame: int) -> None:
            nonlocal shown
            for _ in range(frame - shown):
                progress.step()
            shown = frame

        # by its name: the command line knows no Qt
        figures = importlib.import_module("app.window_benchmark").measure_window(
            path, box, args.frames, args.backend, tell
        )
    figures["settings"] |= {"source": Path(path).name, "box": [box.x, box.y, box.w, box.h], "seed": args.seed}
    if not args.quiet:
        sys.stdout.write(table(figures))
    if args.json:
        write_text(args.json, json.dumps(figures, indent=2) + "\n")
    return 0


def table(figures: dict[str, Any]) -> str:
    """The figures as text."""
    beat, alone, busy = figures["heartbeat"], figures["paint"], figures["paint_while_tracking"]
    settings = figures["settings"]
    width, height = settings["picture"]
    return "\n".join(
        (
            f"{settings['source']}, {settings['frames']} frames tracked with all overlays on, {settings['backend']}, "
            f"{settings['platform']}",
            "",
            f"window's thread late: {beat['median_ms']:.1f} ms median, {beat['p99_ms']:.1f} ms p99, "
            f"{beat['longest_ms']:.1f} ms longest; {beat['stalls']} times over 50 ms",
            f"less what it waited for a core: {beat['longest_on_a_core_ms']:.1f} ms longest; "
            f"{beat['stalls_on_a_core']} times over 50 ms",
            f"painting 1280x720, heatmap and 256 candidates: {alone['median_ms']:.1f} ms median, "
            f"{alone['p99_ms']:.1f} ms p99; while tracking {busy['median_ms']:.1f} and {busy['p99_ms']:.1f} ms",
            *(
                f"scrubbing over {what}, {width}x{height}: {scrub['frames_per_s']:.0f} pictures a second, "
                f"{scrub['median_gap_ms']:.0f} ms median between two, {scrub['longest_gap_ms']:.0f} ms longest"
                for what, scrub in (("what is tracked", figures["scrub"]), ("the file itself", figures["scrub_file"]))
            ),
            *(
                f"{name} at any moment, {row['count']} times: {row['median_ms']:.0f} ms median, "
                f"{row['longest_ms']:.0f} ms longest"
                for name, row in figures["any_moment"].items()
            ),
            f"{figures['fps']:.1f} frames/s tracked, {figures['gui_thread_cpu_ms_a_frame']:.1f} ms of the window's "
            f"thread a frame",
            "",
        )
    )
