"""The figures of each track as a small CSV: one row a target, units in the names of the columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.calibration import Calibration
from engine.formats.base import PartFile
from engine.formats.measures import short
from engine.motion import Summary


def summary_columns(calibration: Calibration) -> tuple[str, ...]:
    """The names of the columns."""
    unit = calibration.unit
    return (
        "target",
        "rows",
        "first_frame",
        "last_frame",
        "visible_s",
        "lost_%",
        f"path_{unit}",
        f"net_{unit}",
        f"mean_speed_{unit}_s",
        f"max_speed_{unit}_s",
        "confidence",
    )


def summary_cells(figures: Summary, digits: int = 6) -> tuple[str, ...]:
    """The values of one row as text, empty where nothing is known."""
    counts = (figures.target, figures.rows, figures.first_frame, figures.last_frame)
    lengths = (figures.path, figures.net, figures.mean_speed, figures.max_speed, figures.confidence)
    return (
        *(str(count) for count in counts),
        f"{figures.visible_s:.3f}",
        f"{100 * figures.lost:.1f}",
        *(short(value, digits) for value in lengths),
    )


def summary_text(summaries: Sequence[Summary], calibration: Calibration) -> str:
    """The whole table as CSV."""
    lines = [summary_columns(calibration), *(summary_cells(figures) for figures in summaries)]
    return "".join(",".join(line) + "\n" for line in lines)


def write_summary(path: Path, summaries: Sequence[Summary], calibration: Calibration) -> None:
    """Write the table under this name. Raises FormatError if it cannot be written."""
    part = PartFile(path)
    try:
        part.write(summary_text(summaries, calibration))
        part.finish()
        part.rename()
    except BaseException:
        part.discard()
        raise
