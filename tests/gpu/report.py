"""What the GPU suite measured, as a page."""

import os
import platform
import time
from dataclasses import dataclass, field
from pathlib import Path

import engine
from engine.models import open_models


@dataclass
class Report:
    """Tables by title, in the order of their first row, and how each test ended."""

    header: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rows: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    machine: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)

    def add(self, title, **columns):
        """One more row of the table ``title``."""
        self.header.setdefault(title, tuple(name.replace("_", " ") for name in columns))
        self.rows.setdefault(title, []).append(tuple(str(value) for value in columns.values()))

    def describe(self, backend):
        """Note the machine and what ran on it."""
        device = backend._cuda.device
        self.machine = {
            "GPU": f"{device.name}, compute capability {device.capability[0]}.{device.capability[1]}, "
            f"{device.memory / 2**30:.0f} GiB, driver for CUDA {device.driver}",
            "TensorRT": backend.info.version,
            "precision": backend.info.precision,
            "host": f"{_processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
            "attntrack": engine.__version__,
            "models": ", ".join(f"{name} {digest[:8]}" for name, digest in open_models().hashes().items()),
        }

    def text(self, command, seconds):
        """The page."""
        failed = [name for name, outcome in self.outcomes.items() if outcome != "passed"]
        verdict = f"{len(failed)} of {len(self.outcomes)} checks failed" if failed else "All checks passed"
        lines = ["# Measured on a GPU", ""]
        lines += [
            f"Written by `{command}` on {time.strftime('%Y-%m-%d')}, in {seconds / 60:.1f} minutes. {verdict}.",
            "",
        ]
        lines += _table(("machine", ""), self.machine.items())
        for title, rows in self.rows.items():
            lines += [f"## {title}", "", *_table(self.header[title], rows)]
        lines += ["## Checks", "", *_table(("check", "outcome"), self.outcomes.items())]
        return "\n".join(lines)

    def write(self, path, command, seconds):
        """Replace the page at ``path``."""
        part = Path(f"{path}.part")
        part.write_text(self.text(command, seconds), encoding="utf-8")
        os.replace(part, path)


def _table(header, rows):
    lines = [f"| {' | '.join(header)} |", "|" + "---|" * len(header)]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]


def _processor():
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
