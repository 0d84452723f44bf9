"""A change to the track that can be taken back and made again: it keeps what it replaced, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.track_log import TrackLog
from engine.track_rows import Rows


@dataclass(slots=True)
class _Span:
    """Rows of a stretch of a target that are not in the log at the moment."""

    target: int
    start: int
    stop: int | None
    rows: Rows


@dataclass(slots=True, eq=False)
class Edit:
    """What one change replaced. Made empty by whoever asks for the change, filled and swapped by the worker thread.

    ``followed`` holds for targets whether they were carried on before the change.
    """

    followed: dict[int, bool] = field(default_factory=dict)
    _spans: list[_Span] = field(default_factory=list)

    @property
    def targets(self) -> tuple[int, ...]:
        """Ids of the targets it touches."""
        return tuple(sorted({*self.followed, *(span.target for span in self._spans)}))

    @property
    def held(self) -> int:
        """How many rows it holds."""
        return sum(len(span.rows) for span in self._spans)

    def put(self, log: TrackLog, target: int, start: int, stop: int | None, rows: Rows) -> None:
        """Replace rows of the log, see :meth:`engine.track_log.TrackLog.splice`, and keep what was there."""
        self._spans.append(_Span(target, start, stop, log.splice(target, start, stop, rows)))

    def swap(self, log: TrackLog) -> None:
        """Take the change back, or make it again: what is held and what is in the log change places."""
        self._spans.reverse()
        for span in self._spans:
            span.rows = log.splice(span.target, span.start, span.stop, span.rows)
