import json

import pytest

import app.cli.benchmark_soak as soak
from app.cli import main
from app.cli.memory import age_s, rss_mb
from engine.testing import FakeTracker
from engine.track_rows import NARROW


@pytest.fixture
def fake(monkeypatch):
    """Tracking that costs nothing, on a machine whose memory reads as the test says."""
    tracker = FakeTracker()
    monkeypatch.setattr(soak, "open_backend", lambda *options: tracker.backend)
    monkeypatch.setattr(soak, "MultiTracker", lambda *options: tracker)
    monkeypatch.setattr(soak, "EVERY", 10)
    monkeypatch.setattr(soak, "SIZE", (64, 48))

    def reading(*values):
        left = iter(values)
        monkeypatch.setattr(soak, "rss_mb", lambda: next(left))

    return reading


def run(path, frames):
    assert main(["benchmark", "--soak", str(frames), "--json", str(path)]) == 0
    return json.loads(path.read_text())["soak"]


def test_growth_is_that_of_the_second_half_of_a_short_run(fake, tmp_path, capsys):
    fake(100.0, 150.0, 200.0, 202.0, 204.0)
    figures = run(tmp_path / "s.json", 50)
    assert figures["frames"] == 50
    assert [mb for _, mb in figures["rss_mb"]] == [100.0, 150.0, 200.0, 202.0, 204.0]
    assert figures["growth_percent"] == pytest.approx(2.0)
    assert "memory after minute" in capsys.readouterr().out


def test_a_run_that_was_cut_off_left_its_figures(fake, tmp_path):
    fake(100.0, 150.0)  # the third look at the memory fails
    with pytest.raises(StopIteration):
        main(["benchmark", "--soak", "50", "--json", str(tmp_path / "s.json")])
    figures = json.loads((tmp_path / "s.json").read_text())["soak"]
    assert figures["frames"] == 20
    assert [mb for _, mb in figures["rss_mb"]] == [100.0, 150.0]


def test_growth_of_a_long_run_is_counted_from_minute_5():
    samples = [(minute, 300.0 + (100.0 if minute < 5 else minute)) for minute in range(1, 61)]
    found = soak.growth(samples)
    assert found["from_minute"] == 5.0
    assert found["growth_percent"] == pytest.approx(100 * (357.5 / 305 - 1))
    assert found["track_percent"] == pytest.approx(100 * (52.5 * 60 * 30 * NARROW.itemsize / 2**20) / 305)


def test_too_few_frames_to_judge(fake, tmp_path, capsys):
    fake(100.0)
    assert main(["benchmark", "--soak", "12", "--json", str(tmp_path / "s.json")]) == 1
    assert "take at least 20" in capsys.readouterr().err


def test_a_system_that_does_not_tell(fake, capsys):
    fake(None)
    assert main(["benchmark", "--soak", "30"]) == 1
    assert "works on Linux" in capsys.readouterr().err


def test_what_linux_tells():
    held = rss_mb()
    ballast = bytearray(300 << 20)  # far more than what earlier tests may give back meanwhile
    ballast[::4096] = b"x" * len(ballast[::4096])
    assert rss_mb() > held + 225
    assert 0 < age_s() < 1e6
