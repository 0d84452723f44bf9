"""What can run the networks on this computer, found out in a process of its own: `python -m app.backend_probe`.

Trying means to load libraries of several hundred megabytes, which would hold up the window and never leave it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

from engine.backends.flavour import load_flavour
from engine.backends.select import backend_report
from engine.errors import BackendError

PRECISIONS = ("fp16", "fp32")
COMPILED = "tensorrt"
"""The backend that comes in several precisions and is compiled beforehand."""
_PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Probe:
    """What this computer can use.

    ``why`` says by name and precision why a backend is of no use, empty where it is ready; ``targets`` are kinds of
    GPU that plans can be compiled for without having one, as ``sm86``.
    """

    why: dict[tuple[str, str], str]
    targets: tuple[str, ...]


def probe() -> Probe:
    """What is there, asked of another process; takes a second or two. Raises BackendError."""
    command = [sys.executable, "-m", "app.backend_probe"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_PATIENCE_S)
        found = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise BackendError("It could not be found out what this computer can use: run attntrack doctor.") from error
    return Probe({(name, precision): why for name, precision, why in found["why"]}, tuple(found["targets"]))


def main() -> int:
    """Write what is there to stdout as JSON; 0."""
    why = {("auto", PRECISIONS[0]): ""}
    for precision in PRECISIONS:
        for name, how in backend_report(precision=precision):
            ready = how in ("used", "ready") or how.startswith("only if asked for")
            why.setdefault((name, precision if name == COMPILED else PRECISIONS[0]), "" if ready else how)
    try:
        targets = load_flavour().targets
    except BackendError:
        targets = ()
    sys.stdout.write(json.dumps({"why": [[*key, text] for key, text in why.items()], "targets": targets}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
