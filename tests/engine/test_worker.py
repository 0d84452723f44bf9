import threading

import pytest

from engine import events
from engine.errors import BackendError, SourceError
from engine.formats import TrackMeta, open_writer, read_track
from engine.testing import FakeSource, FakeTracker, moving_box, write_clip
from engine.types import Box
from engine.worker import Worker

PATIENCE_S = 20


class Rig:
    """A running worker with everything it told, and ways to wait for it."""

    def __init__(self, make_tracker=None, **more):
        self.trackers = []
        self.told = []
        self.results = []
        self.changed = threading.Condition()
        self.worker = Worker(make_tracker or self.make, self.on_frame, self.on_event, **more)

    def make(self):
        self.trackers.append(FakeTracker(lambda target, index: moving_box(index), lost={1: [range(20, 25)]}))
        return self.trackers[-1]

    def on_frame(self):
        with self.changed:
            result = self.worker.mailbox.take()
            if result is not None:
                self.results.append(result)
            self.changed.notify_all()

    def on_event(self, event):
        with self.changed:
            self.told.append(event)
            self.changed.notify_all()

    def wait(self, condition):
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE_S), f"never came; told: {self.told}"

    def wait_for(self, kind, count=1):
        self.wait(lambda: len(self.of(kind)) >= count)
        return self.of(kind)[count - 1]

    def of(self, kind):
        return [event for event in self.told if isinstance(event, kind)]

    def shows(self, index):
        self.wait(lambda: self.results and self.results[-1].frame.index == index)
        return self.results[-1]


class WatchedSource(FakeSource):
    """A source whose closing can be waited for."""

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.gone = threading.Event()

    def close(self):
        super().close()
        self.gone.set()


@pytest.fixture
def rig():
    made = Rig()
    made.worker.start()
    yield made
    made.worker.stop()
    made.worker.join(PATIENCE_S)
    assert not made.worker.is_alive()


def test_open_box_play_to_the_end(rig, tmp_path):
    truth = write_clip(tmp_path / "clip.mp4", 40)
    rig.worker.open(str(tmp_path / "clip.mp4"))
    rig.worker.set_speed(None)
    assert rig.worker.init_target(truth[0], 0) == 1
    rig.worker.play()
    assert rig.wait_for(events.Ended).frame_index == 39
    assert rig.worker.log.rows(1)["frame"].tolist() == list(range(40))
    assert rig.of(events.Opened)[0].info.frame_count == 40
    assert [e.frame_index for e in rig.of(events.TargetLost)] == [20]
    assert [e.frame_index for e in rig.of(events.TargetReacquired)] == [25]
    assert [e.playing for e in rig.of(events.PlayState)] == [True, False]
    assert rig.of(events.Failed) == []


def test_the_first_frame_is_shown_before_the_networks_are_there():
    loading = threading.Event()

    def slow():
        loading.wait(PATIENCE_S)
        return FakeTracker()

    rig = Rig(slow)
    rig.worker.open(FakeSource())
    rig.worker.start()
    rig.shows(0)
    assert rig.of(events.BackendReady) == []
    loading.set()
    assert rig.wait_for(events.BackendReady).info.name == "fake"
    rig.worker.stop()
    rig.worker.join(PATIENCE_S)


def test_networks_that_do_not_load_leave_showing_intact():
    def broken():
        raise BackendError("The models are missing: install again.")

    rig = Rig(broken)
    rig.worker.start()
    rig.worker.open(FakeSource())
    assert rig.wait_for(events.BackendFailed).message == "The models are missing: install again."
    rig.worker.seek(7)
    rig.shows(7)
    rig.worker.init_target(Box(10, 10, 30, 30), 7)
    assert "not loaded" in rig.wait_for(events.Failed).message
    rig.worker.set_backend(FakeTracker)
    rig.worker.init_target(Box(10, 10, 30, 30), 7)
    rig.wait_for(events.TargetStarted)
    rig.worker.stop()
    rig.worker.join(PATIENCE_S)


def test_commands_given_while_a_source_opens_wait_for_it(rig):
    gate = threading.Event()
    rig.worker._open_spec = lambda spec: (gate.wait(PATIENCE_S), FakeSource(30))[1]
    rig.worker.open("slow")
    rig.worker.init_target(moving_box(0), 0)
    rig.worker.seek(5)
    gate.set()
    rig.shows(5)
    assert [type(e) for e in rig.told if not isinstance(e, events.BackendReady)][:2] == [
        events.Opened,
        events.TargetStarted,
    ]


