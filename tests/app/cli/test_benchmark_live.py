import json

from app.cli import main
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
