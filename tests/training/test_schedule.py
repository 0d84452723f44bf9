from __future__ import annotations

import pytest
import torch

from training.schedule import Average, Clock, ScheduleConfig, load_checkpoint, save_checkpoint


def test_rate_warms_up_and_falls_to_the_final_rate():
    config = ScheduleConfig(steps=1000, minutes=1e9, rate=1e-2, final_rate=1e-4, warm_up=10)
    rates = [Clock(config, step).rate() for step in (0, 5, 10, 500, 999, 1000)]
    assert rates[0] == pytest.approx(1e-3, rel=1e-2)
    assert rates[0] < rates[1] < rates[2]
    assert rates[2] > rates[3] > rates[4]
    assert rates[3] == pytest.approx(5.05e-3, rel=1e-3)
    assert rates[5] == pytest.approx(1e-4)


def test_time_ends_a_run_before_its_steps_do():
    config = ScheduleConfig(steps=1000, minutes=1.0)
    assert Clock(config, 10, seconds=61.0).progress == 1.0
    assert Clock(config, 10, seconds=0.0).progress == pytest.approx(0.01, abs=1e-3)


def test_average_follows_and_keeps_counters_whole():
    module = torch.nn.BatchNorm1d(2)
    average = Average(module, decay=0.9)
    with torch.no_grad():
        module.weight.fill_(3.0)
    module.num_batches_tracked.fill_(7)
    average.update(module)
    # after one update the decay is 2 / 11, whatever the final one is
    assert average.state["weight"].tolist() == pytest.approx([3.0 - 2.0 * 2 / 11] * 2)
    assert average.state["num_batches_tracked"].item() == 7
    for _ in range(200):
        average.update(module)
    assert average.state["weight"].tolist() == pytest.approx([3.0] * 2, abs=1e-3)


def test_checkpoint_comes_back_with_its_configuration(tmp_path):
    config = ScheduleConfig(steps=5)
    save_checkpoint(tmp_path / "a" / "last.pt", config, step=3, network={"w": torch.ones(2)})
    state = load_checkpoint(tmp_path / "a" / "last.pt")
    assert ScheduleConfig(**state["config"]) == config
    assert state["step"] == 3
    torch.testing.assert_close(state["network"]["w"], torch.ones(2))
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["last.pt"]
