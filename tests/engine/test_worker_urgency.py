"""The worker is never busy with something that nobody waits for any more."""

import threading

import pytest

from engine import events
from engine.errors import BackendError, Cancelled
from engine.hurry import NOW, SOON
from engine.testing import FakeSource, FakeTracker, moving_box
from tests.engine.worker_rig import PATIENCE_S, Rig


class SlowTracker(FakeTracker):
    """Starting a target takes for ever, unless something urgent comes up or the gate is open."""

    def __init__(self):
        super().__init__(lambda target, index: moving_box(index))
        self.gate = threading.Event()
        self.starting = threading.Event()
        self.given_up = []

    def init(self, frame, boxes, manual=False, **more):
        self.starting.set()
        while not self.gate.wait(0.002):
            if self.pressed():
                self.starting.clear()
                self.given_up.append(self.pressed())
                raise Cancelled("something more urgent came up")
        return super().init(frame, boxes, manual, **more)


@pytest.fixture
def slow():
    """A worker whose tracker takes its time, with a video open."""
    rig = Rig(lambda: rig.trackers.append(SlowTracker()) or rig.trackers[-1])
    rig.worker.start()
    rig.worker.open(FakeSource(200))
    rig.shows(0)
    rig.wait_for(events.BackendReady)
    rig.tracker = rig.trackers[0]
    yield rig
    rig.tracker.gate.set()
    rig.worker.stop()
    rig.worker.join(PATIENCE_S)
    assert not rig.worker.is_alive()


def start(rig, frame=0):
    rig.worker.init_target(moving_box(frame), frame)
    assert rig.tracker.starting.wait(PATIENCE_S)


def test_a_seek_does_not_wait_for_a_target_that_starts_and_the_target_is_not_forgotten(slow):
    start(slow)
    generation = slow.worker.seek(50)
    assert slow.shows(50).generation >= generation
    assert slow.tracker.given_up[0] == SOON and slow.of(events.TargetStarted) == []
    slow.tracker.gate.set()
    assert slow.wait_for(events.TargetStarted).frame_index == 0
    slow.wait(lambda: len(slow.worker.log.rows(1)) == 1)
    slow.wait(lambda: len(slow.results) >= 3)
    # the user stays where he went, and was not shown the other frame meanwhile
    assert [result.frame.index for result in slow.results] == [0, 50, 50]
    slow.worker.step(1)
    slow.shows(51)


def test_a_seek_that_overtakes_steps_stays_where_it_went_and_does_not_play(slow):
    start(slow)
    slow.worker.play()
    slow.worker.step(1)
    slow.worker.step(-10)
    generation = slow.worker.seek(50)
    assert slow.shows(50).generation >= generation
    slow.tracker.gate.set()
    slow.wait_for(events.TargetStarted)
    slow.worker.change(lambda editor: None)
    slow.wait(lambda: len(slow.results) >= 4)
    assert [result.frame.index for result in slow.results] == [0, 50, 50, 50]
    assert [event.playing for event in slow.of(events.PlayState)] in ([], [True, False])


def test_of_many_seeks_meanwhile_the_last_one_counts(slow):
    start(slow)
    for index in (10, 20, 30, 40):
        slow.worker.seek(index)
    slow.shows(40)
    slow.tracker.gate.set()
    slow.wait_for(events.TargetStarted)
    slow.worker.seek(40)
    assert slow.shows(40).targets == ()
    assert slow.of(events.Failed) == []


def test_a_pause_does_not_wait_and_takes_back_the_play_before_it(slow):
    start(slow)
    slow.worker.play()
    slow.worker.pause()
    slow.wait(lambda: slow.tracker.given_up == [SOON])
    slow.tracker.gate.set()
    slow.wait_for(events.TargetStarted)
    slow.worker.seek(3)
    slow.shows(3)
    assert slow.of(events.PlayState) == []


def test_another_source_does_not_wait_and_the_target_is_gone(slow):
    start(slow)
    slow.worker.open(FakeSource(30))
    slow.wait_for(events.Opened, 2)
    slow.wait(lambda: slow.tracker.given_up == [NOW])
    slow.tracker.gate.set()
    slow.worker.seek(7)
    slow.shows(7)
    assert slow.of(events.TargetStarted) == [] and slow.worker.log.targets == ()


@pytest.mark.parametrize("ending", ["close_source", "stop"])
def test_closing_and_stopping_do_not_wait(slow, ending):
    start(slow)
    if ending == "stop":
        slow.worker.stop()
        slow.worker.join(PATIENCE_S)
        assert not slow.worker.is_alive()
    else:
        slow.worker.close_source()
        slow.wait_for(events.Closed)
    assert slow.tracker.given_up == [NOW] and slow.of(events.Failed) == []


