"""How much memory this process takes."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def peak_rss_mb() -> float | None:
    """The most memory this process has had so far, in MB; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / (1 << 10)


def rss_mb() -> float | None:
    """The memory this process has now, in MB; None where the system does not tell (only Linux does)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def age_s() -> float | None:
    """Seconds since this process was started; None where the system does not tell (only Linux does)."""
    try:
        after_name = Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
        started = int(after_name.split()[19]) / os.sysconf("SC_CLK_TCK")
        return float(Path("/proc/uptime").read_text(encoding="ascii").split()[0]) - started
    except (OSError, IndexError, ValueError):
        return None
