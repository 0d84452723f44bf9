from dataclasses import dataclass

import pytest
import torch

from engine.errors import FormatError
from training.average import average_checkpoints
from training.commands import main
from training.schedule import load_checkpoint, save_checkpoint


@dataclass(frozen=True)
class Plan:
    seed: int = 0


def checkpoint(path, value, size=3, **more):
    network = {"weight": torch.full((size, 2), value), "seen": torch.tensor(7)}
    save_checkpoint(path, Plan(), network=network, figures={"iou": value}, step=int(10 * value), **more)
    return path


def test_the_mean_is_that_of_both_and_tells_of_them(tmp_path):
    first, second = checkpoint(tmp_path / "a.pt", 1.0), checkpoint(tmp_path / "b.pt", 3.0)
    assert main("train", ["average", str(first), str(second), "--out", str(tmp_path / "run" / "c.pt")]) == 0
    mean = load_checkpoint(tmp_path / "run" / "c.pt")
    assert torch.equal(mean["network"]["weight"], torch.full((3, 2), 2.0))
    assert mean["network"]["seen"] == 7
    assert mean["figures"] == {}, "nobody has measured it yet"
    assert "0.5" in mean["mean_of"] and "a.pt" in mean["mean_of"] and "30 steps" in mean["mean_of"]


def test_shares_weigh_and_a_folder_gets_its_best_file(tmp_path):
    first, second = checkpoint(tmp_path / "a.pt", 1.0), checkpoint(tmp_path / "b.pt", 3.0)
    path = average_checkpoints(first, second, tmp_path, share=0.25)
    assert path == tmp_path / "best.pt"
    assert torch.allclose(load_checkpoint(path)["network"]["weight"], torch.full((3, 2), 1.5))


def test_what_cannot_be_joined_is_refused(tmp_path):
    first, other = checkpoint(tmp_path / "a.pt", 1.0), checkpoint(tmp_path / "b.pt", 3.0, size=4)
    (tmp_path / "c.pt").write_text("nothing")
    for second, share, word in (
        (other, 0.5, "same network"),
        (tmp_path / "c.pt", 0.5, "no checkpoint"),
        (first, 1.5, "share"),
    ):
        with pytest.raises(FormatError, match=word):
            average_checkpoints(first, second, tmp_path / "out.pt", share)
    assert not (tmp_path / "out.pt").exists()
