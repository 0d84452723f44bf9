import json
from xml.etree import ElementTree

import pytest

import app.cli.benchmark_sweep as sweep
from app.cli import main


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(sweep, "TARGETS", (1, 3))
    monkeypatch.setattr(sweep, "SIZES", {"640x480": (640, 480), "960x540": (960, 540)})
    monkeypatch.setattr(sweep, "COUNTED", 3)
    monkeypatch.setattr(sweep, "WARM_UP", 1)


def test_it_measures_and_draws(short, tmp_path, capsys):
    figure, figures = tmp_path / "cost.svg", tmp_path / "cost.json"
    assert main(["benchmark", "--sweep", str(figure), "--json", str(figures), "--threads", "1"]) == 0
    found = json.loads(figures.read_text())
    rows = found["sweep"]
    assert [row["targets"] for row in rows["targets"]] == [1, 3]
    assert [(row["width"], row["height"]) for row in rows["sizes"]] == [(640, 480), (960, 540)]
    for row in (*rows["targets"], *rows["sizes"]):
        assert 0 < row["median_ms"] <= row["p99_ms"]
    assert rows["targets"][0]["median_ms"] < rows["targets"][1]["median_ms"]  # three targets are three looks
    assert found["settings"]["threads"] == 1
    texts = {element.text for element in ElementTree.parse(figure).iter() if element.tag.endswith("text")}
    assert {"1", "3", "640x480", "960x540"} <= texts
    assert "3 targets, 640x480" in capsys.readouterr().out


@pytest.mark.parametrize("count", [1, 2, 16])
def test_targets_are_apart_and_inside(count):
    boxes = sweep._targets((1280, 720), count)
    assert list(boxes) == list(range(1, count + 1))
    assert len({(box.x, box.y) for box in boxes.values()}) == count
    for box in boxes.values():
        assert 0 < box.x + box.w and box.x < 1280 and 0 < box.y + box.h and box.y < 720


def test_the_figure_is_an_svg(tmp_path, capsys):
    assert main(["benchmark", "--sweep", str(tmp_path / "cost.png")]) == 1
    assert "must end with .svg" in capsys.readouterr().err


@pytest.mark.parametrize(
    "other", [["x.mp4"], ["--against", "csrt"], ["--soak", "10"], ["--window"], ["--box", "1,2,3,4"], ["--live"]]
)
def test_it_goes_alone(other, tmp_path, capsys):
    assert main(["benchmark", "--sweep", str(tmp_path / "cost.svg"), *other]) == 2
    assert "go alone" in capsys.readouterr().err
