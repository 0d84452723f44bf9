"""Compile the networks for a GPU with TensorRT and keep the plans, so that tracking starts at once."""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING

from app.cli.interrupt import StopOnInterrupt

if TYPE_CHECKING:
    from engine.backends.flavour import Flavour
    from engine.backends.plans import Made
    from engine.backends.tensorrt import GraphReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("--backend", choices=("tensorrt",), default="tensorrt", help="what to compile for")
    parser.add_argument("--precision", choices=("fp16", "fp32"), default="fp16", help="default: fp16")
    parser.add_argument(
        "--target",
        type=target,
        action="append",
        metavar="smNN",
        help="compile for GPUs of this compute capability, sm86 say, instead of the one here; needs tensorrt-rtx, "
        "but no GPU; may be given more than once",
    )
    parser.add_argument(
        "--progress",
        choices=("auto", "lines"),
        default="auto",
        help="lines: write each step to stderr as a line of its own, share and name, for other programs to read",
    )
    parser.add_argument("--again", action="store_true", help="compile also what is compiled already")


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Compile; a line a graph on stdout, how far it is on a terminal."""
    from engine.backends.flavour import load_flavour

    flavour = load_flavour()
    with StopOnInterrupt() as stop:
        line = _Line(lines=args.progress == "lines")
        try:
            if args.target:
                _for_targets(args, flavour, line, stop)
            else:
                _for_this_gpu(args, flavour, line, stop)
        finally:
            line.show("")
    return 0


def target(text: str) -> str:
    """A compute capability as ``sm86``, from that or from ``8.6``."""
    found = re.fullmatch(r"(?:sm_?)?(\d{1,2})\.?(\d)", text.strip().lower())
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not a compute capability: write sm86 or 8.6, for example")
    return f"sm{found[1]}{found[2]}"


def _for_this_gpu(args: argparse.Namespace, flavour: Flavour, line: _Line, stop: StopOnInterrupt) -> None:
    from engine.backends.cuda import open_cuda
    from engine.backends.tensorrt import TensorRtBackend
    from engine.errors import BackendError
    from engine.models import open_models

    try:
        cuda = open_cuda()
    except BackendError as error:
        hint = f", or compile for another machine with --target {flavour.targets[-1]}" if flavour.targets else ""
        raise BackendError(f"{error}{hint}") from error
    with TensorRtBackend(
        open_models(),
        args.precision,
        flavour=flavour,
        cuda=cuda,
        again=args.again,
        progress=line.progress,
        cancelled=lambda: stop.requested,
    ) as backend:
        line.show("")
        sys.stdout.write(f"{backend.info.device}, {backend.info.version}\n")
        for report in backend.reports:
            sys.stdout.write(f"{_checked(report)}\n")


def _for_targets(args: argparse.Namespace, flavour: Flavour, line: _Line, stop: StopOnInterrupt) -> None:
    from engine.backends.plans import PlanMaker, compile_for
    from engine.models import open_models

    models = open_models()
    makers = [
        PlanMaker(models, flavour, name, progress=line.progress, cancelled=lambda: stop.requested)
        for name in dict.fromkeys(args.target)
    ]

    def done(made: Made) -> None:
        line.show("")
        key = made.key
        took = f"{made.origin} in {made.notes['seconds']:.1f} s" if made.origin != "cached" else "cached"
        note = "" if key.precision == args.precision else "  (has no float16 variant)"
        size = len(made.plan) / 1e6
        sys.stdout.write(f"{key.graph:<14} {key.precision} {key.capability:<6} {size:5.1f} MB  {took}{note}\n")

    compile_for(makers, args.precision, args.again, done)
    sys.stdout.write(
        f"The plans of {flavour.name} {flavour.version} are in {makers[0].cache.folder}; they are checked against "
        "ONNX Runtime when they are first loaded.\n"
    )


def _checked(report: GraphReport) -> str:
    took = "cached" if report.origin == "cached" else f"{report.origin} in {report.seconds:.1f} s"
    note = f"  ({report.note})" if report.note else ""
    size = report.nbytes / 1e6
    return f"{report.graph:<14} {report.precision} {size:5.1f} MB  {took}, differs by {report.parity}{note}"


class _Line:
    """One line on a terminal that is written over; nothing where there is no terminal, or a line for each step."""

    def __init__(self, lines: bool = False) -> None:
        self._shown, self._lines = sys.stderr.isatty() and not lines, lines
        self._text = ""

    def progress(self, share: float, what: str) -> None:
        """Show how far the work is."""
        if self._lines:
            sys.stderr.write(f"{share:.4f} {what}\n")
            sys.stderr.flush()
        self.show(f"{share:4.0%}  {what}"[:78])

    def show(self, text: str) -> None:
        """Write over what is shown."""
        if self._shown and text != self._text:
            sys.stderr.write(f"\r{text.ljust(len(self._text))}" + ("" if text else "\r"))
            sys.stderr.flush()
            self._text = text
