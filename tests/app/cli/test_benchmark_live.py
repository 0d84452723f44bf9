import json

import pytest

from app.cli import main
from app.cli.live_server import serving
from engine.sources import open_source
from engine.testing import moving_box
from tests.live_stream import SIZE, live_stream


def test_a_live_stream_is_measured_from_arrival_to_box(tmp_path, capsys):
    box = moving_box(0, *SIZE)
    with live_stream(frames=600) as address:
        where = f"{box.x:.1f},{box.y:.1f},{box.w:.1f},{box.h:.1f}"
        figures_path = tmp_path / "live.json"
        options = ["--box", where, "--frames", "25", "--warm-up", "5", "--json", str(figures_path)]
        status = main(["benchmark", address, *options])
    assert status == 0
    figures = json.loads(figures_path.read_text())
    assert figures["settings"]["frames"] == 25
    assert figures["settings"]["time"] == "arrival to box"
    assert "take" in figures["stages"] and "decode" not in figures["stages"]
    # a frame waits to be taken before it is tracked, never after
    assert figures["stages"]["take"]["median_ms"] >= 0
    assert figures["median_ms"] > figures["stages"]["features"]["median_ms"] + figures["stages"]["take"]["median_ms"]
    assert figures["dropped"] >= 0
    assert f"{figures['dropped']} frames dropped" in capsys.readouterr().out


def test_it_brings_a_camera_of_its_own(tmp_path, capsys):
    figures_path = tmp_path / "live.json"
    status = main(["benchmark", "--live", "20", "--frames", "30", "--warm-up", "5", "--json", str(figures_path)])
    assert status == 0
    figures = json.loads(figures_path.read_text())
    assert figures["settings"]["frames"] == 30 and figures["settings"]["time"] == "arrival to box"
    assert figures["settings"]["width"] == 640 and figures["settings"]["box"][2] > 0
    assert figures["dropped"] >= 0 and figures["stages"]["take"]["median_ms"] >= 0
    assert "frames dropped" in capsys.readouterr().out


def test_the_camera_goes_with_its_user():
    with serving(200) as address:
        source = open_source(address, reconnect=0.0)
        assert source.info.live and (source.info.width, source.info.height) == (640, 480)
        assert source.read().image.std() > 10
    while (frame := source.read()) is not None:  # what was on the way, then the end
        assert frame.index > 0
    source.close()


@pytest.mark.parametrize("other", [["x.mp4"], ["--window"], ["--against", "csrt"]])
def test_it_has_a_source_that_waits_for_nobody(other, capsys):
    assert main(["benchmark", "--live", "30", *other]) == 2
    assert "waits for nobody" in capsys.readouterr().err
