import threading

import pytest

from engine import events
from engine.errors import SourceError
from engine.formats import TrackMeta, open_writer, read_track
from engine.testing import FakeSource, moving_box
from tests.engine.worker_rig import PATIENCE_S, BlockedSource, FickleSource, Rig, WatchedSource


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
    writer._file._encoder.release()
    writer._renderer.render = lambda result: 1 / 0
    rig.worker.open(source)
    rig.worker.record(writer)
    rig.worker.set_speed(None)
    rig.worker.play()
    event = rig.wait_for(events.RecordingEnded)
    assert "cannot be written" in event.error
    assert list(tmp_path.iterdir()) == []


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
