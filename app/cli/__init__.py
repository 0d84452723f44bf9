"""The command line. A verb a file; only the verb that is asked for is loaded, so that `attntrack --help` is quick."""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import NoReturn

import engine
from engine.errors import AttnTrackError

VERBS = {
    "track": "follow a target through a video or camera and write its track",
    "evaluate": "score the tracker, and others beside it, on annotated clips",
    "benchmark": "measure speed and memory on this machine",
    "build": "compile the networks for a GPU with TensorRT (needs the extra [gpu])",
    "doctor": "say what this machine has, what is used and why",
    "train": "train the networks (needs the extra [train])",
    "data": "check, pack or synthesise training data (needs the extra [train])",
}
PASSED_ON = ("train", "data")
"""Verbs whose arguments `training` reads itself."""
DONE, FAILED, WRONG_USAGE = 0, 1, 2


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the usage and leave with status 2."""
        self.exit(WRONG_USAGE, f"attntrack: {message} (see {self.prog} --help)\n")


def main(argv: list[str] | None = None) -> int:
    """Run one verb; 0 done, 1 failed with one line on stderr, 2 wrong usage."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _dispatch(arguments)
    except SystemExit as leaving:  # argparse leaves this way
        return leaving.code if isinstance(leaving.code, int) else DONE
    except AttnTrackError as error:
        return fail(str(error))
    except BrokenPipeError:  # the reader of our output, head say, has had enough
        sys.stdout = None
        return DONE
    except KeyboardInterrupt:
        return fail("stopped before it was done")


def fail(message: str) -> int:
    """Say on one line of stderr what went wrong; the exit status for it."""
    sys.stderr.write(f"attntrack: {' '.join(message.split())}\n")
    return FAILED


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0].startswith("-"):
        parser = _top_parser()
        parser.parse_args(arguments)  # leaves on --help, --version and unknown options
        sys.stderr.write(parser.format_help())
        return WRONG_USAGE
    verb, rest = arguments[0], arguments[1:]
    if verb not in VERBS:
        _top_parser().error(f"there is no verb {verb!r}: choose one of {', '.join(VERBS)}")
    if verb in PASSED_ON:
        from app.cli.training_verb import run_training

        return run_training(verb, rest)
    module = importlib.import_module(f"app.cli.{verb}")
    parser = Parser(prog=f"attntrack {verb}", description=module.__doc__, allow_abbrev=False)
    module.add_arguments(parser)
    status = module.run(parser.parse_args(_joined(rest)), parser)
    assert isinstance(status, int), f"{verb} returned no exit status"
    return status


def _top_parser() -> Parser:
    listing = "\n".join(f"  {verb:<11}{what}" for verb, what in VERBS.items())
    parser = Parser(
        prog="attntrack",
        usage="attntrack VERB ...",
        description="Follows anything through a video or a live camera, and shows why it believes what it believes.",
        epilog=f"verbs:\n{listing}\n\nattntrack VERB --help tells more. The window is attntrack-gui.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"attntrack {engine.__version__}")
    return parser


def _joined(arguments: list[str]) -> list[str]:
    """The arguments with ``--box -5,1,2,3`` as ``--box=-5,1,2,3``, which argparse would take for an option."""
    out: list[str] = []
    for argument in arguments:
        if out and out[-1] == "--box" and argument[:1] == "-" and argument[1:2] in tuple("0123456789."):
            out[-1] = f"--box={argument}"
        else:
            out.append(argument)
    return out
