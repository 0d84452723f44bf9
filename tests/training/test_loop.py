from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from training.loop import Check, RunPlan, Session, Unfinished, run
from training.parallel import Ranks
from training.schedule import ScheduleConfig, load_checkpoint
from training.supervised import Supervised

SCHEDULE = ScheduleConfig(steps=30, minutes=60.0, rate=1e-2, warm_up=2, average=0.9, report_steps=10)


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.2), nn.ReLU(), nn.Linear(8, 1))


def trainee(schedule=SCHEDULE, check=None, spy=None):
    def draw(rng):
        x = torch.from_numpy(rng.normal(size=(16, 4)).astype(np.float32))
        return x, x.sum(dim=1, keepdim=True)

    def losses(module, batch, turn):
        if spy is not None:
            spy(turn)
        return {"total": (module(batch[0]) - batch[1]).square().mean()}

    return Supervised(network(), draw, losses, check or (lambda _: None), schedule, Ranks())


def plan(folder, schedule=SCHEDULE, **more):
    return RunPlan("trial", folder, schedule, schedule, 3, **more)


def test_a_run_learns_and_shows_its_losses(tmp_path, caplog):
    caplog.set_level("INFO")
    outcome = run(trainee(), plan(tmp_path))
    state = load_checkpoint(tmp_path / "last.pt")
    assert state["step"] == 30 and ScheduleConfig(**state["config"]) == SCHEDULE
    torch.testing.assert_close(state["average"], outcome.final)
    assert outcome.best is None and outcome.figures == {}
    lines = [r.message for r in caplog.records if "trial step" in r.message]
    assert [int(line.split()[2].strip(",")) for line in lines] == [1, 10, 20, 30]
    losses = [float(line.split()[-1]) for line in lines]
    assert losses[-1] < losses[0]
    assert list((tmp_path / "board").iterdir())


def test_the_best_check_is_kept_and_published_when_notable(tmp_path):
    values = iter([1.0, 3.0, 2.0, 3.2, 9.0])
    published = []
    always = ScheduleConfig(**{**vars(SCHEDULE), "steps": 5, "check_minutes": 0.0})
    picture = np.full((4, 4, 3), 200, np.uint8)

    def check(module):
        assert module is not None
        value = next(values)
        return Check(value, {"figure": value}, picture)

    outcome = run(trainee(always, check), plan(tmp_path, always, publish=published.append, notable=0.5))
    assert outcome.figures == {"figure": 9.0}
    assert load_checkpoint(tmp_path / "best.pt")["step"] == 5
    assert len(published) == 3  # 1, 3 and 9: 2 is worse and 3.2 not notable
    lines = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 3, 4, 5] and lines[1]["figure"] == 3.0
    assert (tmp_path / "maps.png").is_file()


def test_a_finished_run_makes_no_more_steps(tmp_path):
    done = run(trainee(check=lambda _: Check(2.0, {"a": 2.0})), plan(tmp_path))
    turns = []
    again = run(trainee(check=lambda _: Check(5.0, {"a": 5.0}), spy=turns.append), plan(tmp_path))
    assert turns == []
    assert again.figures == done.figures
    torch.testing.assert_close(again.final, done.final)
    torch.testing.assert_close(again.best, done.best)


def test_a_session_ends_at_its_deadline_and_the_next_goes_on_to_the_same_weights(tmp_path):
    whole = run(trainee(), plan(tmp_path / "whole"))
    with pytest.raises(Unfinished, match="trial is 3% done"):
        run(trainee(), plan(tmp_path / "parts", session=Session(deadline=time.monotonic() - 1)))
    first = load_checkpoint(tmp_path / "parts" / "last.pt")
    assert first["step"] == 1
    with pytest.raises(Unfinished):
        run(trainee(), plan(tmp_path / "parts", session=Session(deadline=time.monotonic() - 1)))
    rest = run(trainee(), plan(tmp_path / "parts"))
    assert load_checkpoint(tmp_path / "parts" / "last.pt")["step"] == 30
    for name, value in whole.final.items():
        assert torch.equal(value, rest.final[name]), name


def test_being_told_to_stop_keeps_what_is_done(tmp_path):
    def stop_at_seven(turn):
        if turn.step == 7:
            os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Unfinished):
        run(trainee(spy=stop_at_seven), plan(tmp_path))
    assert load_checkpoint(tmp_path / "last.pt")["step"] == 8
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_run_makes_a_step_even_if_its_time_is_over(tmp_path):
    late = ScheduleConfig(**{**vars(SCHEDULE), "minutes": 1e-9})
    run(trainee(late), plan(tmp_path, late))
    assert load_checkpoint(tmp_path / "last.pt")["step"] == 1


KILLED = """
import sys, time
from pathlib import Path
sys.path[:0] = {paths!r}
from test_loop import ScheduleConfig, SCHEDULE, plan, run, trainee
schedule = ScheduleConfig(**{{**vars(SCHEDULE), "checkpoint_minutes": 0.0}})
def slowly(turn):
    if turn.step == 12:
        print("twelve", flush=True)
        time.sleep(60)  # to be killed in
run(trainee(schedule, spy=slowly), plan(Path({folder!r}), schedule))
"""


def test_a_killed_run_goes_on_from_its_last_checkpoint_to_the_same_weights(tmp_path):
    whole = run(trainee(), plan(tmp_path / "whole"))
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
    code = KILLED.format(paths=paths, folder=str(tmp_path / "killed"))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "twelve\n"
        child.kill()
    assert child.returncode == -signal.SIGKILL
    assert load_checkpoint(tmp_path / "killed" / "last.pt")["step"] == 12
    rest = run(trainee(), plan(tmp_path / "killed"))
    for name, value in whole.final.items():
        assert torch.equal(value, rest.final[name]), name
