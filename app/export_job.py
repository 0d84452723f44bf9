"""Writing a track or an annotated video beside the program's work: progress, cancel, and one word at the end."""

from __future__ import annotations

import shlex
import threading
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from engine.errors import AttnTrackError, Cancelled, FormatError
from engine.formats import TrackMeta, TrackWriter, open_writer
from engine.formats.crops import CropPlan, CropWriter
from engine.formats.measures import Measures
from engine.render import OVERLAY_NAMES, Overlay
from engine.sources import open_source
from engine.track_log import LogFrame, TrackLog
from engine.types import Float64Array, FrameResult, TrackState

ENDINGS = {"csv": ".csv", "mot": ".txt", "otb": ".txt", "vot": ".txt", "json": ".json", "video": ".mp4", "crop": ".mp4"}
_PICTURES = ("video", "crop")
_NEWS_EVERY = 32


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What to write.

    Attributes:
        path: Where to.
        format: One of ``engine.formats.FORMATS``, video or crop.
        meta: Where the track comes from.
        overlay: What is drawn, for a video.
        first: First frame that is written, None for the track's first.
        last: Last frame that is written, None for the track's last.
        measured: Whether a CSV has the measured columns too.
        crop: What is cut out, for a crop.
    """

    path: Path
    format: str
    meta: TrackMeta
    overlay: Overlay = field(default_factory=Overlay)
    first: int | None = None
    last: int | None = None
    measured: bool = False
    crop: CropPlan | None = None

    def span(self, log: TrackLog) -> tuple[int, int] | None:
        """First and last frame of the log that are written, None if there are none."""
        if log.span is None:
            return None
        first = max(log.span[0], log.span[0] if self.first is None else self.first)
        last = min(log.span[1], log.span[1] if self.last is None else self.last)
        return (first, last) if first <= last else None


class ExportJob(QObject):
    """Runs one export on its own thread. ``done`` carries an error message and details, empty for success."""

    progress = Signal(int, int)
    done = Signal(str, str)
    _ended = Signal()

    def __init__(self, plan: ExportPlan, log: TrackLog, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.plan = plan
        self.cancelled = False
        self._cancel = threading.Event()
        self._error = ("", "")
        span = plan.span(log)
        self._total = span[1] - span[0] + 1 if span else 0
        # copies, made before the thread starts: what is tracked meanwhile is not part of it
        self._log = _part(log, span)
        self._frames = self._log.frames()
        self._ended.connect(self._report, Qt.ConnectionType.QueuedConnection)
        # the thread holds plain values and emitters, never a widget
        self._thread = threading.Thread(target=self._run, name="attntrack-export", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """Stop soon; no file is left behind."""
        self._cancel.set()

    def wait(self) -> None:
        """Block until the thread has ended, for closing the program."""
        self._cancel.set()
        if self._thread.is_alive():
            self._thread.join()

    def _report(self) -> None:
        self._thread.join()
        self.done.emit(*self._error)

    def _run(self) -> None:
        try:
            self._write()
        except Cancelled:
            self.cancelled = True
        except AttnTrackError as error:
            self._error = (str(error), traceback.format_exc())
        except Exception as error:
            self._error = (f"The export failed ({error}): try another folder or format.", traceback.format_exc())
        self._ended.emit()

    def _write(self) -> None:
        plan = self.plan
        if not self._total:
            raise FormatError("There is no track between the in and the out point: move them, or clear them.")
        results: Iterator[LogFrame | FrameResult] = self._pictures() if plan.format in _PICTURES else self._frames
        with self._writer() as writer:
            for done, result in enumerate(results, start=1):
                if self._cancel.is_set():
                    raise Cancelled("The export was cancelled.")
                writer.write(result)
                if done % _NEWS_EVERY == 0:
                    self.progress.emit(done, self._total)

    def _writer(self) -> TrackWriter:
        plan = self.plan
        if plan.crop is not None:
            return CropWriter(plan.path, plan.meta.info.fps, plan.crop, self._log.rows(plan.crop.target))
        measures = Measures(self._log, plan.meta.calibration) if plan.measured else None
        return open_writer(plan.path, plan.format, plan.meta, plan.overlay, measures)

    def _pictures(self) -> Iterator[FrameResult]:
        """The frames of the source with their rows, from the first row to the last."""
        source = open_source(self.plan.meta.source)
        try:
            first = True
            for row in self._frames:
                if first:
                    source.seek(row.index)
                    first = False
                frame = source.read()
                while frame is not None and frame.index < row.index:
                    yield FrameResult(frame, ())
                    frame = source.read()
                if frame is None:
                    return
                yield FrameResult(frame, tuple(t for t in row.targets if t.state is not TrackState.ABSENT))
        finally:
            source.close()


def _part(log: TrackLog, span: tuple[int, int] | None) -> TrackLog:
    """A copy of the rows of these frames."""
    made = TrackLog()
    if span is not None:
        for target in log.targets:
            made.splice(target, 0, None, log.rows(target, span[0], span[1] + 1))
    return made


def command_line(plan: ExportPlan, log: TrackLog) -> str:
    """The command that tracks the same from the same first boxes and writes the same file; empty if there is none."""
    span = plan.span(log)
    if plan.crop is not None or plan.measured or span is None or (log.span is not None and span[0] > log.span[0]):
        return ""
    words = ["attntrack", "track", plan.meta.source]
    starts: list[tuple[int, Float64Array]] = []
    for target in log.targets:
        rows = log.rows(target)
        if len(rows):
            starts.append((int(rows["frame"][0]), rows["box"][0]))
    for _, box in starts:
        words += ["--box", ",".join(f"{v:.2f}".rstrip("0").rstrip(".") for v in box)]
    first = min((frame for frame, _ in starts), default=0)
    if first:
        words += ["--start", str(first)]
    if not plan.meta.info.live:
        words += ["--end", str(span[1])]
    if plan.format == "video":
        names = [name for name in OVERLAY_NAMES if getattr(plan.overlay, name)]
        words += ["--video-out", str(plan.path), "--overlay", ",".join(names)]
    elif plan.format == "csv":
        words += ["--csv", str(plan.path)]
    else:
        words += ["--format", plan.format, "--out", str(plan.path)]
    return shlex.join(words)
