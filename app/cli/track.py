"""Follow one target or more through a video, folder of pictures, camera or stream, and write the track.

SOURCE is a file, a folder or pattern of pictures, a camera (0, 1 ..) or an address (rtsp://.., http://..). Every
frame of a file is tracked. Without --csv, --out and --video-out the track goes to SOURCE's name with .csv, in the
current folder. Ctrl-C ends cleanly: what was tracked is written.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from app.cli.arguments import add_backend, box, count
from app.cli.interrupt import StopOnInterrupt
from engine.backends.select import open_backend
from engine.config import TrackerConfig
from engine.errors import AttnTrackError, FormatError, SourceError
from engine.formats import FORMATS, TrackMeta, TrackWriter, open_writer
from engine.models import open_models
from engine.progress import Progress
from engine.render import OVERLAY_NAMES, Overlay, parse_overlay
from engine.sources import coming, open_source
from engine.sources.base import FrameSource
from engine.tracking.multi import MultiTracker
from engine.types import Box, FrameResult

_SUFFIXES = {"csv": ".csv", "json": ".json"}


@dataclass(frozen=True, slots=True)
class Output:
    """A file to write: where, and in which format (``video`` is the annotated one)."""

    path: Path
    format: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("source", metavar="SOURCE", help="what to track in")
    parser.add_argument(
        "--box", type=box, action="append", required=True, metavar="X,Y,W,H", help="a target; again for another one"
    )
    parser.add_argument("--start", type=count, default=0, metavar="N", help="frame of the boxes (default: 0)")
    parser.add_argument("--end", type=count, metavar="N", help="last frame to track (default: the source's)")
    parser.add_argument("--csv", type=Path, metavar="F", help="write the track as CSV, with F.json beside it")
    parser.add_argument("--format", choices=FORMATS, help="format of --out (default: json for .json, else csv)")
    parser.add_argument("--out", type=Path, metavar="F", help="write the track in another format")
    parser.add_argument("--video-out", type=Path, metavar="F.mp4", help="write the video with the track drawn on it")
    parser.add_argument(
        "--overlay",
        type=_overlay,
        default=Overlay(),
        metavar="NAMES",
        help=f"what is drawn, of {','.join(OVERLAY_NAMES)} (default: box)",
    )
    add_backend(parser)
    parser.add_argument(
        "--deterministic", action="store_true", help="learn in line: slower, and two runs give the same bytes"
    )
    parser.add_argument("--seed", type=count, default=0, metavar="N", help="seed of the random numbers (default: 0)")
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Track and write; 0."""
    if args.end is not None and args.end < args.start:
        parser.error(f"--end {args.end} lies before --start {args.start}")
    outputs = _outputs(args)
    _check_outputs(outputs, args.source, parser)
    source = open_source(args.source)
    try:
        with open_backend(args.backend, args.threads) as backend:
            backend.warm_up()  # networks that cannot be loaded are better known now than at some frame
            tracker = MultiTracker(backend, TrackerConfig(deterministic=args.deterministic), args.seed)
            models = open_models().hashes()
            meta = TrackMeta(args.source, source.info, backend.info, models, args.seed)
            try:
                said = _track(args, source, tracker, outputs, meta)
            finally:
                tracker.close()
    finally:
        source.close()
    if not args.quiet:
        sys.stdout.write(said)
    return 0


def _overlay(names: str) -> Overlay:
    try:
        return parse_overlay(names)
    except FormatError as error:
        raise argparse.ArgumentTypeError(str(error).rstrip(".")) from error


def _outputs(args: argparse.Namespace) -> list[Output]:
    """The files that are asked for."""
    outputs = []
    if args.csv:
        outputs.append(Output(args.csv, "csv"))
    if args.out:
        guessed = "json" if args.out.suffix.lower() == ".json" else "csv"
        outputs.append(Output(args.out, args.format or guessed))
    elif args.format or not (args.csv or args.video_out):
        name = args.format or "csv"
        outputs.append(Output(Path(_stem(args.source) + _SUFFIXES.get(name, ".txt")), name))
    if args.video_out:
        outputs.append(Output(args.video_out, "video"))
    return outputs


