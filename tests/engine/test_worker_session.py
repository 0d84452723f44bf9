"""A worker that goes on with a piece of work: its tracks are there before the first picture."""

from dataclasses import replace

import pytest

from engine import events
from engine.session import Session, SessionHead, SourceRecord
from engine.testing import FakeSource, moving_box
from engine.track_log import TrackLog
from engine.types import Target, TrackState
from tests.engine.session_strategies import same_rows
from tests.engine.worker_rig import Rig


@pytest.fixture
def rig():
    rig = Rig()
    rig.worker.start()
    yield rig
    rig.worker.stop()
    rig.worker.join(20)


def session(frame=12):
    log = TrackLog()
    for index in range(20):
        targets = [Target(id, moving_box(index), 0.9, TrackState.TRACKED) for id in (1, 3) if id == 1 or index < 10]
        log.record(index, index / 30, targets)
    head = SessionHead(SourceRecord("fake", False, 320, 240, 30.0, 60), followed=frozenset({1}), frame=frame)
    return Session(head, {id: log.rows(id) for id in (1, 3)})


def test_tracks_are_there_with_the_first_picture_and_only_the_followed_go_on(rig):
    work = session()
    rig.worker.open(FakeSource(60), work)
    shown = rig.shows(12)
    assert [t.id for t in shown.targets] == [1] and len(rig.results) == 1, "no other frame before"
    assert all(same_rows(rig.worker.log.rows(id), rows) for id, rows in work.tracks.items())
    assert {(e.target, e.followed) for e in rig.of(events.TargetChanged)} == {(1, True), (3, False)}
    rig.wait_for(events.BackendReady)
    rig.worker.set_speed(None)
    rig.worker.play()
    rig.wait_for(events.Ended)
    assert rig.worker.log.last_frame(1) == 59 and rig.worker.log.last_frame(3) == 9
    assert rig.worker.claim_id() == 4


def test_a_video_that_became_shorter_is_shown_from_its_start(rig):
    rig.worker.open(FakeSource(60), session(frame=70))
    assert rig.shows(0).targets[0].id == 1


def test_ids_of_targets_without_rows_are_not_given_anew(rig):
    work = session()
    rig.worker.open(FakeSource(60), replace(work, head=replace(work.head, followed=frozenset({7}))))
    rig.shows(12)
    assert rig.worker.claim_id() == 8


def test_what_is_missing_is_tracked_up_to_a_frame_and_no_further(rig):
    work = session()
    rows = work.tracks[1]
    rig.worker.open(FakeSource(60), replace(work, tracks={1: rows[(rows["frame"] < 5) | (rows["frame"] > 12)]}))
    rig.wait_for(events.BackendReady)
    rig.worker.set_speed(None)
    rig.worker.catch_up(30)
    rig.wait(lambda: [e.playing for e in rig.of(events.PlayState)][-2:] == [True, False])
    assert rig.worker.log.rows(1)["frame"].tolist() == list(range(31))
    assert rig.shows(30).targets[0].id == 1
    rig.worker.catch_up(20)
    rig.wait(lambda: [e.playing for e in rig.of(events.PlayState)][-4:] == [True, False] * 2)
    assert rig.worker.log.last_frame(1) == 30, "there is nothing to do"
