"""What is known of the session: the source, what is shown, who is followed. The window reads it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.in_out import InOut
from app.meters import Meters
from app.overlays import Scene
from app.scale import Scale
from app.target_book import TargetBook
from app.tracks import Tracks
from engine.backends.base import BackendInfo
from engine.formats import TrackMeta
from engine.models import open_models
from engine.session import Session, SessionHead, SourceRecord
from engine.sources.base import SourceInfo
from engine.track_log import TrackLog
from engine.types import Box, FrameResult, Target, TrackState

SEED = 0
TRAIL_FRAMES = 90
LIVE_WINDOW_FRAMES = 900


@dataclass(frozen=True, slots=True)
class Opening:
    """A source on its way: what to do once it is there; ``gone``: dark pictures stand in for those of the session."""

    spec: str
    boxes: tuple[Box, ...] = ()
    play: bool = False
    session: Session | None = None
    gone: bool = False


class SessionState(QObject):
    """Values and what follows from them; signals say which kind of them changed. Only the controller writes."""

    source_changed = Signal()
    begun = Signal()  # the first picture of a source is there
    shown = Signal()
    playing_changed = Signal()
    targets_changed = Signal()
    tracks_changed = Signal()
    backend_changed = Signal()
    recording_changed = Signal()
    moving = Signal()  # another frame or target is wanted
    failed = Signal(str, str)  # message, details
    noticed = Signal(str)

    def __init__(self, log: TrackLog, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.log = log
        self.book = TargetBook(self)
        self.tracks = Tracks(log, self.book.color_number)
        self.meters = Meters()
        self.in_out = InOut(self)
        self.scale = Scale(self)
        self.info: SourceInfo | None = None
        self.asked = Opening("")  # the newest source that was asked for
        self.opening: Opening | None = None  # on its way, not yet there
        self.source = ""  # what the open source was opened by
        self.backend: BackendInfo | None = None
        self.backend_error = ""  # why the last ones that were asked for could not be loaded
        self.backend_notes: tuple[str, ...] = ()  # how each graph came to run
        self.playing = False
        self.speed = 1.0
        self.result: FrameResult | None = None
        self.plot = ""  # which plot is seen
        self.selected: int | None = None
        self.active: list[int] = []
        self.signal_lost = False
        self.reconnects = 0  # attempts since the signal was lost
        self.recording = ""  # the file being recorded

    @property
    def frame(self) -> int:
        """The frame shown, 0 before the first."""
        return self.result.frame.index if self.result else 0

    @property
    def live(self) -> bool:
        """Whether the source is live."""
        return self.info is not None and self.info.live

    @property
    def seekable(self) -> bool:
        """Whether one can go to any frame."""
        return self.info is not None and not self.info.live

    @property
    def frame_range(self) -> tuple[int, int]:
        """The frames that timeline and plot stand for."""
        if self.info is not None and self.info.frame_count:
            return 0, max(self.info.frame_count - 1, self.frame)
        last = max(self.frame, LIVE_WINDOW_FRAMES - 1)
        return last - LIVE_WINDOW_FRAMES + 1, last

    @property
    def target(self) -> Target | None:
        """The selected target on the frame shown, if it has a row there."""
        if self.result is None:
            return None
        return next((t for t in self.result.targets if t.id == self.selected), None)

    @property
    def tracked_further(self) -> bool:
        """Whether any target has been tracked beyond the frame it was drawn on."""
        return any(len(self.tracks.rows(target)) > 1 for target in self.tracks.targets)

    @property
    def lost(self) -> tuple[int, ...]:
        """Targets that are lost on the frame shown."""
        targets = self.result.targets if self.result else ()
        return tuple(t.id for t in targets if t.state is TrackState.LOST and t.id in self.active)

    def scene(self) -> Scene:
        """What there is to draw on the frame shown."""
        if self.result is None:
            return Scene()
        r = self.result
        targets = tuple(t for t in r.targets if not self.book.hidden(t.id))
        ids = [t for t in self.tracks.targets if not self.book.hidden(t)]
        trails = {t: self.tracks.trail(t, r.frame.index, TRAIL_FRAMES) for t in ids}
        names = {t: self.book.label(t) for t in ids}
        colors = {t: self.book.color_number(t) for t in ids}
        far = r.why.decision.far if r.why is not None and r.why.decision is not None else None
        measure = self.scale.calibration
        if self.selected is not None and self.book.hidden(self.selected):
            return Scene(targets, trails=trails, names=names, colors=colors, calibration=measure)
        seen = targets, r.attention, r.regions, r.proposals, trails, names, colors
        return Scene(*seen, self.selected, far, measure)

    @property
    def pictures(self) -> bool:
        """Whether the open source has its pictures, and not dark ones that stand in for them."""
        return self.info is not None and not self.asked.gone

    def untracked(self, first: int | None = None, last: int | None = None) -> int:
        """On how many of these frames a target is not tracked again yet since a correction, and could be."""
        if not self.seekable or not self.pictures:
            return 0
        return self.tracks.untracked(self.active, first or 0, self.tracks.reach if last is None else last)

    def head(self, project: str = "") -> SessionHead:
        """Everything of this piece of work but its rows, to be saved; ``project`` is the file it belongs to."""
        assert self.info is not None, "there is a source when there is work"
        source, followed = SourceRecord.of(self.source, self.info), frozenset(self.active)
        if self.asked.gone and self.asked.session is not None:
            source, followed = self.asked.session.head.source, self.asked.session.head.followed
        targets = self.book.infos(sorted({*self.log.targets, *self.active}))
        shown = self.frame, self.selected, self.in_out.first, self.in_out.last
        return SessionHead(source, targets, followed, *shown, self.scale.calibration, self.plot, project)

    def take(self, head: SessionHead) -> None:
        """Be as this piece of work was when it was saved."""
        self.book.put(head.targets)
        self.in_out.set(head.in_frame, head.out_frame)
        self.scale.set(head.calibration)
        self.plot = head.plot or self.plot

    def meta(self) -> TrackMeta:
        """What a track file says of where its track comes from."""
        assert self.info is not None, "there is a source when there is a track"
        models = open_models().hashes() if self.backend is not None else {}
        dropped = self.result.dropped if self.result else 0
        scale = self.scale.calibration
        return TrackMeta(
            self.source, self.info, self.backend, models, SEED, scale, dropped, self.book.infos(self.tracks.targets)
        )