def _stem(source: str) -> str:
    """A file name for what was tracked in this source."""
    camera = re.fullmatch(r"(?:/dev/video)?(\d+)", source)
    if camera:
        return f"camera-{camera.group(1)}"
    stem = Path(source.partition("://")[2] or source).stem
    return re.sub(r"[^\w.-]+", "_", stem).strip("._") or "track"


def _check_outputs(outputs: list[Output], source: str, parser: argparse.ArgumentParser) -> None:
    """Refuse to write over the source, or two files over each other."""
    seen = {Path(source).resolve()}
    for output in outputs:
        if output.path.resolve() in seen:
            parser.error(f"{output.path} would be written over: give every output a name of its own")
        seen.add(output.path.resolve())


def _track(
    args: argparse.Namespace, source: FrameSource, tracker: MultiTracker, outputs: list[Output], meta: TrackMeta
) -> str:
    """Track to the end, a Ctrl-C or an error of the source; a line on what was done.

    An error midway leaves what was tracked before in the files, and is raised then.
    """
    with StopOnInterrupt() as stop:
        results = _results(args, source, tracker)
        first = next(results)  # a box or source of no use ends it here, before any file is begun
        states: dict[int, Counter[str]] = {target.id: Counter() for target in first.targets}
        failure: AttnTrackError | None = None
        with ExitStack() as stack:
            writers: list[TrackWriter] = [
                stack.enter_context(open_writer(output.path, output.format, meta, args.overlay)) for output in outputs
            ]
            progress = stack.enter_context(Progress(_total(args, source), quiet=args.quiet))
            result: FrameResult | None = first
            while result is not None:
                for writer in writers:
                    writer.write(result)
                for target in result.targets:
                    states[target.id][target.state.value] += 1
                progress.step(_note(result))
                try:
                    result = None if stop.requested else next(results, None)
                except AttnTrackError as error:
                    failure, result = error, None
        written = ", ".join(str(output.path) for output in outputs)
        if failure is not None:
            reason = str(failure).rstrip(".")
            raise SourceError(f"{reason}; the {progress.done} frames tracked before are in {written}") from failure
        lines = [f"{'Stopped: ' if stop.requested else ''}{progress.done} frames, {progress.rate:.1f} frames/s"]
        if source.dropped:
            lines[0] += f", {source.dropped} dropped"
        for number, counter in states.items():
            lines.append(f"target {number}: " + ", ".join(f"{state} {times}" for state, times in counter.items()))
        return "\n".join([*lines, f"written: {written}"]) + "\n"


def _results(args: argparse.Namespace, source: FrameSource, tracker: MultiTracker) -> Iterator[FrameResult]:
    """The result of every frame from --start to --end."""
    if args.start:
        source.seek(args.start)
    frame = source.read()
    if frame is None:
        raise SourceError(f"{args.source} has no frame {args.start}.")
    boxes: dict[int, Box] = dict(enumerate(args.box, start=1))
    yield tracker.init(frame, boxes)
    while args.end is None or frame.index < args.end:
        frame = source.read()
        if frame is None:
            return
        yield replace(tracker.update(frame, coming=coming(source)), dropped=source.dropped)


def _total(args: argparse.Namespace, source: FrameSource) -> int | None:
    """How many frames there will be, as far as it is known."""
    known = source.info.frame_count
    last = args.end if known is None else min(known - 1, args.end if args.end is not None else known - 1)
    return None if last is None else max(last - args.start + 1, 1)


def _note(result: FrameResult) -> str:
    """What is worth knowing of the targets, in a few words."""
    lost = [str(target.id) for target in result.targets if target.box is None]
    return f"lost: {', '.join(lost)}" if lost else ""