def test_a_source_that_cannot_be_opened_is_a_sentence_and_the_thread_lives(rig, tmp_path):
    rig.worker.open(str(tmp_path / "missing.mp4"))
    assert "is not there" in rig.wait_for(events.Failed).message
    rig.worker.open(FakeSource())
    rig.shows(0)


def test_opening_another_source_while_one_still_opens(rig):
    gate = threading.Event()
    slow = WatchedSource(99)
    rig.worker._open_spec = lambda spec: (gate.wait(PATIENCE_S), slow)[1]
    rig.worker.open("slow")
    fast = FakeSource(30)
    rig.worker.open(fast)
    rig.shows(0)
    gate.set()
    rig.worker.step(3)
    rig.shows(3)
    assert slow.gone.wait(PATIENCE_S)
    assert [e.info.frame_count for e in rig.of(events.Opened)] == [30]


def test_results_of_an_older_generation_can_be_told(rig):
    first = rig.worker.open(FakeSource())
    rig.shows(0)
    second = rig.worker.seek(9)
    assert second > first
    assert rig.shows(9).generation == second
    identity = rig.worker.init_target(moving_box(9), 9)
    rig.wait(lambda: rig.results[-1].generation == rig.worker.generation)
    assert rig.results[-1].targets[0].id == identity
    assert rig.worker.generation > second


def test_a_storm_of_seeks_ends_at_the_last_one(rig):
    rig.worker.open(FakeSource(500))
    rig.worker.play()
    for index in range(400):
        rig.worker.seek(index)
    rig.worker.pause()
    rig.worker.seek(123)
    rig.wait(lambda: rig.results and rig.results[-1].generation == rig.worker.generation)
    assert rig.results[-1].frame.index == 123
    assert rig.of(events.Failed) == []


def test_steps_go_both_ways_and_track_forward(rig):
    rig.worker.open(FakeSource(40))
    rig.worker.init_target(moving_box(0), 0)
    rig.worker.step(3)
    rig.shows(3)
    rig.worker.step(-2)
    rig.shows(1)
    rig.worker.step(-10)
    rig.shows(0)
    assert rig.worker.log.rows(1)["frame"].tolist() == [0, 1, 2, 3]
    rig.worker.step(100)
    assert rig.wait_for(events.Ended).frame_index == 39


def test_playing_asks_the_pacer_when_each_frame_is_due(rig):
    asked = []
    rig.worker._duties.pacer.delay = lambda time_s: asked.append(time_s) or 0.0
    rig.worker.open(FakeSource(16))
    rig.worker.play()
    rig.wait_for(events.Ended)
    assert asked == pytest.approx([index / 30 for index in range(1, 16)])


def test_pause_shows_the_frame_where_it_stopped(rig):
    rig.worker.open(FakeSource(10_000))
    rig.worker.set_speed(None)
    rig.worker.play()
    rig.wait(lambda: rig.results and rig.results[-1].frame.index > 20)
    rig.worker.pause()
    rig.wait(lambda: len(rig.of(events.PlayState)) == 2)
    at = rig.results[-1].frame.index
    rig.worker.step(1)
    rig.shows(at + 1)


def test_a_useless_box_is_rejected_with_a_sentence(rig):
    rig.worker.open(FakeSource())
    identity = rig.worker.init_target(Box(9000, 0, 10, 10), 0)
    event = rig.wait_for(events.TargetRejected)
    assert event.target == identity
    assert "draw it again" in event.message


def test_a_broken_frame_pauses_with_its_reason(rig):
    rig.worker.open(FakeSource(50, fail_at=10))
    rig.worker.set_speed(None)
    rig.worker.play()
    assert "Frame 10 cannot be read" in rig.wait_for(events.Failed).message
    assert [e.playing for e in rig.of(events.PlayState)] == [True, False]
    rig.worker.seek(3)
    rig.shows(3)


def test_an_unforeseen_error_is_told_with_its_details_and_the_thread_lives(rig, caplog):
    source = FakeSource(50)
    rig.worker.open(source)
    rig.shows(0)
    source.seek = lambda index: 1 / 0
    rig.worker.seek(9)
    event = rig.wait_for(events.Failed)
    assert "ZeroDivisionError" in event.message
    assert "seek" in event.details
    assert "ZeroDivisionError" in caplog.text
    del source.seek
    rig.worker.seek(9)
    rig.shows(9)


