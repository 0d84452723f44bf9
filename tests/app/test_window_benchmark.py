"""The measurement of the window: a looped clip, and figures of the real program."""

import pytest
from PySide6.QtCore import QSettings

import app.window_benchmark
from app.window_benchmark import LoopedSource, measure_window
from engine.errors import AttnTrackError, BackendError, SourceError
from engine.testing import FakeSource, FakeTracker, moving_box
from tests.app.conftest import SIZE, truth


def test_a_looped_source_counts_on():
    source = LoopedSource(FakeSource(5), 12)
    assert source.info.frame_count == 12
    frames = [source.read() for _ in range(12)]
    assert [frame.index for frame in frames] == list(range(12))
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [i % 5 for i in range(12)]
    assert frames[11].time_s == pytest.approx(11 / 30)
    assert source.read() is None
    source.seek(8)
    assert source.read().index == 8 and int(source.read().image[0, 0, 0]) == 4


def test_a_live_source_can_not_be_looped():
    with pytest.raises(SourceError, match="looped"):
        LoopedSource(FakeSource(5, live=True), 10)


@pytest.fixture
def fake_tracker(monkeypatch, tmp_path, qapp):
    """Fake tracking, and settings that go back to where they were."""
    monkeypatch.setattr(app.window_benchmark, "tracker_maker", lambda backend: lambda: FakeTracker(truth))
    yield
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path))


def test_the_window_is_measured_while_it_tracks(fake_tracker, clip):
    told = []
    figures = measure_window(str(clip), moving_box(0, *SIZE), 600, "auto", told.append, times=8)
    assert figures["settings"]["frames"] == 600 and told[-1] == 599 and told == sorted(told)
    assert figures["heartbeat"]["beats"] > 10
    assert figures["paint"]["count"] == 200 and 0 < figures["paint"]["median_ms"] <= figures["paint"]["p99_ms"]
    assert figures["paint_while_tracking"]["count"] > 0
    assert sum(row["count"] for row in figures["any_moment"].values()) == 8
    for scrub in (figures["scrub"], figures["scrub_file"]):
        assert scrub["frames_per_s"] > 1 and 0 < scrub["median_gap_ms"] <= scrub["longest_gap_ms"]
    assert figures["frames_shown"] > 0 and figures["fps"] > 0 and figures["gui_thread_cpu_ms_a_frame"] > 0


def test_what_goes_wrong_ends_it_with_the_reason(fake_tracker, clip, monkeypatch):
    def broken():
        raise BackendError("model file score.onnx is missing; reinstall attntrack")

    monkeypatch.setattr(app.window_benchmark, "tracker_maker", lambda backend: broken)
    with pytest.raises(AttnTrackError, match=r"score\.onnx"):
        measure_window(str(clip), moving_box(0, *SIZE), 50, "auto", lambda frame: None)
