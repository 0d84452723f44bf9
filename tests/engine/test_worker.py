import threading

import numpy as np
import pytest

from engine import events
from engine.edits import Edit
from engine.errors import BackendError
from engine.sources import open_source
from engine.testing import FakeSource, FakeTracker, moving_box, write_clip
from engine.types import Box
from engine.worker import Worker
from tests.engine.worker_rig import PATIENCE_S, Rig, WatchedSource


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
    edit = Edit()
    identity = rig.worker.init_target(moving_box(0), 0, edit=edit)
    rig.worker.step(5)
    rig.shows(5)
    rows = rig.worker.log.rows(identity)
    rig.worker.change(lambda editor: editor.swap(edit))
    rig.wait(lambda: rig.worker.log.targets == ())
    rig.worker.change(lambda editor: editor.swap(edit))
    rig.wait(lambda: rig.worker.log.targets == (identity,))
    assert rig.worker.log.rows(identity).tobytes() == rows.tobytes()
    assert rig.worker.init_target(moving_box(5), 5) == identity + 1, "ids are not used twice"


def test_absent_and_removal_from_a_frame(rig):
    rig.worker.open(FakeSource())
    rig.worker.init_target(moving_box(0), 0)
    rig.worker.step(8)
    rig.worker.change(lambda editor: editor.mark_absent(Edit(), 1, 5))
    rig.wait_for(events.TargetChanged)
    rig.worker.change(lambda editor: editor.remove(Edit(), 1, 3))
    rig.wait_for(events.TargetChanged, 2)
    assert rig.worker.log.rows(1)["frame"].tolist() == [0, 1, 2]


def test_tracking_backwards_plays_to_the_first_frame_and_stops(rig):
    rig.worker.open(FakeSource(40))
    rig.worker.init_target(moving_box(30), 30)
    rig.worker.fill(Edit(), 1, backwards=True)
    rig.wait(lambda: [e.playing for e in rig.of(events.PlayState)] == [True, False])
    assert rig.worker.log.rows(1)["frame"].tolist() == list(range(31))
    assert rig.results[-1].frame.index == 0
    assert rig.of(events.Progress)[-1] == events.Progress("Tracking backwards", 30, 30)


def test_a_pause_leaves_tracking_backwards_where_it_is(rig):
    source = FakeSource(4000)
    rig.worker.open(source)
    rig.worker.init_target(moving_box(3900), 3900)
    rig.worker.fill(Edit(), 1, backwards=True)
    # a frame was shown before, and a pause goes ahead of what waits: so tracking must have begun
    rig.wait(lambda: rig.of(events.PlayState) and rig.results[-1].frame.index < 3890)
    rig.worker.pause()
    rig.wait(lambda: [e.playing for e in rig.of(events.PlayState)] == [True, False])
    frames = rig.worker.log.rows(1)["frame"]
    assert frames[0] > 0 and frames.tolist() == list(range(frames[0], 3901))


def test_what_makes_no_sense_is_said(rig):
    rig.worker.open(FakeSource(40))
    rig.worker.init_target(moving_box(0), 0)
    rig.worker.fill(Edit(), 1, backwards=True)
    assert "no frame to track" in rig.wait_for(events.Failed).message


def test_after_scrubbing_the_picture_is_as_sharp_as_in_the_file(rig, tmp_path):
    clip = tmp_path / "moving.mp4"
    write_clip(clip, 120, (480, 360))
    source = open_source(str(clip))
    source.seek(70)
    whole = source.read().image
    source.close()
    rig.worker.open(str(clip))
    rig.shows(0)
    for index in range(119, 69, -1):
        rig.worker.seek(index)
        rig.wait(lambda index=index: rig.results[-1].frame.index == index)
    rig.wait(lambda: np.array_equal(rig.results[-1].frame.image, whole))