def test_a_listener_that_fails_does_not_end_the_thread(caplog):
    def broken(event):
        raise RuntimeError("listener")

    frames = threading.Event()
    worker = Worker(FakeTracker, frames.set, broken)
    worker.start()
    worker.open(FakeSource())
    assert frames.wait(PATIENCE_S)
    worker.stop()
    worker.join(PATIENCE_S)
    assert not worker.is_alive()
    assert "listener" in caplog.text


def test_undo_and_redo_of_a_new_target(rig):
    rig.worker.open(FakeSource())
    identity = rig.worker.init_target(moving_box(0), 0)
    rig.worker.step(5)
    rig.shows(5)
    rows = rig.worker.log.snapshot(identity)
    rig.worker.remove_target(identity)
    rig.wait(lambda: rig.worker.log.targets == ())
    rig.worker.restore_target(identity, rows)
    rig.wait(lambda: rig.worker.log.targets == (identity,))
    assert rig.worker.log.rows(identity).tobytes() == rows.tobytes()
    assert rig.worker.init_target(moving_box(5), 5) == identity + 1, "ids are not used twice"


def test_absent_and_removal_from_a_frame(rig):
    rig.worker.open(FakeSource())
    rig.worker.init_target(moving_box(0), 0)
    rig.worker.step(8)
    rig.worker.mark_absent(1, 5)
    rig.wait_for(events.TargetChanged)
    rig.worker.remove_target(1, 3)
    rig.wait_for(events.TargetChanged, 2)
    assert rig.worker.log.rows(1)["frame"].tolist() == [0, 1, 2]


class BlockedSource(FakeSource):
    """A live source whose read waits until it is closed, as a camera without a signal."""

    def __init__(self):
        super().__init__(live=True)
        self.wakes = threading.Event()
        self.reading = threading.Event()

    def read(self):
        self.reading.set()
        self.wakes.wait(PATIENCE_S)
        return None

    def close(self):
        super().close()
        self.wakes.set()


@pytest.mark.parametrize("ending", ["stop", "close_source", "open"])
def test_a_blocked_read_is_unblocked(rig, ending):
    source = BlockedSource()
    rig.worker.open(source)
    assert source.reading.wait(PATIENCE_S)
    if ending == "stop":
        rig.worker.stop()
        rig.worker.join(PATIENCE_S)
        assert not rig.worker.is_alive()
    elif ending == "close_source":
        rig.worker.close_source()
        rig.wait_for(events.Closed)
    else:
        rig.worker.open(FakeSource())
        rig.shows(0)
    assert source.closed
    assert rig.of(events.Ended) == [], "being closed is not the end of a recording"
    assert rig.of(events.Failed) == []


def test_stopping_closes_source_tracker_and_backend(rig):
    source = FakeSource()
    rig.worker.open(source)
    rig.wait_for(events.BackendReady)
    rig.worker.stop()
    rig.worker.join(PATIENCE_S)
    assert source.closed
    assert rig.trackers[0].closed
    assert rig.trackers[0].backend.closed


def test_stopping_while_a_source_opens_closes_it_when_it_comes():
    gate = threading.Event()
    source = WatchedSource()
    began = threading.Event()

    def open_slowly(spec):
        began.set()
        gate.wait(PATIENCE_S)
        return source

    rig = Rig(open_spec=open_slowly)
    rig.worker.start()
    rig.worker.open("slow")
    assert began.wait(PATIENCE_S)
    rig.worker.stop()
    rig.worker.join(PATIENCE_S)
    assert not rig.worker.is_alive()
    gate.set()
    assert source.gone.wait(PATIENCE_S)


def test_changing_networks_closes_the_old_ones_and_goes_on(rig):
    rig.worker.open(FakeSource())
    rig.worker.init_target(moving_box(0), 0)
    rig.worker.step(4)
    rig.shows(4)
    rig.worker.set_backend(rig.make)
    rig.wait_for(events.BackendReady, 2)
    rig.worker.step(2)
    rig.shows(6)
    assert rig.trackers[0].backend.closed
    assert rig.trackers[1].inits == [(4, (1,), False)]
    assert rig.worker.log.rows(1)["frame"].tolist() == list(range(7))


