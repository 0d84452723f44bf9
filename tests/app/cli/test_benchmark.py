import json

import pytest

import app.cli.benchmark
from app.cli import main
from engine.testing import FakeSource, FakeTracker, write_clip


def benchmark(path, *arguments):
    assert main(["benchmark", *arguments, "--json", str(path)]) == 0
    return json.loads(path.read_text())


def test_figures_and_table(clip, tmp_path, capsys):
    figures = benchmark(tmp_path / "b.json", str(clip[0]), "--warm-up", "3", "--against", "csrt,kcf")
    assert figures["settings"]["frames"] == 8  # 12, less the first and three of warm-up
    assert figures["settings"]["box"] == pytest.approx([float(v) for v in clip[1].split(",")])
    for row in (figures, *figures["stages"].values(), *figures["peers"].values()):
        assert 0 <= row["median_ms"] <= row["p99_ms"]
    assert set(figures["peers"]) == {"csrt", "kcf"}
    assert "decode" in figures["stages"] and "score" in figures["stages"]
    assert figures["fps"] > 0 and figures["peak_rss_mb"] > 50
    assert figures["first_box_ms"] > 0 and figures["start_ms"] > 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("clip.mp4, 320x240, 8 frames, onnxruntime")
    assert [line.split()[0] for line in lines if line.startswith("csrt") or line.startswith("attntrack")]


def test_without_a_source_the_demo_clip_is_taken(tmp_path):
    figures = benchmark(tmp_path / "b.json", "--frames", "2", "--warm-up", "1")
    assert figures["settings"]["source"] == "demo.mp4"
    assert (figures["settings"]["width"], figures["settings"]["height"]) == (640, 480)
    assert figures["settings"]["frames"] == 2


@pytest.fixture
def fake(monkeypatch):
    def install(source):
        tracker = FakeTracker()
        monkeypatch.setattr(app.cli.benchmark, "open_source", lambda spec: source)
        monkeypatch.setattr(app.cli.benchmark, "open_backend", lambda *options: tracker.backend)
        monkeypatch.setattr(app.cli.benchmark, "MultiTracker", lambda *options: tracker)
        return tracker

    return install


def test_a_video_without_truth_starts_in_the_middle(fake, tmp_path):
    tracker = fake(FakeSource(frames=30))
    figures = benchmark(tmp_path / "b.json", "x.mp4", "--warm-up", "4")
    assert figures["settings"]["box"] == [120.0, 90.0, 80.0, 60.0]
    assert len(tracker.updates) == 29 and figures["settings"]["frames"] == 25


def test_learning_has_ended_before_the_others_take_their_turn(fake, tmp_path, monkeypatch):
    calls = []

    class Peer:
        def __init__(self, name, models):
            pass

        def init(self, image, box):
            calls.append("init")

        def update(self, image):
            calls.append("peer")

    tracker = fake(FakeSource(frames=4))
    tracker.wait = lambda: calls.append("wait")
    monkeypatch.setattr(app.cli.benchmark, "Peer", Peer)
    benchmark(tmp_path / "b.json", "x.mp4", "--warm-up", "0", "--against", "csrt")
    assert calls == ["init", *["wait", "peer"] * 3]


def test_a_clip_shorter_than_the_warm_up(fake, tmp_path, capsys):
    fake(FakeSource(frames=5))
    assert main(["benchmark", "x.mp4", "--json", str(tmp_path / "b.json")]) == 1
    assert "take a longer one" in capsys.readouterr().err
    assert not (tmp_path / "b.json").exists()


def test_outputs_are_checked_before_the_work(tmp_path, capsys):
    write_clip(tmp_path / "c.mp4", frames=2)
    assert main(["benchmark", str(tmp_path / "c.mp4"), "--json", str(tmp_path / "none" / "b.json")]) == 1
    assert "is not there" in capsys.readouterr().err


def test_the_window_is_measured_by_the_same_verb(tmp_path, monkeypatch, capsys):
    import app.window_benchmark

    summary = {"median_ms": 5.0, "p99_ms": 7.0}
    beat = {"longest_ms": 30.0, "stalls": 0, "longest_on_a_core_ms": 20.0, "stalls_on_a_core": 0, **summary}
    asked = []

    def measure(source, box, frames, backend, tell):
        asked.append((source, box, frames, backend))
        tell(frames - 1)
        settings = {"frames": frames, "backend": "onnxruntime CPU", "platform": "offscreen", "picture": [640, 480]}
        return {
            "heartbeat": beat,
            "paint": summary,
            "paint_while_tracking": summary,
            "scrub": {"frames_per_s": 31.0, "median_gap_ms": 30.0, "longest_gap_ms": 90.0},
            "scrub_file": {"frames_per_s": 27.0, "median_gap_ms": 33.0, "longest_gap_ms": 95.0},
            "any_moment": {"seek": {"count": 3, "longest_ms": 41.0, **summary}},
            "fps": 20.0,
            "gui_thread_cpu_ms_a_frame": 9.0,
            "settings": settings,
        }

    monkeypatch.setattr(app.window_benchmark, "measure_window", measure)
    figures = benchmark(tmp_path / "b.json", "--window", "--frames", "40", "--backend", "onnxruntime")
    assert asked[0][0].endswith("demo.mp4") and asked[0][2:] == (40, "onnxruntime")
    assert figures["heartbeat"]["longest_ms"] == 30.0 and figures["settings"]["source"] == "demo.mp4"
    text = capsys.readouterr().out
    assert "tracked, 640x480: 31 pictures a second" in text and "itself, 640x480: 27 pictures a second" in text
    assert "0 times over 50 ms" in text and "seek at any moment, 3 times" in text


def test_the_window_alone_has_no_peers(capsys):
    assert main(["benchmark", "--window", "--against", "csrt"]) == 2
    assert "other trackers have none" in capsys.readouterr().err
