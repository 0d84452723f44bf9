"""How much memory this process takes."""

from __future__ import annotations

import sys


def peak_rss_mb() -> float | None:
    """The most memory this process has had so far, in MB; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / (1 << 10)