def test_live_plays_at_once_and_is_recorded(rig, tmp_path):
    source = FakeSource(2000, live=True)
    rig.worker.open(source)
    rig.wait(lambda: rig.results and rig.results[-1].frame.index >= 3)
    rig.worker.pause()
    rig.wait(lambda: len(rig.of(events.PlayState)) == 2)
    frame = rig.results[-1].frame
    rig.worker.init_target(moving_box(frame.index), frame.index)
    path = tmp_path / "live.csv"
    rig.worker.record(open_writer(path, "csv", TrackMeta("fake", source.info)))
    rig.worker.play()
    rig.wait(lambda: rig.results[-1].frame.index >= frame.index + 10)
    rig.worker.stop_recording()
    assert rig.wait_for(events.RecordingEnded) == events.RecordingEnded(path)
    rows = read_track(path).rows(1)
    assert len(rows) >= 10
    assert rows["frame"][0] == frame.index + 1


def test_a_recording_that_cannot_be_written_ends_with_its_reason(rig, tmp_path):
    source = FakeSource(5000)
    writer = open_writer(tmp_path / "x.mp4", "video", TrackMeta("fake", source.info))
    writer._encoder.release()
    writer._renderer.render = lambda result: 1 / 0
    rig.worker.open(source)
    rig.worker.record(writer)
    rig.worker.set_speed(None)
    rig.worker.play()
    event = rig.wait_for(events.RecordingEnded)
    assert "cannot be written" in event.error
    assert list(tmp_path.iterdir()) == []


class FickleSource(BlockedSource):
    """A live source that can be polled, whose signal comes and goes as a test says."""

    def __init__(self):
        super().__init__()
        self.signal, self.ended = True, False

    def poll(self, timeout_s):
        return None if self.wakes.wait(0.005) or not self.signal else FakeSource.read(self)


def test_a_lost_signal_is_told_and_playing_waits_for_it(rig):
    source = FickleSource()
    rig.worker.open(source)
    rig.wait(lambda: rig.results)
    source.signal = False
    rig.wait_for(events.SignalLost)
    source.signal = True
    rig.wait_for(events.SignalBack)
    rig.worker.pause()
    rig.wait(lambda: len(rig.of(events.PlayState)) == 2)
    source.signal = False
    rig.worker.step(1)
    source.ended = True
    rig.worker.play()
    rig.wait_for(events.Ended)
    assert rig.of(events.Failed) == []


def test_a_recording_that_cannot_be_completed_says_so(rig, tmp_path):
    source = FakeSource(live=True)
    writer = open_writer(tmp_path / "x.csv", "csv", TrackMeta("fake", source.info))
    (tmp_path / "x.csv.json.part").mkdir()
    rig.worker.open(source)
    rig.worker.record(writer)
    rig.worker.stop_recording()
    assert "x.csv.json" in rig.wait_for(events.RecordingEnded).error
    assert not (tmp_path / "x.csv").exists()


def test_networks_that_fail_unforeseen_are_a_sentence_too():
    rig = Rig(lambda: {}["no such key"])
    rig.worker.start()
    event = rig.wait_for(events.BackendFailed)
    assert "attntrack doctor" in event.message
    assert "KeyError" in event.details
    rig.worker.stop()
    rig.worker.join(PATIENCE_S)


def test_a_close_that_fails_does_not_keep_the_thread(rig, caplog):
    source = FakeSource()
    rig.worker.open(source)
    rig.shows(0)
    rig.wait_for(events.BackendReady)
    rig.trackers[0].close = lambda: 1 / 0
    rig.worker.stop()
    rig.worker.join(PATIENCE_S)
    assert not rig.worker.is_alive()
    assert "closing failed" in caplog.text
    assert source.closed


def test_twenty_times_opened_and_closed_while_playing(rig):
    for _ in range(20):
        rig.worker.open(FakeSource(1000))
        rig.worker.set_speed(None)
        rig.worker.play()
        rig.worker.close_source()
    rig.wait_for(events.Closed, 20)
    rig.worker.open(FakeSource(3))
    rig.shows(0)
    assert rig.of(events.Failed) == []


@pytest.mark.parametrize("speed", [0.0, -2.0])
def test_a_useless_speed_is_refused_where_it_is_given(rig, speed):
    with pytest.raises(ValueError, match="above 0"):
        rig.worker.set_speed(speed)


def test_commands_without_a_source_are_a_sentence(rig):
    rig.worker.seek(3)
    assert "Nothing is open" in rig.wait_for(events.Failed).message
    assert SourceError.__name__ in rig.of(events.Failed)[0].details
