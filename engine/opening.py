"""Opens a source without making anybody wait: a camera or a server may take seconds to answer."""

from __future__ import annotations

import threading
from collections.abc import Callable

from engine.sources.base import FrameSource

Done = Callable[[FrameSource | None, Exception | None], None]
"""Takes the open source, or the error that prevented it."""


def open_aside(open_spec: Callable[[str], FrameSource], spec: str, done: Done) -> None:
    """Open ``spec`` on a thread of its own, which then calls ``done``."""

    def work() -> None:
        source: FrameSource | None = None
        error: Exception | None = None
        try:
            source = open_spec(spec)
        except Exception as caught:
            error = caught
        done(source, error)

    threading.Thread(target=work, name="attntrack-open", daemon=True).start()
