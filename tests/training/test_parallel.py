from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import torch

from training.parallel import half, join_ranks, to_device, to_float
from training.schedule import load_checkpoint

ROOT = Path(__file__).parents[2]
RUN = """
import sys
from pathlib import Path
import numpy as np, torch
from torch import nn
from training.loop import RunPlan, Session, run
from training.parallel import Ranks, join_ranks
from training.schedule import ScheduleConfig
from training.supervised import Supervised

torch.set_num_threads(1)
schedule = ScheduleConfig(steps=6, minutes=60.0, warm_up=1)
everything = np.random.default_rng(0).normal(size=(6, 16, 5)).astype(np.float32)

def train(out, ranks):
    torch.manual_seed(ranks.rank)  # each starts elsewhere: the first one's weights count
    turns = iter(range(6))

    def draw(_):
        part = everything[next(turns)].reshape(ranks.world, -1, 5)[ranks.rank]
        return torch.from_numpy(part)

    def losses(module, batch, _):
        return {"total": (module(batch[:, :4]) - batch[:, 4:]).square().mean()}

    trainee = Supervised(nn.Linear(4, 1), draw, losses, lambda _: None, schedule, ranks)
    run(trainee, RunPlan("trial", Path(out), schedule, schedule, session=Session(ranks)))

if __name__ == "__main__":
    with join_ranks() as ranks:
        train(sys.argv[1], ranks)
    left = [name for name in (task.read_text() for task in Path("/proc/self/task").glob("*/comm")) if "gloo" in name]
    assert not left, f"threads that outlive their group can end the process with an abort: {left}"
"""


def test_two_processes_step_as_one_with_the_double_batch(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(RUN)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    # what torchrun tells its processes
    shared = {**os.environ, "PYTHONPATH": str(ROOT), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    runs = [(name, rank, world) for name, world in (("one", 1), ("two", 2)) for rank in range(world)]
    children = [
        subprocess.Popen(
            [sys.executable, str(script), str(tmp_path / name)],
            env={**shared, "RANK": str(rank), "WORLD_SIZE": str(world)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, rank, world in runs
    ]
    errors = [child.communicate()[1] for child in children]
    assert [child.returncode for child in children] == [0, 0, 0], errors
    one, two = (load_checkpoint(tmp_path / name / "last.pt") for name in ("one", "two"))
    assert one["step"] == two["step"] == 6
    torch.testing.assert_close(two["network"], one["network"], rtol=1e-5, atol=1e-6)


class Pair(NamedTuple):
    a: torch.Tensor
    count: int


def test_batches_keep_their_shape_on_their_way():
    batch = (Pair(torch.ones(2), 3), torch.zeros(1))
    moved = to_device(batch, torch.device("meta"))
    assert isinstance(moved[0], Pair) and moved[0].count == 3
    assert moved[0].a.is_meta and moved[1].is_meta
    rounded = to_float((torch.ones(2, dtype=torch.bfloat16), torch.ones(1, dtype=torch.int64)))
    assert [value.dtype for value in rounded] == [torch.float32, torch.int64]


def test_alone_there_is_nobody_to_agree_with(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with join_ranks() as ranks:
        assert (ranks.rank, ranks.world, ranks.first) == (0, 1, True)
        assert ranks.agree(True) and not ranks.agree(False)
    with half(torch.device("cpu")):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