def test_many_steps_forward_stop_half_way_for_a_seek():
    first, go_on = threading.Event(), threading.Event()

    class Gated(FakeTracker):
        def update(self, frame, only=None, coming=None):
            first.set()
            assert go_on.wait(PATIENCE_S)
            return super().update(frame, only, coming)

    rig = Rig(lambda: Gated(lambda target, index: moving_box(index)))
    rig.worker.start()
    rig.worker.open(FakeSource(200))
    rig.worker.init_target(moving_box(0), 0)
    rig.worker.step(100)
    assert first.wait(PATIENCE_S)
    rig.worker.seek(150)
    go_on.set()
    rig.shows(150)
    assert len(rig.worker.log.rows(1)) == 2  # the frame that was being tracked
    rig.worker.stop()
    rig.worker.join(PATIENCE_S)


# networks on their way


@pytest.fixture
def loading():
    """A worker whose first networks are being loaded until the gate opens."""
    gate, began = threading.Event(), threading.Event()

    def make():
        began.set()
        assert gate.wait(PATIENCE_S)
        return rig.make()

    rig = Rig(make)
    rig.gate = gate
    rig.worker.start()
    assert began.wait(PATIENCE_S)
    yield rig
    gate.set()
    rig.worker.stop()
    rig.worker.join(PATIENCE_S)


def test_nothing_but_tracking_waits_for_the_networks(loading):
    loading.worker.open(FakeSource(200))
    loading.shows(0)
    loading.worker.seek(20)
    loading.shows(20)
    loading.worker.init_target(moving_box(20), 20)
    loading.worker.step(2)
    loading.worker.seek(5)
    loading.shows(5)
    assert loading.of(events.TargetStarted) == []
    loading.gate.set()
    assert loading.wait_for(events.TargetStarted).frame_index == 20
    loading.wait(lambda: len(loading.results) >= 4)
    # the steps came before the seek: they do not lead on from where the user went afterwards
    assert [result.frame.index for result in loading.results] == [0, 20, 5, 5]


def test_stopping_while_networks_are_loaded_closes_them_when_they_come(loading):
    stopper = threading.Thread(target=lambda: (loading.worker.stop(), loading.gate.set()))
    stopper.start()
    loading.worker.join(PATIENCE_S)
    stopper.join(PATIENCE_S)
    assert not loading.worker.is_alive()
    loading.wait(lambda: True)
    assert [t.name for t in threading.enumerate() if t.name == "attntrack-load"] == []
    assert loading.trackers[0].closed and loading.trackers[0].backend.closed


def test_the_networks_in_use_stay_until_others_are_there(rig):
    gate = threading.Event()
    rig.worker.open(FakeSource(200))
    rig.worker.init_target(moving_box(0), 0)
    rig.wait_for(events.TargetStarted)

    def make():
        assert gate.wait(PATIENCE_S)
        return rig.make()

    rig.worker.set_backend(make)
    rig.worker.step(3)
    rig.shows(3)
    assert not rig.trackers[0].closed and rig.trackers[0].updates
    gate.set()
    rig.wait_for(events.BackendReady, 2)
    rig.wait(lambda: rig.trackers[0].closed and rig.trackers[0].backend.closed)
    rig.worker.step(2)
    rig.shows(5)
    assert [frame for frame, _ in rig.trackers[1].updates] == [4, 5]


def test_networks_that_cannot_be_loaded_leave_those_in_use(rig):
    def broken():
        raise BackendError("no GPU is there; use --backend onnxruntime")

    rig.worker.open(FakeSource(200))
    rig.worker.init_target(moving_box(0), 0)
    rig.wait_for(events.TargetStarted)
    rig.worker.set_backend(broken)
    assert "no GPU" in rig.wait_for(events.BackendFailed).message
    rig.worker.step(3)
    assert len(rig.shows(3).targets) == 1 and not rig.trackers[0].closed


def test_networks_that_were_asked_for_and_then_others_are_closed(rig):
    gate, made = threading.Event(), []

    def slow_one():
        assert gate.wait(PATIENCE_S)
        made.append(FakeTracker())
        return made[0]

    rig.wait_for(events.BackendReady)
    rig.worker.set_backend(slow_one)
    rig.worker.set_backend(rig.make)
    rig.wait_for(events.BackendReady, 2)
    gate.set()
    for thread in threading.enumerate():
        if thread.name == "attntrack-load":
            thread.join(PATIENCE_S)
    assert all(tracker.closed and tracker.backend.closed for tracker in made)
    assert len(rig.of(events.BackendReady)) == 2 and not rig.trackers[-1].closed
